//! Dropout by the noise of a step.

use super::{Op, Slopes, Work};
use crate::base::math::wide;
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Multiplies the values by `scale` whose noise is above `quantile`, the others by 0; the identity without noise.
pub struct Dropout {
    /// Normal quantile of the rate.
    pub quantile: f32,
    /// Inverse of the fraction of values that are kept.
    pub scale: f32,
}

impl Dropout {
    // The thread's part of `x`, dropped.
    fn drop(&self, work: &Work, x: &[f32], y: &Shares) {
        let own = work.worker.share(x.len());
        // SAFETY: threads' shares do not overlap.
        let y = unsafe { y.part(own.clone()) };
        match work.noise {
            [noise, ..] => drop(&x[own.clone()], &noise[own], (self.quantile, self.scale), y),
            [] => y.copy_from_slice(&x[own]),
        }
    }
}

impl Op for Dropout {
    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        self.drop(work, x, y);
        if let Some(activation) = then {
            // SAFETY: threads' shares do not overlap.
            activation.apply(unsafe { y.part(work.worker.share(x.len())) });
        }
    }

    fn backward(&self, work: &Work, _: &[f32], slopes: &Slopes) {
        if let Some(dx) = slopes.x {
            self.drop(work, slopes.y, dx);
        }
    }
}

wide! {
    fn drop(x: &[f32], noise: &[f32], numbers: (f32, f32), y: &mut [f32]) {
        let (quantile, scale) = numbers;
        let both = x.iter().zip(noise);
        y.iter_mut().zip(both).for_each(|(y, (x, noise))| *y = x * if *noise > quantile { scale } else { 0.0 });
    }
}
