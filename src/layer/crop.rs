//! Cutting a picture down from its upper left corner.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Takes the first rows and columns; what doubling made one too large.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crop {
    /// Rows of the result.
    pub height: i64,
    /// Columns of the result.
    pub width: i64,
}

impl Forward for Crop {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        vec![input[0], self.height, self.width]
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        Ok(x.f_narrow(2, 0, self.height)?.f_narrow(3, 0, self.width)?)
    }
}
