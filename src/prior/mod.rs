//! Distributions of latents: the standard normal distribution, or a trained mixture of Gaussians.

mod gaussian_mixture;
mod standard_normal;
mod vamp;

use tch::Tensor;

use crate::base::{Mixture, ParamSpec};
use crate::error::Result;
use crate::kind::DataShape;
use crate::registry::{Listed, Member, Registry};

/// Settings of a prior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriorSpec {
    /// Length of a latent.
    pub latent_dim: i64,
    /// Number of mixture components.
    pub n_components: i64,
}

/// Returns mean and log variance, both `[n, latent_dim]`, of the posterior for samples in the network's range.
pub type Posterior<'a> = dyn Fn(&Tensor) -> Result<[Tensor; 2]> + 'a;

/// A distribution of latents.
pub trait Prior: Member + Sync {
    /// Default number of components, if the prior is a mixture.
    fn n_components(&self) -> Option<i64> {
        None
    }

    /// True if the components are posteriors, which must be Gaussian.
    fn needs_posterior(&self) -> bool {
        false
    }

    /// Trained parameters.
    fn parameters(&self, _: &PriorSpec, _: &DataShape) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// The current mixture; `None` for the standard normal distribution.
    fn mixture(&self, _: &DataShape, _parameters: &[Tensor], _: &Posterior) -> Result<Option<Mixture>> {
        Ok(None)
    }
}

impl Listed for dyn Prior {
    fn registry() -> &'static Registry<Self> {
        &PRIORS
    }
}

/// All priors.
pub static PRIORS: Registry<dyn Prior> = Registry {
    what: "prior",
    members: &[&standard_normal::StandardNormal, &gaussian_mixture::GaussianMixture, &vamp::Vamp],
};
