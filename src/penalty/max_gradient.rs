//! Maximum gradient penalty: the maximum squared gradient norm at points between real and generated samples.
//!
//! Source: Zhou et al., "Lipschitz Generative Adversarial Nets", 2019, section 4, weight 1.

use tch::Tensor;

use super::slope::{between, squares};
use super::{Draws, Penalty, Subject};
use crate::error::Result;
use crate::member;

member! {
    "max_gradient": "maximum gradient norm between real and generated samples (Zhou et al., 2019)",
    pub struct MaxGradient {}
}

impl Penalty for MaxGradient {
    fn value(&self, subject: &Subject) -> Result<Option<Tensor>> {
        let samples = between(subject.real, subject.fake, subject.noise)?;
        let squares = subject.ranks.union(&squares(subject.slopes, &samples)?)?;
        Ok(Some(subject.ranks.whole(&squares.f_max()?)?))
    }

    fn weight(&self) -> f64 {
        1.0
    }

    fn noise(&self, sample: &[i64]) -> Draws {
        Draws::Uniform(vec![1; sample.len()])
    }

    fn slopes(&self) -> bool {
        true
    }
}
