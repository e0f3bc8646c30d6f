//! Gated features, the SwiGLU of Shazeer, "GLU Variants Improve Transformer", 2020.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Maps channels `[gates | values]`, as many of one as of the other, to `silu(gates) * values`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {}

impl Forward for Gate {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        [&[input[0] / 2], &input[1..]].concat()
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        let halves = x.f_chunk(2, 1)?;
        Ok(halves[0].f_silu()?.f_mul(&halves[1])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_scale_values() {
        let x = Tensor::from_slice(&[0f32, 2.0, 5.0, 7.0]).view([1, 4]);
        let y = Gate {}.forward(x, &Parts::default()).unwrap();
        let silu = 2.0 / (1.0 + (-2f64).exp());
        assert!(y.allclose(&Tensor::from_slice(&[0f32, (7.0 * silu) as f32]).view([1, 2]), 1e-6, 1e-6, false));
        assert_eq!(Gate {}.output(&[6, 3]), [3, 3]);
    }
}
