//! What latents are drawn from: the standard normal distribution, or a mixture of Gaussians that is trained.

mod gaussian_mixture;
mod standard_normal;
mod vamp;

use tch::Tensor;

use crate::base::{DataShape, Mixture, ParamSpec};
use crate::error::Result;
use crate::registry::{Member, Registry};

/// Settings of a prior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriorSpec {
    /// Length of a latent.
    pub latent_dim: i64,
    /// Number of Gaussians in a mixture.
    pub n_components: i64,
}

/// Mean and log variance, both `[n, latent_dim]`, of the posterior for samples in the network's range.
pub type Posterior<'a> = dyn Fn(&Tensor) -> Result<[Tensor; 2]> + 'a;

/// A distribution of latents.
pub trait Prior: Member + Sync {
    /// The usual number of components, where it has any.
    fn n_components(&self) -> Option<i64> {
        None
    }

    /// Whether its components are posteriors, which must then be Gaussian.
    fn needs_posterior(&self) -> bool {
        false
    }

    /// Numbers of its own that are trained.
    fn parameters(&self, _: &PriorSpec, _: &DataShape) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// The mixture as it is now; `None` for the standard normal distribution.
    fn mixture(&self, _: &DataShape, _parameters: &[Tensor], _: &Posterior) -> Result<Option<Mixture>> {
        Ok(None)
    }
}

/// All priors.
pub static PRIORS: Registry<dyn Prior> = Registry {
    what: "prior",
    members: &[&standard_normal::StandardNormal, &gaussian_mixture::GaussianMixture, &vamp::Vamp],
};
