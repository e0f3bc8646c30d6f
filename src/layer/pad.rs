//! Zeros below and to the right of a picture: the adjoint of [`super::Crop`].

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Adds rows and columns of zeros up to `size`, so that an odd side halves to the larger half.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pad {
    /// Side of the result.
    pub size: i64,
}

impl Forward for Pad {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        vec![input[0], self.size, self.size]
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        let [_, _, height, width] = x.size4().map(<[i64; 4]>::from)?;
        Ok(x.f_constant_pad_nd([0, self.size - width, 0, self.size - height])?)
    }
}
