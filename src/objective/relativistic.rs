//! Relativistic pairing: D minimises softplus(fake - real) over pairs, G minimises softplus(real - fake).
//!
//! Source: Jolicoeur-Martineau, "The Relativistic Discriminator", 2019; Huang et al., "The GAN is Dead; Long Live the
//! GAN! A Modern GAN Baseline", 2024, equation 2. Invariant to a constant added to all scores.

use tch::Tensor;

use super::smooth::smooth_entropy;
use super::Objective;
use crate::error::{Error, Result};
use crate::member;

member! {
    "relativistic": "cross-entropy of the difference of a real and a generated score (Jolicoeur-Martineau, 2019)",
    pub struct Relativistic {}
}

impl Objective for Relativistic {
    fn discriminator_loss(&self, real: &Tensor, fake: &Tensor, smoothing: f64) -> Result<Tensor> {
        Ok(smooth_entropy(&lead(real, fake)?, smoothing)?.f_mean(None)?)
    }

    fn generator_loss(&self, real: &Tensor, fake: &Tensor) -> Result<Tensor> {
        Ok(lead(real, fake)?.f_softplus()?.f_mean(None)?)
    }

    fn pairs(&self) -> bool {
        true
    }

    fn smooths(&self) -> bool {
        true
    }
}

// Differences of scores, real minus fake, of pairs.
fn lead(real: &Tensor, fake: &Tensor) -> Result<Tensor> {
    match real.size() == fake.size() {
        true => Ok(real.f_sub(fake)?),
        false => Err(Error::Shape {
            name: "fake_scores".into(),
            expected: "as many as real_scores".into(),
            got: format!("{} and {}", fake.numel(), real.numel()),
        }),
    }
}
