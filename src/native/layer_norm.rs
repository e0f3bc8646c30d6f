//! Layer normalisation of the features of each place.

use super::partial::{add, Partial};
use super::{Op, Slopes, Work};
use crate::base::math::{total, wide};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Normalises the features of each place by their mean and variance, scales and shifts them.
pub struct LayerNorm {
    /// Features of a place.
    pub features: usize,
    /// Added to the variance.
    pub eps: f32,
}

impl Op for LayerNorm {
    fn scratch(&self, _: usize, threads: usize) -> usize {
        Partial::size(2 * self.features, threads)
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let features = self.features;
        let (weights, biases) = work.weights.split_at(features);
        for place in work.worker.share(x.len() / features) {
            let range = place * features..(place + 1) * features;
            // SAFETY: threads' places do not overlap.
            let y = unsafe { y.part(range.clone()) };
            let x = &x[range];
            normalise(x, moments(x, self.eps), weights, biases, y);
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let features = self.features;
        let partial = slopes.weights.map(|weights| Partial::new(work, 0, weights));
        // SAFETY: the only call.
        let mut sums = partial.as_ref().map(|partial| unsafe { partial.sums() }.split_at_mut(features));
        for place in work.worker.share(x.len() / features) {
            let range = place * features..(place + 1) * features;
            let (x, dy) = (&x[range.clone()], &slopes.y[range.clone()]);
            let moments = moments(x, self.eps);
            if let Some((of_weights, of_biases)) = &mut sums {
                weigh(of_weights, x, dy, moments);
                add(of_biases, dy);
            }
            if let Some(dx) = slopes.x {
                // SAFETY: threads' places do not overlap.
                slope(x, dy, moments, &work.weights[..features], unsafe { dx.part(range) });
            }
        }
        if let Some(partial) = partial {
            partial.sum(work);
        }
    }
}

// Sum of a function of pairs of values.
#[inline(always)]
fn sum(a: &[f32], b: &[f32], of: impl Fn(f32, f32) -> f32) -> f32 {
    let mut sums = [0f32; 32];
    let (a_rest, b_rest) = (a.chunks_exact(32).remainder(), b.chunks_exact(32).remainder());
    for (a, b) in a.chunks_exact(32).zip(b.chunks_exact(32)) {
        for i in 0..32 {
            sums[i] += of(a[i], b[i]);
        }
    }
    total(sums) + a_rest.iter().zip(b_rest).map(|(a, b)| of(*a, *b)).sum::<f32>()
}

wide! {
    // Mean and inverse standard deviation.
    fn moments(x: &[f32], eps: f32) -> (f32, f32) {
        let n = x.len() as f32;
        let mean = sum(x, x, |x, _| x) / n;
        (mean, 1.0 / (sum(x, x, |x, _| (x - mean) * (x - mean)) / n + eps).sqrt())
    }
    fn normalise(x: &[f32], moments: (f32, f32), weights: &[f32], biases: &[f32], y: &mut [f32]) {
        let (mean, scale) = moments;
        let both = weights.iter().zip(biases);
        y.iter_mut().zip(x.iter().zip(both)).for_each(|(y, (x, (a, b)))| *y = (x - mean) * scale * a + b);
    }
    fn weigh(sums: &mut [f32], x: &[f32], dy: &[f32], moments: (f32, f32)) {
        let (mean, scale) = moments;
        sums.iter_mut().zip(x.iter().zip(dy)).for_each(|(sum, (x, dy))| *sum += (x - mean) * scale * dy);
    }
    fn slope(x: &[f32], dy: &[f32], moments: (f32, f32), weights: &[f32], dx: &mut [f32]) {
        let ((mean, scale), n) = (moments, x.len() as f32);
        dx.iter_mut().zip(dy.iter().zip(weights)).for_each(|(dx, (dy, weight))| *dx = dy * weight);
        let level = sum(dx, x, |dx, _| dx) / n;
        let tilt = sum(dx, x, |dx, x| dx * (x - mean)) / n * scale * scale;
        dx.iter_mut().zip(x).for_each(|(dx, x)| *dx = (*dx - level - (x - mean) * tilt) * scale);
    }
}
