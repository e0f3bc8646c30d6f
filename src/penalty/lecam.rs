//! LeCam regularisation: penalises the distance of scores from the running mean of the scores of the other kind.
//!
//! The mean of max(0, real - mean of fake)^2 + max(0, mean of real - fake)^2. Source: Tseng et al., "Regularizing
//! Generative Adversarial Networks under Limited Data", 2021, equation 4, one-sided as in the authors' code, weight
//! 0.3. The running means have Adam's bias correction; the first scores are compared with their own means.

use tch::{Kind, Tensor};

use super::{Penalty, Subject};
use crate::error::Result;
use crate::member;

/// Weight of the newest scores in the running means.
const FRESH: f64 = 0.01;

member! {
    "lecam": "distance of scores from the running mean of the other kind, for little data (Tseng et al., 2021)",
    pub struct Lecam {}
}

impl Penalty for Lecam {
    fn value(&self, subject: &Subject) -> Result<Option<Tensor>> {
        let [real, fake] = subject.scores;
        let [of_real, of_fake] = subject.scores.map(|scores| scores.f_detach()?.f_mean(None));
        let means = Tensor::f_stack(&[of_real?, of_fake?], 0)?.f_to_kind(Kind::Float)?;
        subject.ranks.average(&means)?;
        // Decayed sums of means and of their weights; new tensors, because autograd keeps references.
        let (sums, weight) = (subject.memory.f_narrow(0, 0, 2)?, subject.memory.f_narrow(0, 2, 1)?);
        let running = sums.f_div(&weight.f_clamp_min(1e-30)?)?;
        let running = running.f_where_self(&weight.f_gt(0.0)?, &means)?;
        let above = real.f_sub(&running.f_select(0, 1)?)?.f_relu()?.f_square()?.f_mean(None)?;
        let below = running.f_select(0, 0)?.f_sub(fake)?.f_relu()?.f_square()?.f_mean(None)?;
        let newest = Tensor::f_cat(&[&means, &weight.f_ones_like()?], 0)?;
        let _ = subject.memory.shallow_clone().f_lerp_(&newest, FRESH)?;
        Ok(Some(above.f_add(&below)?))
    }

    fn memory(&self) -> i64 {
        3
    }

    fn weight(&self) -> f64 {
        0.3
    }
}
