//! Mode seeking: rewards differences between samples of different latents with the same labels, relative to the
//! distance of the latents.
//!
//! 1 / (mean |x - x'| / mean |z - z'| + 1e-5), with x from latents z, and x' from the batch's latents rotated by one.
//! Source: Mao et al., "Mode Seeking Generative Adversarial Networks for Diverse Image Synthesis", 2019, equation 3,
//! weight 1.

use tch::Tensor;

use super::{Penalty, Side, Subject};
use crate::error::Result;
use crate::member;

member! {
    "mode_seeking": "distance of samples relative to that of their latents (Mao et al., 2019)",
    pub struct ModeSeeking {}
}

impl Penalty for ModeSeeking {
    fn value(&self, subject: &Subject) -> Result<Option<Tensor>> {
        let all = subject.ranks.union(subject.latents)?;
        if all.size()[0] < self.samples() {
            return Ok(None);
        }
        let latents = subject.ranks.own(&all.f_roll([1i64].as_slice(), [0i64].as_slice())?, 0)?;
        let others = (subject.generator)(&latents)?;
        let apart = subject.ranks.mean(&subject.made.f_sub(&others)?.f_abs()?.f_mean(None)?)?;
        let inputs = subject.ranks.mean(&subject.latents.f_sub(&latents)?.f_abs()?.f_mean(None)?)?;
        Ok(Some(apart.f_div(&inputs)?.f_add_scalar(1e-5)?.f_reciprocal()?))
    }

    fn weight(&self) -> f64 {
        1.0
    }

    fn side(&self) -> Side {
        Side::Generator
    }

    fn samples(&self) -> i64 {
        2
    }
}
