//! VampPrior: the mixture of the posteriors of trained pseudo-inputs.
//!
//! Source: Tomczak and Welling, "VAE with a VampPrior", 2018. Components have equal weights. Pseudo-inputs of images
//! pass through tanh, which keeps them in the network's range; those of rows are unbounded.

use tch::{Kind, Tensor};

use super::{Posterior, Prior};
use crate::base::{Mixture, ParamSpec, Role};
use crate::error::Result;
use crate::kind::DataShape;
use crate::member;

member! {
    "vamp": "the posteriors of trained pseudo-inputs (Tomczak and Welling, 2018)",
    pub struct Vamp {
        /// Number of pseudo-inputs.
        n_components: i64 = 500,
    }
}

impl Prior for Vamp {
    fn needs_posterior(&self) -> bool {
        true
    }

    fn parameters(&self, _: i64, data: &DataShape) -> Vec<ParamSpec> {
        let values = data.sample().iter().product();
        vec![ParamSpec::new("pseudo_inputs", &[self.n_components, values], Role::Weight, 1)]
    }

    fn mixture(&self, data: &DataShape, parameters: &[Tensor], posterior: &Posterior) -> Result<Option<Mixture>> {
        let n = parameters[0].size()[0];
        let mut size = vec![n];
        size.extend(data.sample());
        let inputs = match size.len() {
            2 => parameters[0].shallow_clone(),
            _ => parameters[0].f_tanh()?.f_view(&size[..])?,
        };
        let [mean, log_variance] = posterior(&inputs)?;
        let log_weight = Tensor::f_full([n], -(n as f64).ln(), (Kind::Float, mean.device()))?;
        Ok(Some(Mixture { mean, log_variance, log_weight }))
    }
}
