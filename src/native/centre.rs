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

impl Centre {
    // The negative mean, by pixels.
    fn negated(&self, work: &Work, less: &mut [f32]) {
        // SAFETY: nothing writes to the statistics.
        let mean = unsafe { work.buffers.whole() };
        for (pixel, less) in less.chunks_exact_mut(self.channels).enumerate() {
            less.iter_mut().enumerate().for_each(|(channel, less)| *less = -mean[channel * self.pixels + pixel]);
        }
    }
}

impl Op for Centre {
    fn scratch(&self, _: usize, threads: usize) -> usize {
        threads * self.channels * self.pixels
    }

    fn bends(&self) -> bool {
        false
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let size = self.channels * self.pixels;
        // SAFETY: the thread's own scratch memory.
        let less = unsafe { work.scratch.part(work.worker.index * size..(work.worker.index + 1) * size) };
        match work.at {
            Some(_) => less.fill(0.0),
            None => self.negated(work, less),
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
