//! Group normalisation (Wu and He, "Group Normalization", 2018): y = scale (x - mean) / sqrt(variance + eps) + shift, where
//! mean and variance are those of a group of channels of one sample, scale and shift are the channel's.
//!
//! One group is layer normalisation (Ba et al., 2016) as networks for pictures have it (Gulrajani et al., 2017); as many
//! groups as channels are instance normalisation (Ulyanov et al., 2016). Samples do not see each other.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// Added to variances.
const EPS: f64 = 1e-5;

/// Normalisation of each sample on its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupNorm {
    /// Channels, or features of a vector.
    pub features: i64,
    /// Groups they are in; a divisor.
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
