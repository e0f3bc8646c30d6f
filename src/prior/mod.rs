//! Distributions of latents: the standard normal distribution, or a trained mixture of Gaussians.

mod gaussian_mixture;
mod standard_normal;
mod vamp;

use tch::Tensor;

use crate::base::{Mixture, ParamSpec};
use crate::error::Result;
use crate::kind::DataShape;
use crate::registry;
use crate::registry::Member;

/// Returns mean and log variance, both `[n, latent_dim]`, of the posterior for samples in the network's range.
pub type Posterior<'a> = dyn Fn(&Tensor) -> Result<[Tensor; 2]> + 'a;

/// A distribution of latents.
pub trait Prior: Member {
    /// True if the components are posteriors, which must be Gaussian.
    fn needs_posterior(&self) -> bool {
        false
    }

    /// Trained parameters, for latents of this length.
    fn parameters(&self, _latent_dim: i64, _: &DataShape) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// The current mixture; `None` for the standard normal distribution.
    fn mixture(&self, _: &DataShape, _parameters: &[Tensor], _: &Posterior) -> Result<Option<Mixture>> {
        Ok(None)
    }
}

registry! {
    /// All priors.
    pub static PRIORS: dyn Prior = "prior" [
        standard_normal::StandardNormal,
        gaussian_mixture::GaussianMixture,
        vamp::Vamp,
    ];
}
