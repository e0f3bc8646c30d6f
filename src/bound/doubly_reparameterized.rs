//! Importance-weighted with another gradient of the same bound: the posterior learns along the latents only, each path
//! weighed by its importance twice, which is less noisy and does not fade with more draws.
//!
//! Source: Tucker et al., "Doubly Reparameterized Gradient Estimators for Monte Carlo Objectives", 2019, equation 8; with
//! one draw it is Roeder et al., "Sticking the Landing", 2017.

use tch::Kind;

use super::{log_mean, Bound, Needs, Outcome, Terms};
use crate::error::Result;
use crate::registry::Member;

/// The `doubly_reparameterized` bound.
pub struct DoublyReparameterized;

impl Member for DoublyReparameterized {
    fn name(&self) -> &'static str {
        "doubly_reparameterized"
    }

    fn describe(&self) -> &'static str {
        "importance-weighted, with a less noisy gradient (Tucker et al., 2019)"
    }
}

impl Bound for DoublyReparameterized {
    fn loss(&self, terms: &Terms) -> Result<Outcome> {
        let log_weight = terms.log_weight()?;
        let paths = log_weight.f_detach()?.f_softmax(0, Kind::Float)?;
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
