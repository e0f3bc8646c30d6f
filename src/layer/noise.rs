//! Gaussian noise in training (Zhao et al., "Energy-based Generative Adversarial Network", 2017, add it between the
//! layers of a generator; after Salimans et al., 2016).

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Adds `deviation` times the noise passed in training; the identity without noise and in evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// Shape of a sample.
    pub shape: Vec<i64>,
    /// Standard deviation.
    pub deviation: f64,
}

impl Forward for Noise {
    fn noise(&self) -> Vec<Vec<i64>> {
        vec![self.shape.clone()]
    }

    fn output(&self, input: &[i64]) -> Vec<i64> {
        input.into()
    }

    fn forward(&self, x: Tensor, parts: &Parts) -> Result<Tensor> {
        match parts.noise.first().filter(|_| parts.training) {
            Some(noise) => Ok(x.f_add(&noise.f_mul_scalar(self.deviation)?)?),
            None => Ok(x),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_given_are_added_in_training_alone() {
        let layer = Noise { shape: vec![2], deviation: 0.5 };
        let noise = [Tensor::from_slice(&[2f32, -2.0]).view([1, 2])];
        let made = |noise: &[Tensor], training| {
            let x = Tensor::from_slice(&[1f32, 1.0]).view([1, 2]);
            let y = layer.forward(x, &Parts { noise, training, ..Parts::default() }).unwrap();
            [y.double_value(&[0, 0]), y.double_value(&[0, 1])]
        };
        assert_eq!(made(&noise, true), [2.0, 0.0]);
        assert_eq!(made(&noise, false), [1.0, 1.0]);
        assert_eq!(made(&[], true), [1.0, 1.0]);
    }
}
