//! A sample of any shape as one row.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// `[channels, ...sides]` to `[features]`, in torch's order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flatten {}

impl Forward for Flatten {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        vec![input.iter().product()]
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        let size = x.size();
        // In numbers: an empty batch leaves nothing to infer one from.
        let (n, rest) = size.split_first().map_or((0, &size[..]), |(&n, rest)| (n, rest));
        Ok(x.f_reshape([n, rest.iter().product()])?)
    }
}
