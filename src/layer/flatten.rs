//! Flattening of a sample to one row.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Maps `[channels, ...sides]` to `[features]`, in PyTorch's order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flatten {}

impl Forward for Flatten {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        vec![input.iter().product()]
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        let size = x.size();
        // Explicit sizes: with an empty batch no size can be inferred.
        let (n, rest) = size.split_first().map_or((0, &size[..]), |(&n, rest)| (n, rest));
        Ok(x.f_reshape([n, rest.iter().product()])?)
    }
}
