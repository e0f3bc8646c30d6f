//! Hinge: D minimises max(0, 1 - real) + max(0, 1 + fake), G minimises -fake.
//!
//! Source: Lim and Ye, "Geometric GAN", 2017; Miyato et al., "Spectral Normalization for GANs", 2018, equation 17.

use tch::Tensor;

use super::Objective;
use crate::error::Result;
use crate::member;

member! {
    "hinge": "hinge loss with margins at +1 and -1 (Lim and Ye, 2017)",
    pub struct Hinge {}
}

impl Objective for Hinge {
    fn discriminator_loss(&self, real: &Tensor, fake: &Tensor, _: f64) -> Result<Tensor> {
        let real = real.f_neg()?.f_add_scalar(1.0)?.f_relu()?.f_mean(None)?;
        let fake = fake.f_add_scalar(1.0)?.f_relu()?.f_mean(None)?;
        Ok(real.f_add(&fake)?)
    }

    fn generator_loss(&self, _: &Tensor, fake: &Tensor) -> Result<Tensor> {
        Ok(fake.f_mean(None)?.f_neg()?)
    }
}
