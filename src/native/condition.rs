//! Labels joined to rows.

use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::{Activation, Condition};

impl Op for Condition {
    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (labels, size) = (self.labels as usize, x.len() / work.count);
        let wide = size + labels;
        for row in work.member.share(work.count) {
            // SAFETY: threads' rows do not overlap.
            let y = unsafe { y.part(row * wide..(row + 1) * wide) };
            y[..size].copy_from_slice(&x[row * size..][..size]);
            y[size..].copy_from_slice(&work.labels[row * labels..][..labels]);
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let Some(dx) = slopes.x else { return };
        let size = x.len() / work.count;
        let wide = size + self.labels as usize;
        for row in work.member.share(work.count) {
            // SAFETY: threads' rows do not overlap.
            let dx = unsafe { dx.part(row * size..(row + 1) * size) };
            dx.copy_from_slice(&slopes.y[row * wide..][..size]);
        }
    }
}
