//! The mean of the data taken off.

use super::{Op, Slopes, Work};
use crate::base::math::wide;
use crate::base::slice::Shares;
use crate::layer::{Activation, Centre};

impl Op for Centre {
    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let size = work.buffers.len();
        for row in work.member.share(work.count) {
            // SAFETY: threads' rows do not overlap.
            let y = unsafe { y.part(row * size..(row + 1) * size) };
            subtract(&x[row * size..][..size], work.buffers, y);
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, _: &[f32], slopes: &Slopes) {
        if let Some(dx) = slopes.x {
            let own = work.member.share(slopes.y.len());
            // SAFETY: threads' shares do not overlap.
            unsafe { dx.part(own.clone()) }.copy_from_slice(&slopes.y[own]);
        }
    }
}

wide! {
    fn subtract(x: &[f32], mean: &[f32], y: &mut [f32]) {
        y.iter_mut().zip(x).zip(mean).for_each(|((y, x), mean)| *y = x - mean);
    }
}
