//! Subtraction of the data's mean.

use super::partial::add;
use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Subtracts the running statistics, which are stored in PyTorch's order.
pub struct Centre {
    /// Channels; 1 for rows.
    pub channels: usize,
    /// Pixels per channel.
    pub pixels: usize,
}

impl Op for Centre {
    fn scratch(&self, _: usize, threads: usize) -> usize {
        threads * self.channels * self.pixels
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let size = self.channels * self.pixels;
        // SAFETY: nothing writes to the statistics; the thread's own scratch memory.
        let (mean, less) = unsafe {
            (work.buffers.whole(), work.scratch.part(work.worker.index * size..(work.worker.index + 1) * size))
        };
        for (pixel, less) in less.chunks_exact_mut(self.channels).enumerate() {
            less.iter_mut().enumerate().for_each(|(channel, less)| *less = -mean[channel * self.pixels + pixel]);
        }
        for sample in work.worker.share(work.count) {
            // SAFETY: threads' samples do not overlap.
            let y = unsafe { y.part(sample * size..(sample + 1) * size) };
            y.copy_from_slice(&x[sample * size..][..size]);
            add(y, less);
            if let Some(activation) = then {
                activation.apply(y);
            }
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
