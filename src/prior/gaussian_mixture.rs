//! A mixture of diagonal Gaussians with trained means, variances and weights.
//!
//! Source: Tomczak and Welling, "VAE with a VampPrior", 2018, section 2; Dilokthanakul et al., "Deep Unsupervised
//! Clustering with Gaussian Mixture Variational Autoencoders", 2016.

use tch::{Kind, Tensor};

use super::{Posterior, Prior};
use crate::base::{Mixture, ParamSpec, Role};
use crate::error::Result;
use crate::kind::DataShape;
use crate::member;

member! {
    "gaussian_mixture": "a trained mixture of diagonal Gaussians (Tomczak and Welling, 2018)",
    pub struct GaussianMixture {
        /// Number of mixture components.
        n_components: i64 = 50,
    }
}

impl Prior for GaussianMixture {
    fn parameters(&self, dim: i64, _: &DataShape) -> Vec<ParamSpec> {
        let n = self.n_components;
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
