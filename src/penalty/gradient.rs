//! Gradient penalty: the mean of (|gradient| - 1)^2 at points between real and generated samples.
//!
//! Source: Gulrajani et al., "Improved Training of Wasserstein GANs", 2017, algorithm 1 (WGAN-GP), weight 10.

use tch::Tensor;

use super::slope::{between, from_one};
use super::{Draws, Penalty, Subject};
use crate::error::Result;
use crate::member;

member! {
    "gradient": "gradient norm near 1 between real and generated samples (Gulrajani et al., 2017)",
    pub struct Gradient {
        /// True if gradient norms below 1 are not penalised.
        one_sided: bool = false,
    }
}

impl Penalty for Gradient {
    fn value(&self, subject: &Subject) -> Result<Option<Tensor>> {
        let samples = between(subject.real, subject.fake, subject.noise)?;
        from_one(subject.slopes, &samples, self.one_sided).map(Some)
    }

    fn weight(&self) -> f64 {
        10.0
    }

    fn noise(&self, sample: &[i64]) -> Draws {
        Draws::Uniform(vec![1; sample.len()])
    }

    fn slopes(&self) -> bool {
        true
    }
}
