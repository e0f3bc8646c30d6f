//! Sums over the pixels of an image.

use super::partial::add;
use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Adds up the pixels of each channel.
pub struct Sum {
    /// Channels.
    pub channels: usize,
    /// Pixels per sample.
    pub pixels: usize,
}

impl Op for Sum {
    fn bends(&self) -> bool {
        false
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (channels, size) = (self.channels, self.channels * self.pixels);
        for sample in work.worker.share(work.count) {
            // SAFETY: threads' samples do not overlap.
            let y = unsafe { y.part(sample * channels..(sample + 1) * channels) };
            y.fill(0.0);
            x[sample * size..][..size].chunks_exact(channels).for_each(|pixel| add(y, pixel));
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, _: &[f32], slopes: &Slopes) {
        let Some(dx) = slopes.x else { return };
        let (channels, size) = (self.channels, self.channels * self.pixels);
        for sample in work.worker.share(work.count) {
            // SAFETY: threads' samples do not overlap.
            let dx = unsafe { dx.part(sample * size..(sample + 1) * size) };
            let dy = &slopes.y[sample * channels..][..channels];
            dx.chunks_exact_mut(channels).for_each(|pixel| pixel.copy_from_slice(dy));
        }
    }
}
