//! Gaussian noise in training.

use super::partial::add_scaled;
use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Adds the noise of a step; the identity without noise.
pub struct Noise {
    /// Standard deviation.
    pub deviation: f32,
}

impl Op for Noise {
    fn bends(&self) -> bool {
        false
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let own = work.worker.share(x.len());
        // SAFETY: threads' shares do not overlap.
        let y = unsafe { y.part(own.clone()) };
        y.copy_from_slice(&x[own.clone()]);
        if let (Some(noise), None) = (work.noise.first(), work.at) {
            add_scaled(y, self.deviation, &noise[own]);
        }
        if let Some(activation) = then {
            activation.apply(y);
        }
    }

    fn backward(&self, work: &Work, _: &[f32], slopes: &Slopes) {
        if let Some(dx) = slopes.x {
            let own = work.worker.share(slopes.y.len());
            // SAFETY: threads' shares do not overlap.
            unsafe { dx.part(own.clone()) }.copy_from_slice(&slopes.y[own]);
        }
    }
}
