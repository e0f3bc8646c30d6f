//! Total variation: D minimises (tanh(fake) - tanh(real)) / 2, G minimises -tanh(fake) / 2.
//!
//! Source: Nowozin et al., "f-GAN", 2016, table 2.

use tch::Tensor;

use super::Objective;
use crate::error::Result;
use crate::member;

member! {
    "total_variation": "difference of mean scores, squashed to a half (Nowozin et al., 2016)",
    pub struct TotalVariation {}
}

impl Objective for TotalVariation {
    fn discriminator_loss(&self, real: &Tensor, fake: &Tensor, _: f64) -> Result<Tensor> {
        Ok(half_tanh(fake)?.f_sub(&half_tanh(real)?)?)
    }

    fn generator_loss(&self, _: &Tensor, fake: &Tensor) -> Result<Tensor> {
        Ok(half_tanh(fake)?.f_neg()?)
    }
}

fn half_tanh(scores: &Tensor) -> Result<Tensor> {
    Ok(scores.f_tanh()?.f_mean(None)?.f_mul_scalar(0.5)?)
}
