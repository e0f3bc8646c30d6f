//! Conversion between channels-last images and rows in PyTorch's order.

use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Converts images to rows, or rows to images.
pub struct Permute {
    /// Channels.
    pub channels: usize,
    /// Pixels.
    pub pixels: usize,
    /// True if rows are converted to images.
    pub to_picture: bool,
}

impl Permute {
    // Transposes [rows, columns] of each sample to [columns, rows].
    fn turn(&self, work: &Work, from: &[f32], to: &Shares, to_picture: bool) {
        let size = self.channels * self.pixels;
        let columns = if to_picture { self.pixels } else { self.channels };
        for sample in work.worker.share(work.count) {
            let from = &from[sample * size..][..size];
            // SAFETY: threads' samples do not overlap.
            let to = unsafe { to.part(sample * size..(sample + 1) * size) };
            for (j, line) in to.chunks_exact_mut(size / columns).enumerate() {
                line.iter_mut().enumerate().for_each(|(i, value)| *value = from[i * columns + j]);
            }
        }
    }
}

impl Op for Permute {
    fn bends(&self) -> bool {
        false
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        self.turn(work, x, y, self.to_picture);
        if let Some(activation) = then {
            let size = self.channels * self.pixels;
            let own = work.worker.share(work.count);
            // SAFETY: threads' samples do not overlap.
            activation.apply(unsafe { y.part(own.start * size..own.end * size) });
        }
    }

    fn backward(&self, work: &Work, _: &[f32], slopes: &Slopes) {
        if let Some(dx) = slopes.x {
            self.turn(work, slopes.y, dx, !self.to_picture);
        }
    }
}
