//! One-hot vectors with the gradient of the softmax.

use super::maxout::largest;
use super::{Op, Slopes, Work};
use crate::base::math::exp;
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Sets the largest channel of each pixel to 1 and the others to 0.
pub struct OneHot {
    /// Channels per pixel.
    pub channels: usize,
    /// Pixels per sample.
    pub pixels: usize,
}

impl Op for OneHot {
    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let size = self.channels * self.pixels;
        for sample in work.worker.share(work.count) {
            // SAFETY: threads' samples do not overlap.
            let y = unsafe { y.part(sample * size..(sample + 1) * size) };
            let pixels = x[sample * size..][..size].chunks_exact(self.channels);
            for (y, x) in y.chunks_exact_mut(self.channels).zip(pixels) {
                y.fill(0.0);
                y[largest(x)] = 1.0;
            }
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let Some(dx) = slopes.x else { return };
        let size = self.channels * self.pixels;
        for sample in work.worker.share(work.count) {
            // SAFETY: threads' samples do not overlap.
            let dx = unsafe { dx.part(sample * size..(sample + 1) * size) };
            let [x, dy] = [x, slopes.y].map(|all| all[sample * size..][..size].chunks_exact(self.channels));
            for ((dx, x), dy) in dx.chunks_exact_mut(self.channels).zip(x).zip(dy) {
                let most = x[largest(x)];
                dx.iter_mut().zip(x).for_each(|(share, x)| *share = exp(x - most));
                let sum: f32 = dx.iter().sum();
                let mean = dx.iter().zip(dy).map(|(share, dy)| share * dy).sum::<f32>() / sum;
                dx.iter_mut().zip(dy).for_each(|(share, dy)| *share *= (dy - mean) / sum);
            }
        }
    }
}
