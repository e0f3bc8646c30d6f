//! Channels scaled and shifted by functions of the labels.

use std::ops::Range;
use std::slice::ChunksExact;

use super::channels::stretch;
use super::label_vectors::LabelVectors;
use super::{Op, Slopes, Work};
use crate::base::math::wide;
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Multiplies each pixel by one vector of the labels, to which 1 is added, and adds another.
pub struct Modulate {
    /// Vectors of twice the channels: the scale, then the shift.
    pub vectors: LabelVectors,
    /// Channels per pixel, or columns of a row.
    pub channels: usize,
    /// Pixels per sample; 1 for rows.
    pub pixels: usize,
}

impl Modulate {
    // Scales and shifts of a block of samples.
    fn both<'a>(&self, work: &Work, samples: Range<usize>, vectors: &'a mut [f32]) -> ChunksExact<'a, f32> {
        let vectors = self.vectors.vectors(work, samples, vectors);
        for vector in vectors.chunks_exact_mut(2 * self.channels) {
            let (scale, shift) = vector.split_at_mut(self.channels);
            scale.iter_mut().for_each(|scale| *scale += 1.0);
            if work.at.is_some() {
                shift.fill(0.0);
            }
        }
        vectors.chunks_exact(2 * self.channels)
    }
}

impl Op for Modulate {
    fn scratch(&self, _: usize, threads: usize) -> usize {
        self.vectors.scratch(threads)
    }

    fn bends(&self) -> bool {
        false
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let size = self.channels * self.pixels;
        // SAFETY: the thread's own memory.
        let vectors = unsafe { self.vectors.own(work) };
        for samples in self.vectors.blocks(work) {
            for (sample, vector) in samples.clone().zip(self.both(work, samples, vectors)) {
                let (scale, shift) = vector.split_at(self.channels);
                // SAFETY: threads' samples do not overlap.
                let y = unsafe { y.part(sample * size..(sample + 1) * size) };
                stretch(&x[sample * size..][..size], scale, shift, y);
                if let Some(activation) = then {
                    activation.apply(y);
                }
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let (channels, size) = (self.channels, self.channels * self.pixels);
        // SAFETY: the thread's own memory.
        let vectors = unsafe { self.vectors.own(work) };
        let mut partial = self.vectors.partial(work, slopes);
        for samples in self.vectors.blocks(work) {
            if let Some((_, sums)) = &mut partial {
                let vectors = &mut vectors[..samples.len() * 2 * channels];
                vectors.fill(0.0);
                for (sample, vector) in samples.clone().zip(vectors.chunks_exact_mut(2 * channels)) {
                    let (of_scale, of_shift) = vector.split_at_mut(channels);
                    let (x, dy) = (&x[sample * size..][..size], &slopes.y[sample * size..][..size]);
                    weigh(x, dy, of_scale, of_shift);
                    // The shift is a constant of a linearisation.
                    if work.at.is_some() {
                        of_shift.fill(0.0);
                    }
                }
                self.vectors.add(work, samples.clone(), vectors, sums);
            }
            if let Some(dx) = slopes.x {
                for (sample, vector) in samples.clone().zip(self.both(work, samples, vectors)) {
                    // SAFETY: threads' samples do not overlap.
                    let dx = unsafe { dx.part(sample * size..(sample + 1) * size) };
                    multiply(&slopes.y[sample * size..][..size], &vector[..channels], dx);
                }
            }
        }
        if let Some((partial, _)) = partial {
            partial.sum(work);
        }
    }
}

wide! {
    fn weigh(x: &[f32], dy: &[f32], of_scale: &mut [f32], of_shift: &mut [f32]) {
        for (x, dy) in x.chunks_exact(of_scale.len()).zip(dy.chunks_exact(of_scale.len())) {
            of_scale.iter_mut().zip(x.iter().zip(dy)).for_each(|(sum, (x, dy))| *sum += x * dy);
            of_shift.iter_mut().zip(dy).for_each(|(sum, dy)| *sum += dy);
        }
    }
    fn multiply(dy: &[f32], scale: &[f32], dx: &mut [f32]) {
        for (dx, dy) in dx.chunks_exact_mut(scale.len()).zip(dy.chunks_exact(scale.len())) {
            dx.iter_mut().zip(dy.iter().zip(scale)).for_each(|(dx, (dy, a))| *dx = dy * a);
        }
    }
}
