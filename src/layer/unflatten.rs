//! Reshaping of a row to a sample: the inverse of [`super::Flatten`].

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Maps `[features]` to `shape`, in PyTorch's order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unflatten {
    /// Shape of the result without the batch axis.
    pub shape: Vec<i64>,
}

impl Forward for Unflatten {
    fn output(&self, _: &[i64]) -> Vec<i64> {
        self.shape.clone()
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        let mut shape = vec![x.size().first().copied().unwrap_or(0)];
        shape.extend(&self.shape);
        Ok(x.f_reshape(shape)?)
    }
}
