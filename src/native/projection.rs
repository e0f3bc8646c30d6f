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
        let vector = unsafe { self.vectors.own(work) };
        for sample in work.worker.share(work.count) {
            self.vectors.vector(work, sample, vector);
            // SAFETY: threads' samples do not overlap.
            let y = unsafe { y.part(sample..sample + 1) };
            y.fill(dot(&x[sample * inputs..][..inputs], vector));
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let inputs = self.vectors.features;
        // SAFETY: the thread's own memory.
        let vector = unsafe { self.vectors.own(work) };
        let mut partial = self.vectors.partial(work, slopes);
        for sample in work.worker.share(work.count) {
            let (x, dy) = (&x[sample * inputs..][..inputs], slopes.y[sample]);
            if let Some((_, sums)) = &mut partial {
                vector.iter_mut().zip(x).for_each(|(slope, x)| *slope = dy * x);
                self.vectors.add(work, sample, vector, sums);
            }
            if let Some(dx) = slopes.x {
                self.vectors.vector(work, sample, vector);
                // SAFETY: threads' samples do not overlap.
                let dx = unsafe { dx.part(sample * inputs..(sample + 1) * inputs) };
                dx.iter_mut().zip(&*vector).for_each(|(dx, v)| *dx = dy * v);
            }
        }
        if let Some((partial, _)) = partial {
            partial.sum(work);
        }
    }
}
