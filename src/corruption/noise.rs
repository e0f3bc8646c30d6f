//! Noise: normal numbers added to each value (Zhang et al., "Beyond a Gaussian Denoiser: Residual Learning of Deep CNN for
//! Image Denoising", 2017).

use tch::Tensor;

use super::{Corrupt, Random, Seen};
use crate::error::Result;
use crate::member;

member! {
    "noise": "removes noise of standard deviation `deviation` (Zhang et al., 2017)",
    pub struct Noise {
        /// Standard deviation as a fraction of the range of values.
        deviation: f64 = 0.1,
    }
}

impl Corrupt for Noise {
    fn random(&self, sample: &[i64]) -> Random {
        Random::Normal(sample.into())
    }

    fn corrupt(&self, x: &Tensor, random: Option<&Tensor>) -> Result<Tensor> {
        match random {
            // The network's range is 2 wide.
            Some(noise) => Ok(x.f_add(&noise.f_mul_scalar(2.0 * self.deviation)?)?),
            None => Ok(x.shallow_clone()),
        }
    }

    fn seen(&self, left: &Tensor, _: i64) -> Result<Seen> {
        Ok(Seen {
            input: left.shallow_clone(),
            start: Some(left.shallow_clone()),
            known: None,
        })
    }
}
