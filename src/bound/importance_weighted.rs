//! Importance-weighted: -log mean_k p(x | z_k) (p(z_k) / q(z_k | x))^beta, tighter with every draw.
//!
//! Source: Burda et al., "Importance Weighted Autoencoders", 2016, equation 8.

use tch::Tensor;

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
        Ok(Outcome::of(log_mean(&log_weight(terms)?)?))
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

// log p(x | z) - beta (log q(z | x) - log p(z)), [k, b].
pub(super) fn log_weight(terms: &Terms) -> Result<Tensor> {
    Ok(match terms.log_ratio {
        Some(ratio) => terms.log_likelihood.f_sub(&ratio.f_mul_scalar(terms.weight)?)?,
        None => terms.log_likelihood.shallow_clone(),
    })
}

// Minus the logarithm of the mean weight, averaged over samples.
pub(super) fn log_mean(log_weight: &Tensor) -> Result<Tensor> {
    let draws = log_weight.size()[0] as f64;
    let bound = mean(&log_weight.f_logsumexp([0i64].as_slice(), false)?)?;
    Ok(bound.f_neg()?.f_add_scalar(draws.ln())?)
}
