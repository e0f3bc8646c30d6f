//! Standard deviation over the batch as a feature.
//!
//! Threads split the values of a sample, each with its own mean and deviation over the batch, and then the samples.

use super::partial::add;
use super::{Op, Slopes, Work};
use crate::base::math::wide;
use crate::base::slice::Shares;
use crate::layer::minibatch_deviation::{EPS, MOMENTUM};
use crate::layer::Activation;

/// Appends to each pixel the mean of the deviations of all values.
pub struct MinibatchDeviation {
    /// Channels per pixel, or columns of a row.
    pub channels: usize,
    /// Pixels per sample; 1 for rows.
    pub pixels: usize,
}

impl MinibatchDeviation {
    fn size(&self) -> usize {
        self.channels * self.pixels
    }

    // Means and deviations of the thread's values, which are kept; returns the mean of the deviations of all.
    fn deviation(&self, work: &Work, x: &[f32]) -> f32 {
        let (size, own) = (self.size(), work.worker.share(self.size()));
        // SAFETY: threads' values do not overlap.
        let (means, roots) = unsafe { (work.kept.part(own.clone()), work.kept.part(size + own.start..size + own.end)) };
        means.fill(0.0);
        x.chunks_exact(size).for_each(|sample| add(means, &sample[own.clone()]));
        means.iter_mut().for_each(|mean| *mean /= work.count as f32);
        roots.fill(0.0);
        x.chunks_exact(size).for_each(|sample| add_squares(roots, means, &sample[own.clone()]));
        roots.iter_mut().for_each(|root| *root = (*root / work.count as f32 + EPS as f32).sqrt());
        let sum: f64 = roots.iter().map(|root| f64::from(*root)).sum();
        total(work, sum) as f32 / size as f32 - EPS.sqrt() as f32
    }
}

// Sum of a number of each thread.
fn total(work: &Work, own: f64) -> f64 {
    // SAFETY: each thread writes its own number, and reads all after the barrier.
    unsafe { work.scratch.part(work.worker.index..work.worker.index + 1).fill(own as f32) };
    work.worker.wait();
    // SAFETY: as above.
    unsafe { work.scratch.narrow(0..work.worker.count).whole() }.iter().map(|sum| f64::from(*sum)).sum()
}

impl Op for MinibatchDeviation {
    // Means and deviations.
    fn kept(&self, _: usize) -> usize {
        2 * self.size()
    }

    fn scratch(&self, _: usize, threads: usize) -> usize {
        threads
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (size, wide) = (self.size(), self.channels + 1);
        // SAFETY: nothing else writes to the statistics.
        let running = unsafe { work.buffers.narrow(0..1).whole()[0] };
        let deviation = if work.training { self.deviation(work, x) } else { running };
        if work.training && work.worker.index == 0 {
            let fresh = MOMENTUM as f32;
            // SAFETY: only the first thread writes here.
            unsafe { work.buffers.part(0..1).fill(running + fresh * (deviation - running)) };
        }
        for sample in work.worker.share(work.count) {
            // SAFETY: threads' samples do not overlap.
            let y = unsafe { y.part(sample * self.pixels * wide..(sample + 1) * self.pixels * wide) };
            let pixels = x[sample * size..][..size].chunks_exact(self.channels);
            for (y, x) in y.chunks_exact_mut(wide).zip(pixels) {
                y[..self.channels].copy_from_slice(x);
                y[self.channels] = deviation;
            }
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let Some(dx) = slopes.x else { return };
        let (size, wide) = (self.size(), self.channels + 1);
        let own = work.worker.share(work.count);
        let of_own = &slopes.y[own.start * self.pixels * wide..own.end * self.pixels * wide];
        let slope = total(work, of_own.chunks_exact(wide).map(|dy| f64::from(dy[self.channels])).sum());
        let scale = slope as f32 / (size * work.count) as f32;
        // SAFETY: nothing writes to kept values.
        let (means, roots) = unsafe { work.kept.whole() }.split_at(size);
        for sample in own {
            let place = sample * size..(sample + 1) * size;
            // SAFETY: threads' samples do not overlap.
            let dx = unsafe { dx.part(place.clone()) };
            let pixels = slopes.y[sample * self.pixels * wide..].chunks_exact(wide);
            dx.chunks_exact_mut(self.channels)
                .zip(pixels)
                .for_each(|(dx, dy)| dx.copy_from_slice(&dy[..self.channels]));
            add_away(dx, &x[place], means, roots, scale);
        }
    }
}

wide! {
    fn add_squares(sums: &mut [f32], means: &[f32], x: &[f32]) {
        sums.iter_mut().zip(means.iter().zip(x)).for_each(|(sum, (mean, x))| *sum += (x - mean) * (x - mean));
    }
    fn add_away(dx: &mut [f32], x: &[f32], means: &[f32], roots: &[f32], scale: f32) {
        let n = dx.len();
        let (x, means, roots) = (&x[..n], &means[..n], &roots[..n]);
        for i in 0..n {
            dx[i] += scale * (x[i] - means[i]) / roots[i];
        }
    }
}
