//! Labels concatenated to rows, or to the pixels of images.

use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Appends a sample's labels to each of its pixels.
pub struct Condition {
    /// Number of label values.
    pub labels: usize,
    /// Channels per pixel, or columns of a row.
    pub channels: usize,
    /// Pixels per sample; 1 for rows.
    pub pixels: usize,
}

impl Op for Condition {
    fn bends(&self) -> bool {
        false
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (labels, channels, pixels) = (self.labels, self.channels, self.pixels);
        let wide = channels + labels;
        for sample in work.worker.share(work.count) {
            // SAFETY: threads' samples do not overlap.
            let y = unsafe { y.part(sample * pixels * wide..(sample + 1) * pixels * wide) };
            let (label, x) = (&work.given[sample * labels..][..labels], &x[sample * pixels * channels..]);
            for (y, x) in y.chunks_exact_mut(wide).zip(x.chunks_exact(channels)) {
                y[..channels].copy_from_slice(x);
                match work.at {
                    Some(_) => y[channels..].fill(0.0),
                    None => y[channels..].copy_from_slice(label),
                }
            }
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, _: &[f32], slopes: &Slopes) {
        let Some(dx) = slopes.x else { return };
        let (channels, pixels) = (self.channels, self.pixels);
        let wide = channels + self.labels;
        for sample in work.worker.share(work.count) {
            // SAFETY: threads' samples do not overlap.
            let dx = unsafe { dx.part(sample * pixels * channels..(sample + 1) * pixels * channels) };
            let dy = slopes.y[sample * pixels * wide..].chunks_exact(wide);
            dx.chunks_exact_mut(channels).zip(dy).for_each(|(dx, dy)| dx.copy_from_slice(&dy[..channels]));
        }
    }
}
