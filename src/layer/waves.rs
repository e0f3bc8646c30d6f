//! Sines and cosines of values, so that small differences between them reach a network (Tancik et al., "Fourier Features Let
//! Networks Learn High Frequency Functions in Low Dimensional Domains", 2020).

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Forward, Parts};
use crate::error::Result;

/// Maps `[features]` to `[(1 + 2 octaves) features]`: the values x, then for each octave k the sines and the cosines of
/// 2^k x.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waves {
    /// Number of frequencies, each twice the one before; the first is 1.
    pub octaves: i64,
}

impl Forward for Waves {
    fn output(&self, input: &[i64]) -> Vec<i64> {
        vec![input[0] * (1 + 2 * self.octaves)]
    }

    fn forward(&self, x: Tensor, _: &Parts) -> Result<Tensor> {
        let mut parts = vec![x.shallow_clone()];
        for octave in 0..self.octaves {
            let angle = x.f_mul_scalar(f64::from(1 << octave))?;
            parts.extend([angle.f_sin()?, angle.f_cos()?]);
        }
        Ok(Tensor::f_cat(&parts, 1)?)
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::FRAC_PI_2;

    use super::*;

    #[test]
    fn each_octave_has_sines_and_cosines() {
        let x = Tensor::from_slice(&[0f32, FRAC_PI_2]).view([1, 2]);
        let layer = Waves { octaves: 2 };
        let y = layer.forward(x.shallow_clone(), &Parts::default()).unwrap();
        let expected = [0f32, FRAC_PI_2, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, -1.0];
        assert!(y.allclose(&Tensor::from_slice(&expected).view([1, 10]), 1e-6, 1e-6, false), "{y}");
        assert_eq!(layer.output(&[2]), [10]);
    }
}
