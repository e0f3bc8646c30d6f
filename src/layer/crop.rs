//! Cutting a picture down to a square from its upper left corner.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Takes the first `size` rows and columns; what doubling made one too large.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crop {
    /// Side of the result.
    pub size: i64,
}

impl Forward for Crop {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        vec![input[0], self.size, self.size]
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        Ok(x.f_narrow(2, 0, self.size)?.f_narrow(3, 0, self.size)?)
    }
}
