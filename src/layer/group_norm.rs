//! Group normalisation (Wu and He, "Group Normalization", 2018): y = scale (x - mean) / sqrt(variance + eps) + shift,
//! with mean and variance per sample and group of channels, scale and shift per channel.
//!
//! One group gives layer normalisation (Ba et al., 2016) as used for images (Gulrajani et al., 2017); as many groups as
//! channels give instance normalisation (Ulyanov et al., 2016). Samples are independent of each other.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// Added to variances.
pub const EPS: f64 = 1e-5;

/// Group normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupNorm {
    /// Channels, or features of a vector.
    pub features: i64,
    /// Number of groups; a divisor of the channels.
    pub groups: i64,
}

impl Forward for GroupNorm {
    fn parameters(&self) -> Vec<ParamSpec> {
        vec![
            ParamSpec::new("weight", &[self.features], Role::Scale, 1),
            ParamSpec::new("bias", &[self.features], Role::Shift, 1),
        ]
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        input.into()
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        let [weight, bias] = [0, 1].map(|i| parts.parameters.get(i));
        Ok(x.f_group_norm(self.groups, weight, bias, EPS, true)?)
    }
}
