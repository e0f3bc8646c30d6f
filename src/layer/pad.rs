//! Zero padding at the end of each axis: the adjoint of [`super::Crop`].

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Pads every axis with zeros to `sides`, so that halving an odd side rounds up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pad {
    /// Sides of the result.
    pub sides: Vec<i64>,
}

impl Forward for Pad {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        [&input[..1], &self.sides[..]].concat()
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        let size = x.size();
        // Zeros before and after each axis, the last axis first.
        let zeros = self.sides.iter().zip(&size[2..]).rev().flat_map(|(after, before)| [0, after - before]);
        Ok(x.f_constant_pad_nd(zeros.collect::<Vec<i64>>())?)
    }
}
