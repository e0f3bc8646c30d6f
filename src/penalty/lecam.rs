//! LeCam regularisation: scores are held to the running mean of those of the other kind.
//!
//! max(0, real - mean of fake)^2 + max(0, mean of real - fake)^2, on average. Source: Tseng et al., "Regularizing Generative
//! Adversarial Networks under Limited Data", 2021, equation 4, one-sided as in the authors' code, weight 0.3.

use tch::Tensor;

use super::{Penalty, Subject};
use crate::error::Result;
use crate::registry::Member;

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
        let [of_real, of_fake] = [0, 1].map(|i| subject.anchors.f_select(0, i));
        let real = real.f_sub(&of_fake?)?.f_relu()?.f_square()?.f_mean(None)?;
        let fake = of_real?.f_sub(fake)?.f_relu()?.f_square()?.f_mean(None)?;
        Ok(Some(real.f_add(&fake)?))
    }

    fn weight(&self) -> f64 {
        0.3
    }

    fn slopes(&self) -> bool {
        false
    }
}
