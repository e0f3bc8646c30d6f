//! Subtraction of the data's mean (LeCun et al., "Efficient BackProp", 1998, section 4.3).

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::base::{ParamSpec, Role};
use crate::error::Result;

/// Subtracts the mean of each value, a running statistic that is 0 until it is set from the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Centre {
    /// Shape of a sample.
    pub shape: Vec<i64>,
}

impl Forward for Centre {
    fn buffers(&self) -> Vec<ParamSpec> {
        vec![ParamSpec::new("mean", &self.shape, Role::Shift, 1)]
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        input.into()
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        match parts.buffers.first() {
            Some(mean) => Ok(x.f_sub(mean)?),
            None => Ok(x),
        }
    }
}
