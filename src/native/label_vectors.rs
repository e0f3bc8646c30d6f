//! Learnt vectors of labels: products of a matrix `[features, labels]` and the labels of a sample.

use super::partial::Partial;
use super::{Slopes, Work};

/// A matrix of learnt vectors, several one after the other for several results.
#[derive(Clone, Copy)]
pub struct LabelVectors {
    /// Number of label values.
    pub labels: usize,
    /// Length of a vector.
    pub features: usize,
}

impl LabelVectors {
    /// Number of weights.
    pub fn weights(self) -> usize {
        self.labels * self.features
    }

    /// Scratch values: a vector of each thread, and the partial gradients.
    pub fn scratch(self, threads: usize) -> usize {
        threads * self.features + Partial::size(self.weights(), threads)
    }

    /// The labels of a sample.
    pub fn of<'a>(self, work: &Work<'a>, sample: usize) -> &'a [f32] {
        &work.given[sample * self.labels..][..self.labels]
    }

    /// The vector of a sample, in `to`.
    pub fn vector(self, work: &Work, sample: usize, to: &mut [f32]) {
        let label = self.of(work, sample);
        for (to, row) in to.iter_mut().zip(work.weights.chunks_exact(self.labels)) {
            *to = row.iter().zip(label).map(|(weight, label)| weight * label).sum();
        }
    }

    /// The calling thread's own vector in the scratch memory.
    ///
    /// # Safety
    /// At most one call at a time.
    pub unsafe fn own<'a>(self, work: &Work<'a>) -> &'a mut [f32] {
        let first = work.worker.index * self.features;
        // SAFETY: each thread has its own range.
        unsafe { work.scratch.part(first..first + self.features) }
    }

    /// The calling thread's partial gradient, if the gradient of the weights is wanted.
    pub fn partial<'a>(self, work: &Work<'a>, slopes: &Slopes<'a>) -> Option<(Partial<'a>, &'a mut [f32])> {
        let partial = Partial::new(work, work.worker.count * self.features, slopes.weights?);
        // SAFETY: the only call.
        let sums = unsafe { partial.sums() };
        Some((partial, sums))
    }

    /// Adds the gradient of the weights for the gradient of a sample's vector.
    pub fn add(self, work: &Work, sample: usize, slope: &[f32], sums: &mut [f32]) {
        let label = self.of(work, sample);
        for (sums, slope) in sums.chunks_exact_mut(self.labels).zip(slope) {
            sums.iter_mut().zip(label).for_each(|(sum, label)| *sum += slope * label);
        }
    }
}
