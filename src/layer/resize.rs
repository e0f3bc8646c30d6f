//! A picture at another size, each pixel the nearest of the old ones.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Repeats or drops pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resize {
    /// Rows of the result.
    pub height: i64,
    /// Columns of the result.
    pub width: i64,
}

impl Forward for Resize {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        vec![input[0], self.height, self.width]
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        Ok(x.f_upsample_nearest2d([self.height, self.width], None, None)?)
    }
}
