//! Weight clipping: after each step the discriminator's weights are clipped to the bound, the penalty's weight.
//!
//! Source: Arjovsky et al., "Wasserstein GAN", 2017, algorithm 1, bound 0.01.

use tch::Tensor;

use super::{Penalty, Subject};
use crate::error::Result;
use crate::member;

member! {
    "weight_clip": "clips each weight to a bound (Arjovsky et al., 2017)",
    pub struct WeightClip {}
}

impl Penalty for WeightClip {
    fn value(&self, _: &Subject) -> Result<Option<Tensor>> {
        Ok(None)
    }

    fn weight(&self) -> f64 {
        0.01
    }

    fn clips(&self) -> bool {
        true
    }
}
