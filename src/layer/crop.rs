//! Cropping an image to its upper left corner.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Keeps the first pixels along every axis; removes the excess of upsampling to odd sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crop {
    /// Sides of the result.
    pub sides: Vec<i64>,
}

impl Forward for Crop {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        [&input[..1], &self.sides[..]].concat()
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        (2..).zip(&self.sides).try_fold(x, |x, (axis, &side)| Ok(x.f_narrow(axis, 0, side)?))
    }
}
