//! Least squares: D minimises ((real - 1)^2 + fake^2) / 2, G minimises (fake - 1)^2 / 2.
//!
//! Source: Mao et al., "Least Squares Generative Adversarial Networks", 2017, equation 9 (a = 0, b = c = 1).

use tch::Tensor;

use super::Objective;
use crate::error::Result;
use crate::member;

member! {
    "least_squares": "squared distance to 1 for real, 0 for generated (Mao et al., 2017)",
    pub struct LeastSquares {}
}

impl Objective for LeastSquares {
    fn discriminator_loss(&self, real: &Tensor, fake: &Tensor, smoothing: f64) -> Result<Tensor> {
        let real = real.f_sub_scalar(1.0 - smoothing)?.f_square()?.f_mean(None)?;
        let fake = fake.f_square()?.f_mean(None)?;
        Ok(real.f_add(&fake)?.f_mul_scalar(0.5)?)
    }

    fn generator_loss(&self, _: &Tensor, fake: &Tensor) -> Result<Tensor> {
        Ok(fake.f_sub_scalar(1.0)?.f_square()?.f_mean(None)?.f_mul_scalar(0.5)?)
    }

    fn smooths(&self) -> bool {
        true
    }
}
