//! Feature matching: penalises the distance between the mean discriminator features of generated and real samples.
//!
//! The mean squared difference over features. Source: Salimans et al., "Improved Techniques for Training GANs", 2016,
//! section 3.1; here added to the generator's loss, weight 1.

use tch::Tensor;

use super::{Penalty, Side, Subject};
use crate::error::Result;
use crate::member;

member! {
    "feature_matching": "distance between mean features of generated and real samples (Salimans et al., 2016)",
    pub struct FeatureMatching {}
}

impl Penalty for FeatureMatching {
    fn value(&self, subject: &Subject) -> Result<Option<Tensor>> {
        let mean = |samples: &Tensor| -> Result<Tensor> {
            let features = (subject.features)(samples)?;
            subject.ranks.mean(&features.f_mean_dim([0i64].as_slice(), false, features.f_kind()?)?)
        };
        let wanted = tch::no_grad(|| mean(subject.real))?;
        Ok(Some(mean(subject.fake)?.f_sub(&wanted)?.f_square()?.f_mean(None)?))
    }

    fn weight(&self) -> f64 {
        1.0
    }

    fn side(&self) -> Side {
        Side::Generator
    }

    fn torch(&self) -> bool {
        true
    }
}
