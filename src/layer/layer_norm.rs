//! Layer normalisation (Ba et al., "Layer Normalization", 2016) at each place of a sequence: y = scale (x - mean) /
//! sqrt(variance + eps) + shift.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::base::axes::{channels_first, channels_last};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// Normalises the features of each place, `[features, places]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerNorm {
    /// Features of a place.
    pub features: i64,
    /// Added to the variance.
    pub eps: f64,
}

impl Forward for LayerNorm {
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
        channels_first(&channels_last(&x)?.f_layer_norm([self.features], weight, bias, self.eps, true)?)
    }
}
