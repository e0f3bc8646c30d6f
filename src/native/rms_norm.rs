//! Root mean square normalisation of the features of each place.

use super::partial::{dot, Partial};
use super::{Op, Slopes, Work};
use crate::base::math::wide;
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Divides the features of each place by their root mean square and scales them.
pub struct RmsNorm {
    /// Features of a place.
    pub features: usize,
    /// Added to the mean square.
    pub eps: f32,
}

impl Op for RmsNorm {
    fn scratch(&self, _: usize, threads: usize) -> usize {
        Partial::size(self.features, threads)
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let features = self.features;
        for place in work.worker.share(x.len() / features) {
            let range = place * features..(place + 1) * features;
            // SAFETY: threads' places do not overlap.
            let y = unsafe { y.part(range.clone()) };
            normalise(&x[range], work.weights, self.eps, y);
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let features = self.features;
        let partial = slopes.weights.map(|weights| Partial::new(work, 0, weights));
        let mut none = Vec::new();
        let sums = match &partial {
            Some(partial) => {
                // SAFETY: the thread's own part.
                let sums = unsafe { partial.own.part(0..features) };
                if !partial.begun {
                    sums.fill(0.0);
                }
                sums
            }
            None => &mut none[..],
        };
        for place in work.worker.share(x.len() / features) {
            let range = place * features..(place + 1) * features;
            let (x, dy) = (&x[range.clone()], &slopes.y[range.clone()]);
            let scale = inverse(x, self.eps);
            if !sums.is_empty() {
                weigh(sums, x, dy, scale);
            }
            if let Some(dx) = slopes.x {
                // SAFETY: threads' places do not overlap.
                slope(x, dy, work.weights, scale, unsafe { dx.part(range) });
            }
        }
        if let Some(partial) = partial {
            partial.sum(work);
        }
    }
}

// Inverse root mean square.
#[inline(always)]
fn inverse(x: &[f32], eps: f32) -> f32 {
    1.0 / (dot(x, x) / x.len() as f32 + eps).sqrt()
}

wide! {
    fn normalise(x: &[f32], weights: &[f32], eps: f32, y: &mut [f32]) {
        let scale = inverse(x, eps);
        y.iter_mut().zip(x.iter().zip(weights)).for_each(|(y, (x, weight))| *y = x * scale * weight);
    }
    fn weigh(sums: &mut [f32], x: &[f32], dy: &[f32], scale: f32) {
        sums.iter_mut().zip(x.iter().zip(dy)).for_each(|(sum, (x, dy))| *sum += x * dy * scale);
    }
    fn slope(x: &[f32], dy: &[f32], weights: &[f32], scale: f32, dx: &mut [f32]) {
        dx.iter_mut().zip(dy.iter().zip(weights)).for_each(|(dx, (dy, weight))| *dx = dy * weight);
        let mean = dot(dx, x) / x.len() as f32 * scale * scale;
        dx.iter_mut().zip(x).for_each(|(dx, x)| *dx = (*dx - x * mean) * scale);
    }
}
