//! The original minimax loss: D minimises -log s(real) - log(1 - s(fake)), G minimises log(1 - s(fake)), s the sigmoid.
//!
//! Source: Goodfellow et al., "Generative Adversarial Nets", 2014, equation 1. The generator's gradient vanishes if the
//! discriminator is confident ("saturates"); included for comparison, not recommended for training.

use tch::Tensor;

use super::smooth::smooth_entropy;
use super::Objective;
use crate::error::Result;
use crate::member;

member! {
    "minimax": "cross-entropy, the generator minimises log(1 - D) (Goodfellow et al., 2014)",
    pub struct Minimax {}
}

impl Objective for Minimax {
    fn discriminator_loss(&self, real: &Tensor, fake: &Tensor, smoothing: f64) -> Result<Tensor> {
        let real = smooth_entropy(real, smoothing)?;
        Ok(real.f_mean(None)?.f_add(&fake.f_softplus()?.f_mean(None)?)?)
    }

    fn generator_loss(&self, _: &Tensor, fake: &Tensor) -> Result<Tensor> {
        Ok(fake.f_softplus()?.f_mean(None)?.f_neg()?)
    }

    fn smooths(&self) -> bool {
        true
    }
}
