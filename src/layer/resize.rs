//! Nearest-neighbour resizing of an image.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Repeats or drops pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resize {
    /// Sides of the result.
    pub sides: Vec<i64>,
}

impl Forward for Resize {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        [&input[..1], &self.sides[..]].concat()
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        Ok(match self.sides.len() {
            1 => x.f_upsample_nearest1d(&self.sides[..], None)?,
            2 => x.f_upsample_nearest2d(&self.sides[..], None, None)?,
            _ => x.f_upsample_nearest3d(&self.sides[..], None, None, None)?,
        })
    }
}
