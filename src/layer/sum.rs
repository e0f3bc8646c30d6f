//! Global sum pooling, as in the discriminators of Miyato et al. ("Spectral Normalization for Generative Adversarial
//! Networks", 2018).

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{Forward, Parts};
use crate::error::Result;

/// Maps `[channels, ...sides]` to `[channels]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sum {}

impl Forward for Sum {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        vec![input[0]]
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        let axes: Vec<i64> = (2..x.dim() as i64).collect();
        Ok(x.f_sum_dim_intlist(axes, false, None::<Kind>)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_has_its_own_sum() {
        let x = Tensor::from_slice(&[1f32, 2.0, 3.0, 4.0]).view([1, 2, 1, 2]);
        let y = Sum {}.forward(x, &Parts::default()).unwrap();
        assert!(y.equal(&Tensor::from_slice(&[3f32, 7.0]).view([1, 2])));
    }
}
