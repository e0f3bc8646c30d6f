//! Cross-entropy with a non-saturating generator loss: D minimises -log s(real) - log(1 - s(fake)), G minimises -log
//! s(fake), s the sigmoid.
//!
//! Source: Goodfellow et al., "Generative Adversarial Nets", 2014, section 3. The generator's gradient stays large if
//! the discriminator is confident. Computed with softplus, which avoids overflow.

use tch::Tensor;

use super::smooth::smooth_entropy;
use super::Objective;
use crate::error::Result;
use crate::member;

member! {
    "non_saturating": "cross-entropy, the generator maximises log D (Goodfellow et al., 2014)",
    pub struct NonSaturating {}
}

impl Objective for NonSaturating {
    fn discriminator_loss(&self, real: &Tensor, fake: &Tensor, smoothing: f64) -> Result<Tensor> {
        let real = smooth_entropy(real, smoothing)?;
        Ok(real.f_mean(None)?.f_add(&fake.f_softplus()?.f_mean(None)?)?)
    }

    fn generator_loss(&self, _: &Tensor, fake: &Tensor) -> Result<Tensor> {
        Ok(fake.f_neg()?.f_softplus()?.f_mean(None)?)
    }

    fn smooths(&self) -> bool {
        true
    }
}
