//! R1: half the mean squared gradient norm at real samples.
//!
//! Source: Mescheder et al., "Which Training Methods for GANs do actually Converge?", 2018, equation 9, weight 10.

use tch::Tensor;

use super::slope::squares;
use super::{Penalty, Subject};
use crate::error::Result;
use crate::member;

member! {
    "r1": "squared gradient norm at real samples (Mescheder et al., 2018)",
    pub struct R1 {}
}

impl Penalty for R1 {
    fn value(&self, subject: &Subject) -> Result<Option<Tensor>> {
        Ok(Some(squares(subject.slopes, subject.real)?.f_mean(None)?.f_mul_scalar(0.5)?))
    }

    fn weight(&self) -> f64 {
        10.0
    }

    fn slopes(&self) -> bool {
        true
    }
}
