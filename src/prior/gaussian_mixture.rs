//! A mixture of diagonal Gaussians with trained means, variances and weights.
//!
//! Source: Tomczak and Welling, "VAE with a VampPrior", 2018, section 2; Dilokthanakul et al., "Deep Unsupervised
//! Clustering with Gaussian Mixture Variational Autoencoders", 2016.

use tch::{Kind, Tensor};

use super::{Posterior, Prior, PriorSpec};
use crate::base::{Mixture, ParamSpec, Role};
use crate::error::Result;
use crate::kind::DataShape;
use crate::registry::Member;

/// The `gaussian_mixture` prior.
pub struct GaussianMixture;

impl Member for GaussianMixture {
    fn name(&self) -> &'static str {
        "gaussian_mixture"
    }

    fn describe(&self) -> &'static str {
        "a trained mixture of diagonal Gaussians (Tomczak and Welling, 2018)"
    }
}

impl Prior for GaussianMixture {
    fn n_components(&self) -> Option<i64> {
        Some(50)
    }

    fn parameters(&self, spec: &PriorSpec, _: &DataShape) -> Vec<ParamSpec> {
        let (n, dim) = (spec.n_components, spec.latent_dim);
        vec![
            // A fan-in of 1 initialises the means uniformly in -1..1.
            ParamSpec::new("mean", &[n, dim], Role::Weight, 1),
            ParamSpec::new("log_variance", &[n, dim], Role::Shift, 1),
            ParamSpec::new("logit", &[n], Role::Shift, 1),
        ]
    }

    fn mixture(&self, _: &DataShape, parameters: &[Tensor], _: &Posterior) -> Result<Option<Mixture>> {
        Ok(Some(Mixture {
            mean: parameters[0].shallow_clone(),
            log_variance: parameters[1].shallow_clone(),
            log_weight: parameters[2].f_log_softmax(0, Kind::Float)?,
        }))
    }
}
