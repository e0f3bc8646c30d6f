//! Importance-weighted bound with the doubly reparameterised gradient estimator: the posterior gets its gradient
//! through the latents only, with a lower variance and a signal-to-noise ratio that does not vanish with more draws.
//!
//! With log w = log p(x | z) + beta (log p(z) - log q(z | x)) and normalised weights v, the gradient through the latent
//! of each draw is weighted by (1 - beta) v + beta v^2. For beta = 1 this is v^2, as published; the general case
//! follows from the same identity, E_q[f(z) d log q / d phi] = E[(df / dz) (dz / d phi)], applied to beta v.
//!
//! Source: Tucker et al., "Doubly Reparameterized Gradient Estimators for Monte Carlo Objectives", 2019, equations 7 and 8;
//! with beta = 1 and one draw it is Roeder et al., "Sticking the Landing", 2017.

use tch::Kind;

use super::{log_mean, Bound, Needs, Outcome, Terms};
use crate::error::Result;
use crate::member;

member! {
    "doubly_reparameterized": "importance-weighted, with a gradient of lower variance (Tucker et al., 2019)",
    pub struct DoublyReparameterized {}
}

impl Bound for DoublyReparameterized {
    fn loss(&self, terms: &Terms) -> Result<Outcome> {
        let log_weight = terms.log_weight()?;
        // The loss itself contributes one factor v.
        let weights = log_weight.f_detach()?.f_softmax(0, Kind::Float)?;
        let paths = weights.f_mul_scalar(terms.weight)?.f_add_scalar(1.0 - terms.weight)?;
        Ok(Outcome { loss: log_mean(&log_weight)?, term: None, paths: Some(paths) })
    }

    fn needs(&self) -> Needs {
        Needs::Gaussian
    }

    fn compares_draws(&self) -> bool {
        true
    }

    fn weighs_paths(&self) -> bool {
        true
    }

    fn n_importance(&self) -> i64 {
        5
    }
}
