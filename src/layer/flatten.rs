//! A sample of any shape as one row.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// `[channels, height, width]` to `[features]`, in torch's order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flatten {}

impl Forward for Flatten {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        vec![input.iter().product()]
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        let n = x.size().first().copied().unwrap_or(0);
        Ok(x.f_reshape([n, -1])?)
    }
}
