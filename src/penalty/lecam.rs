//! LeCam regularisation: scores are held to the running mean of those of the other kind.
//!
//! max(0, real - mean of fake)^2 + max(0, mean of real - fake)^2, on average. Source: Tseng et al., "Regularizing Generative
//! Adversarial Networks under Limited Data", 2021, equation 4, one-sided as in the authors' code, weight 0.3.

use tch::{Kind, Tensor};

use super::{Penalty, Subject};
use crate::error::Result;
use crate::registry::Member;

/// Part of the newest scores in their running means.
const FRESH: f64 = 0.01;

/// The `lecam` penalty.
pub struct Lecam;

impl Member for Lecam {
    fn name(&self) -> &'static str {
        "lecam"
    }

    fn describe(&self) -> &'static str {
        "scores near the running mean of the other kind's, for little data (Tseng et al., 2021)"
    }
}

impl Penalty for Lecam {
    fn value(&self, subject: &Subject) -> Result<Option<Tensor>> {
        let [real, fake] = subject.scores;
        // Copies: what autograd holds on to must not change.
        let [of_real, of_fake] = [0, 1].map(|i| subject.memory.f_select(0, i).and_then(|mean| mean.f_detach_copy()));
        let above = real.f_sub(&of_fake?)?.f_relu()?.f_square()?.f_mean(None)?;
        let below = of_real?.f_sub(fake)?.f_relu()?.f_square()?.f_mean(None)?;
        let [real, fake] = subject.scores.map(|scores| scores.f_detach()?.f_mean(None));
        let means = Tensor::f_stack(&[&real?, &fake?], 0)?.f_to_kind(Kind::Float)?;
        let _ = subject.memory.shallow_clone().f_lerp_(&means, FRESH)?;
        Ok(Some(above.f_add(&below)?))
    }

    fn memory(&self) -> i64 {
        2
    }

    fn weight(&self) -> f64 {
        0.3
    }
}
