//! Learnt vectors of labels: products of a matrix `[features, labels]` and the labels of a sample.

use std::ops::Range;

use super::gemm::{product, Matrix};
use super::partial::Partial;
use super::{Slopes, Work};

/// Number of samples whose vectors are computed by one product.
const BLOCK: usize = 32;

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

    /// Scratch values: the vectors of a block for each thread, and the partial gradients.
    pub fn scratch(self, threads: usize) -> usize {
        threads * BLOCK * self.features + Partial::size(self.weights(), threads)
    }

    /// The calling thread's samples, in blocks.
    pub fn blocks(self, work: &Work) -> impl Iterator<Item = Range<usize>> {
        let Range { start, end } = work.worker.share(work.count);
        (start..end).step_by(BLOCK).map(move |first| first..(first + BLOCK).min(end))
    }

    // The labels of a block of samples.
    fn of<'a>(self, work: &Work<'a>, samples: Range<usize>) -> Matrix<'a> {
        Matrix::new(&work.given[samples.start * self.labels..], samples.len(), self.labels)
    }

    /// The vectors of a block of samples, one after the other, in `to`.
    pub fn vectors<'a>(self, work: &Work, samples: Range<usize>, to: &'a mut [f32]) -> &'a mut [f32] {
        let to = &mut to[..samples.len() * self.features];
        let weights = Matrix::new(work.weights, self.features, self.labels);
        product(self.of(work, samples), weights.turned(), to, false);
        to
    }

    /// The calling thread's own memory for the vectors of a block, in the scratch memory.
    ///
    /// # Safety
    /// At most one call at a time.
    pub unsafe fn own<'a>(self, work: &Work<'a>) -> &'a mut [f32] {
        let size = BLOCK * self.features;
        let first = work.worker.index * size;
        // SAFETY: each thread has its own range.
        unsafe { work.scratch.part(first..first + size) }
    }

    /// The calling thread's partial gradient, if the gradient of the weights is wanted.
    pub fn partial<'a>(self, work: &Work<'a>, slopes: &Slopes<'a>) -> Option<(Partial<'a>, &'a mut [f32])> {
        let partial = Partial::new(work, work.worker.count * BLOCK * self.features, slopes.weights?);
        // SAFETY: the only call.
        let sums = unsafe { partial.sums() };
        Some((partial, sums))
    }

    /// Adds the gradient of the weights for the gradients of the vectors of a block of samples.
    pub fn add(self, work: &Work, samples: Range<usize>, slopes: &[f32], sums: &mut [f32]) {
        let slopes = Matrix::new(slopes, samples.len(), self.features);
        product(slopes.turned(), self.of(work, samples), sums, true);
    }
}
