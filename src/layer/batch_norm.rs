//! Batch normalisation (Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing
//! Internal Covariate Shift", 2015): y = scale (x - mean) / sqrt(variance + eps) + shift, per channel.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// Added to variances.
pub const EPS: f64 = 1e-5;
/// Weight of the current batch in the running statistics.
pub const MOMENTUM: f64 = 0.1;

/// Batch normalisation over all axes except the channels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchNorm {
    /// Channels, or features of a vector.
    pub features: i64,
}

impl Forward for BatchNorm {
    fn parameters(&self) -> Vec<ParamSpec> {
        vec![
            ParamSpec::new("weight", &[self.features], Role::Scale, 1),
            ParamSpec::new("bias", &[self.features], Role::Shift, 1),
        ]
    }

    fn buffers(&self) -> Vec<ParamSpec> {
        vec![
            ParamSpec::new("running_mean", &[self.features], Role::Shift, 1),
            ParamSpec::new("running_var", &[self.features], Role::Scale, 1),
        ]
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        input.into()
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let [weight, bias] = [0, 1].map(|i| parts.parameters.get(i));
        let [mean, variance] = [0, 1].map(|i| parts.buffers.get(i));
        Ok(x.f_batch_norm(weight, bias, mean, variance, parts.training, MOMENTUM, EPS, true)?)
    }
}
