//! Wasserstein distance in its dual form: D minimises fake - real, G minimises -fake.
//!
//! Source: Arjovsky et al., "Wasserstein GAN", 2017, algorithm 1. By default the discriminator ("critic" in the paper)
//! makes five steps per generator step and is kept Lipschitz by the penalty `weight_clip`. The optimiser is Adam
//! instead of the paper's RMSProp.

use tch::Tensor;

use super::Objective;
use crate::error::Result;
use crate::member;

member! {
    "wasserstein": "difference of mean scores, with weight clipping by default (Arjovsky et al., 2017)",
    pub struct Wasserstein {}
}

impl Objective for Wasserstein {
    fn discriminator_loss(&self, real: &Tensor, fake: &Tensor, _: f64) -> Result<Tensor> {
        Ok(fake.f_mean(None)?.f_sub(&real.f_mean(None)?)?)
    }

    fn generator_loss(&self, _: &Tensor, fake: &Tensor) -> Result<Tensor> {
        Ok(fake.f_mean(None)?.f_neg()?)
    }

    fn penalty(&self) -> Option<&'static str> {
        Some("weight_clip")
    }

    fn n_critic(&self) -> i64 {
        5
    }
}
