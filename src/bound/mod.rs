//! Bounds: training objectives of autoencoders, computed from log likelihoods and the density of latents.

mod doubly_reparameterized;
mod elbo;
mod importance_weighted;
mod mmd;
mod terms;
mod total_correlation;

use tch::Tensor;

pub use terms::{Outcome, Terms};

use crate::error::Result;
use crate::registry;
use crate::registry::Member;

/// Requirement of a bound on the bottleneck.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// Latents that are drawn from a density.
    Density,
    /// Latents that are drawn from a diagonal Gaussian.
    Gaussian,
}

/// Combines terms to one loss.
pub trait Bound: Member {
    /// Loss, 0-d, and the bound's own term.
    fn loss(&self, terms: &Terms) -> Result<Outcome>;

    /// Required kind of bottleneck.
    fn needs(&self) -> Needs;

    /// True if it compares densities at drawn latents, not distributions.
    fn compares_draws(&self) -> bool {
        false
    }

    /// True if the posterior gets its gradient through the latents only, weighted by [`Outcome::paths`].
    fn weighs_paths(&self) -> bool {
        false
    }

    /// True if it compares latents with draws from the prior.
    fn draws_prior(&self) -> bool {
        false
    }

    /// True if free bits and capacity are supported.
    fn shapes_kl(&self) -> bool {
        false
    }

    /// Name of its own term, if it has one.
    fn column(&self) -> Option<&'static str> {
        None
    }

    /// Default number of latents drawn per sample.
    fn n_importance(&self) -> i64 {
        1
    }

    /// Default weight.
    fn beta(&self) -> f64 {
        1.0
    }
}

registry! {
    /// All bounds.
    pub static BOUNDS: dyn Bound = "bound" [
        elbo::Elbo,
        importance_weighted::ImportanceWeighted,
        doubly_reparameterized::DoublyReparameterized,
        total_correlation::TotalCorrelation,
        mmd::Mmd,
    ];
}

// Negative logarithm of the mean weight of `[k, b]` draws, averaged over samples.
fn log_mean(log_weight: &Tensor) -> Result<Tensor> {
    let draws = log_weight.size()[0] as f64;
    let bound = mean(&log_weight.f_logsumexp([0i64].as_slice(), false)?)?;
    Ok(bound.f_neg()?.f_add_scalar(draws.ln())?)
}

// Mean over all elements.
fn mean(x: &Tensor) -> Result<Tensor> {
    Ok(x.f_mean(None)?)
}
