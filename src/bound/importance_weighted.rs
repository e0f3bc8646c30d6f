//! Importance-weighted: -log mean_k p(x | z_k) (p(z_k) / q(z_k | x))^beta, tighter with every draw.
//!
//! Source: Burda et al., "Importance Weighted Autoencoders", 2016, equation 8.

use super::{mean, Bound, Needs, Outcome, Terms};
use crate::error::Result;
use crate::registry::Member;

/// The `importance_weighted` bound.
pub struct ImportanceWeighted;

impl Member for ImportanceWeighted {
    fn name(&self) -> &'static str {
        "importance_weighted"
    }

    fn describe(&self) -> &'static str {
        "the logarithm of a mean over several draws (Burda et al., 2016)"
    }
}

impl Bound for ImportanceWeighted {
    fn loss(&self, terms: &Terms) -> Result<Outcome> {
        let mut log_weight = terms.log_likelihood.shallow_clone();
        if let Some(ratio) = terms.log_ratio {
            log_weight = log_weight.f_sub(&ratio.f_mul_scalar(terms.weight)?)?;
        }
        let draws = log_weight.size()[0] as f64;
        let bound = mean(&log_weight.f_logsumexp([0i64].as_slice(), false)?)?;
        Ok(Outcome { loss: bound.f_neg()?.f_add_scalar(draws.ln())?, term: None })
    }

    fn needs(&self) -> Needs {
        Needs::Density
    }

    fn compares_draws(&self) -> bool {
        true
    }

    fn n_importance(&self) -> i64 {
        5
    }
}
