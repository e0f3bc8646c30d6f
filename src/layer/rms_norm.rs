//! Root mean square normalisation (Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019): at each place of a
//! sequence y = scale x / sqrt(mean(x^2) + eps).

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::base::axes::{channels_first, channels_last};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// Normalises the features of each place, `[features, places]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RmsNorm {
    /// Features of a place.
    pub features: i64,
    /// Added to the mean square.
    pub eps: f64,
}

impl Forward for RmsNorm {
    fn parameters(&self) -> Vec<ParamSpec> {
        vec![ParamSpec::new("weight", &[self.features], Role::Scale, 1)]
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        input.into()
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        channels_first(&channels_last(&x)?.f_rms_norm([self.features], parts.parameters.first(), self.eps)?)
    }
}
