//! What an autoencoder minimises, made of log likelihoods and of what is known about the latents.

mod doubly_reparameterized;
mod elbo;
mod importance_weighted;
mod mmd;
mod terms;
mod total_correlation;

use tch::Tensor;

pub use terms::{Outcome, Terms};

use crate::error::Result;
use crate::registry::{Member, Registry};

/// What a bound asks of a bottleneck.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// Latents that are drawn from a density.
    Density,
    /// Latents that are drawn from a diagonal Gaussian.
    Gaussian,
}

/// The way terms become one number to be minimised.
pub trait Bound: Member + Sync {
    /// The loss, 0-d, and a term of its own.
    fn loss(&self, terms: &Terms) -> Result<Outcome>;

    /// What it works with.
    fn needs(&self) -> Needs;

    /// Whether it compares densities at the latents drawn, rather than distributions.
    fn compares_draws(&self) -> bool {
        false
    }

    /// Whether the posterior learns along the latents only, by as much as [`Outcome::paths`] says.
    fn weighs_paths(&self) -> bool {
        false
    }

    /// Whether it compares latents with draws from the prior.
    fn draws_prior(&self) -> bool {
        false
    }

    /// Whether free bits and capacity apply.
    fn shapes_kl(&self) -> bool {
        false
    }

    /// Name of its own term, if it has one.
    fn column(&self) -> Option<&'static str> {
        None
    }

    /// Latents drawn for each sample, where the user says nothing.
    fn n_importance(&self) -> i64 {
        1
    }

    /// The usual weight.
    fn beta(&self) -> f64 {
        1.0
    }
}

/// All bounds.
pub static BOUNDS: Registry<dyn Bound> = Registry {
    what: "bound",
    members: &[
        &elbo::Elbo,
        &importance_weighted::ImportanceWeighted,
        &doubly_reparameterized::DoublyReparameterized,
        &total_correlation::TotalCorrelation,
        &mmd::Mmd,
    ],
};

// Minus the logarithm of the mean weight of `[k, b]` draws, averaged over samples.
fn log_mean(log_weight: &Tensor) -> Result<Tensor> {
    let draws = log_weight.size()[0] as f64;
    let bound = mean(&log_weight.f_logsumexp([0i64].as_slice(), false)?)?;
    Ok(bound.f_neg()?.f_add_scalar(draws.ln())?)
}

// The mean over everything.
fn mean(x: &Tensor) -> Result<Tensor> {
    Ok(x.f_mean(None)?)
}
