//! Dot product of features and the vector of the labels.

use super::label_vectors::LabelVectors;
use super::partial::dot;
use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Compatibility of a sample and its labels.
pub struct Projection {
    /// Vectors as long as the input.
    pub vectors: LabelVectors,
}

impl Op for Projection {
    fn scratch(&self, _: usize, threads: usize) -> usize {
        self.vectors.scratch(threads)
    }

    fn bends(&self) -> bool {
        false
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let inputs = self.vectors.features;
        // SAFETY: the thread's own memory.
        let vectors = unsafe { self.vectors.own(work) };
        for samples in self.vectors.blocks(work) {
            let vectors = self.vectors.vectors(work, samples.clone(), vectors);
            for (sample, vector) in samples.zip(vectors.chunks_exact(inputs)) {
                // SAFETY: threads' samples do not overlap.
                let y = unsafe { y.part(sample..sample + 1) };
                y.fill(dot(&x[sample * inputs..][..inputs], vector));
                if let Some(activation) = then {
                    activation.apply(y);
                }
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let inputs = self.vectors.features;
        // SAFETY: the thread's own memory.
        let vectors = unsafe { self.vectors.own(work) };
        let mut partial = self.vectors.partial(work, slopes);
        for samples in self.vectors.blocks(work) {
            if let Some((_, sums)) = &mut partial {
                let vectors = &mut vectors[..samples.len() * inputs];
                for (sample, vector) in samples.clone().zip(vectors.chunks_exact_mut(inputs)) {
                    let (x, dy) = (&x[sample * inputs..][..inputs], slopes.y[sample]);
                    vector.iter_mut().zip(x).for_each(|(slope, x)| *slope = dy * x);
                }
                self.vectors.add(work, samples.clone(), vectors, sums);
            }
            if let Some(dx) = slopes.x {
                let vectors = self.vectors.vectors(work, samples.clone(), vectors);
                for (sample, vector) in samples.zip(vectors.chunks_exact(inputs)) {
                    let dy = slopes.y[sample];
                    // SAFETY: threads' samples do not overlap.
                    let dx = unsafe { dx.part(sample * inputs..(sample + 1) * inputs) };
                    dx.iter_mut().zip(vector).for_each(|(dx, v)| *dx = dy * v);
                }
            }
        }
        if let Some((partial, _)) = partial {
            partial.sum(work);
        }
    }
}
