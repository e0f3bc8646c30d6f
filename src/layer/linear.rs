//! Fully connected layer: y = x W^T + b.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// A weight matrix and a bias.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// Features of the input.
    pub inputs: i64,
    /// Features of the output.
    pub outputs: i64,
}

impl Forward for Linear {
    fn parameters(&self) -> Vec<ParamSpec> {
        vec![
            ParamSpec::new("weight", &[self.outputs, self.inputs], Role::Weight, self.inputs),
            ParamSpec::new("bias", &[self.outputs], Role::Bias, self.inputs),
        ]
    }

    fn output(&self, _: &[i64]) -> Vec<i64> {
        vec![self.outputs]
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        Ok(x.f_linear(&parts.parameters[0], parts.parameters.get(1))?)
    }
}
