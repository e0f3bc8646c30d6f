//! DRAGAN: the mean of (|gradient| - 1)^2 near real samples, perturbed by up to half the standard deviation of the
//! batch.
//!
//! Source: Kodali et al., "On Convergence and Stability of GANs", 2017, with the noise of the authors' code, weight 10.

use tch::Tensor;

use super::slope::from_one;
use super::{Draws, Penalty, Subject};
use crate::error::Result;
use crate::member;

member! {
    "dragan": "gradient norm near 1 around real samples (Kodali et al., 2017)",
    pub struct Dragan {
        /// True if gradient norms below 1 are not penalised.
        one_sided: bool = false,
    }
}

impl Penalty for Dragan {
    fn value(&self, subject: &Subject) -> Result<Option<Tensor>> {
        let samples = match subject.noise {
            Some(noise) => {
                let reach = subject.ranks.deviation(subject.real)?.f_mul_scalar(0.5)?;
                subject.real.f_add(&noise.f_mul(&reach)?)?
            }
            None => subject.real.shallow_clone(),
        };
        from_one(subject.slopes, &samples, self.one_sided).map(Some)
    }

    fn weight(&self) -> f64 {
        10.0
    }

    fn noise(&self, sample: &[i64]) -> Draws {
        Draws::Uniform(sample.into())
    }

    fn slopes(&self) -> bool {
        true
    }
}
