//! Softplus in place of the hinge: D minimises softplus(-real) + softplus(fake), G minimises -fake.
//!
//! The discriminator's loss is cross-entropy; the generator's is that of an integral probability metric, whose gradient does
//! not vanish where the discriminator is certain. Source: Lim and Ye, "Geometric GAN", 2017, for the pair with a hinge;
//! Mescheder et al., "Which Training Methods for GANs do actually Converge?", 2018, for the general form.

use tch::Tensor;

use super::Objective;
use crate::error::Result;
use crate::member;

member! {
    "softplus_ipm": "cross-entropy for the discriminator, the mean score for the generator (Lim and Ye, 2017)",
    pub struct SoftplusIpm {}
}

impl Objective for SoftplusIpm {
    fn discriminator_loss(&self, real: &Tensor, fake: &Tensor, _: f64) -> Result<Tensor> {
        let real = real.f_neg()?.f_softplus()?.f_mean(None)?;
        Ok(real.f_add(&fake.f_softplus()?.f_mean(None)?)?)
    }

    fn generator_loss(&self, _: &Tensor, fake: &Tensor) -> Result<Tensor> {
        Ok(fake.f_mean(None)?.f_neg()?)
    }
}
