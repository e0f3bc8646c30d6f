//! Importance-weighted: -log mean_k p(x | z_k) (p(z_k) / q(z_k | x))^beta, tighter with more draws.
//!
//! Source: Burda et al., "Importance Weighted Autoencoders", 2016, equation 8.

use super::{log_mean, Bound, Needs, Outcome, Terms};
use crate::error::Result;
use crate::registry::Member;

/// The `importance_weighted` bound.
pub struct ImportanceWeighted;

impl Member for ImportanceWeighted {
    fn name(&self) -> &'static str {
        "importance_weighted"
    }

    fn describe(&self) -> &'static str {
        "logarithm of the mean weight of several draws (Burda et al., 2016)"
    }
}

impl Bound for ImportanceWeighted {
    fn loss(&self, terms: &Terms) -> Result<Outcome> {
        Ok(Outcome::of(log_mean(&terms.log_weight()?)?))
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
