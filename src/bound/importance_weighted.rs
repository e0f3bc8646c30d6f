//! Importance-weighted: -log mean_k p(x | z_k) (p(z_k) / q(z_k | x))^beta, tighter with more draws.
//!
//! Source: Burda et al., "Importance Weighted Autoencoders", 2016, equation 8.

use super::{log_mean, Bound, Needs, Outcome, Terms};
use crate::error::Result;
use crate::member;

member! {
    "importance_weighted": "logarithm of the mean weight of several draws (Burda et al., 2016)",
    pub struct ImportanceWeighted {}
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
