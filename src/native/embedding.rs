//! Learnt vectors of labels, concatenated to rows or to the pixels of images.

use super::label_vectors::LabelVectors;
use super::partial::add;
use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Appends the vector of a sample's labels to each of its pixels.
pub struct Embedding {
    /// The vectors.
    pub vectors: LabelVectors,
    /// Channels per pixel, or columns of a row.
    pub channels: usize,
    /// Pixels per sample; 1 for rows.
    pub pixels: usize,
}

impl Op for Embedding {
    fn scratch(&self, _: usize, threads: usize) -> usize {
        self.vectors.scratch(threads)
    }

    fn bends(&self) -> bool {
        false
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (channels, size) = (self.channels, self.channels * self.pixels);
        let wide = channels + self.vectors.features;
        // SAFETY: the thread's own memory.
        let vectors = unsafe { self.vectors.own(work) };
        for samples in self.vectors.blocks(work) {
            let vectors = self.vectors.vectors(work, samples.clone(), vectors);
            if work.at.is_some() {
                vectors.fill(0.0);
            }
            for (sample, vector) in samples.zip(vectors.chunks_exact(self.vectors.features)) {
                // SAFETY: threads' samples do not overlap.
                let y = unsafe { y.part(sample * self.pixels * wide..(sample + 1) * self.pixels * wide) };
                for (y, x) in y.chunks_exact_mut(wide).zip(x[sample * size..][..size].chunks_exact(channels)) {
                    y[..channels].copy_from_slice(x);
                    y[channels..].copy_from_slice(vector);
                }
                if let Some(activation) = then {
                    activation.apply(y);
                }
            }
        }
    }

    fn backward(&self, work: &Work, _: &[f32], slopes: &Slopes) {
        let (channels, size) = (self.channels, self.channels * self.pixels);
        let wide = channels + self.vectors.features;
        // SAFETY: the thread's own memory.
        let vectors = unsafe { self.vectors.own(work) };
        let mut partial = self.vectors.partial(work, slopes);
        let of = |sample: usize| slopes.y[sample * self.pixels * wide..][..self.pixels * wide].chunks_exact(wide);
        for samples in self.vectors.blocks(work) {
            // The vectors are constants of a linearisation.
            if let (Some((_, sums)), None) = (&mut partial, work.at) {
                let vectors = &mut vectors[..samples.len() * self.vectors.features];
                vectors.fill(0.0);
                for (sample, vector) in samples.clone().zip(vectors.chunks_exact_mut(self.vectors.features)) {
                    of(sample).for_each(|dy| add(vector, &dy[channels..]));
                }
                self.vectors.add(work, samples.clone(), vectors, sums);
            }
            if let Some(dx) = slopes.x {
                for sample in samples {
                    // SAFETY: threads' samples do not overlap.
                    let dx = unsafe { dx.part(sample * size..(sample + 1) * size) };
                    dx.chunks_exact_mut(channels)
                        .zip(of(sample))
                        .for_each(|(dx, dy)| dx.copy_from_slice(&dy[..channels]));
                }
            }
        }
        if let Some((partial, _)) = partial {
            partial.sum(work);
        }
    }
}
