//! Self-attention between the pixels of an image.

use std::ops::Range;

use super::gemm::{multiply, product, Matrix, Out};
use super::softmax::{softmax, through_softmax};
use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Pixels whose weights are computed together, which fit in a thread's cache.
const BLOCK: usize = 128;

/// For each pixel, the mean of the values of all pixels, weighted by the softmax of the products of its query and their
/// keys. Channels are queries, keys and values.
pub struct Attend {
    /// Channels of the queries, and of the keys.
    pub keys: usize,
    /// Channels of the values.
    pub values: usize,
    /// Pixels per sample.
    pub pixels: usize,
}

impl Attend {
    fn width(&self) -> usize {
        2 * self.keys + self.values
    }

    // Columns of queries, keys and values.
    fn columns(&self) -> [Range<usize>; 3] {
        [0..self.keys, self.keys..2 * self.keys, 2 * self.keys..self.width()]
    }

    fn split<'a>(&self, x: &'a [f32]) -> [Matrix<'a>; 3] {
        self.columns().map(|columns| Matrix::new(x, self.pixels, self.width()).columns(columns))
    }

    // Ranges of pixels.
    fn blocks(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        (0..self.pixels).step_by(BLOCK).map(|first| first..(first + BLOCK).min(self.pixels))
    }

    // The thread's own memory for the weights of a block, and for their gradients.
    //
    // # Safety
    // At most one call of each thread.
    unsafe fn own<'a>(&self, work: &Work<'a>) -> [&'a mut [f32]; 2] {
        let size = BLOCK.min(self.pixels) * self.pixels;
        let first = 2 * work.worker.index * size;
        // SAFETY: each thread has its own ranges.
        [0, size].map(|offset| unsafe { work.scratch.part(first + offset..first + offset + size) })
    }

    // Weights of all pixels for the pixels of a block.
    fn weigh<'a>(
        &self,
        [queries, keys, _]: &[Matrix; 3],
        block: Range<usize>,
        weights: &'a mut [f32],
    ) -> &'a mut [f32] {
        let weights = &mut weights[..block.len() * self.pixels];
        product(queries.rows(block), keys.turned(), weights, false);
        weights.chunks_exact_mut(self.pixels).for_each(|row| softmax(row, 1.0));
        weights
    }
}

impl Op for Attend {
    fn scratch(&self, _: usize, threads: usize) -> usize {
        2 * threads * BLOCK.min(self.pixels) * self.pixels
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (before, after) = (self.pixels * self.width(), self.pixels * self.values);
        // SAFETY: the only call.
        let [weights, _] = unsafe { self.own(work) };
        for sample in work.worker.share(work.count) {
            let parts = self.split(&x[sample * before..(sample + 1) * before]);
            for block in self.blocks() {
                let weights = self.weigh(&parts, block.clone(), weights);
                let out = Out {
                    memory: y,
                    width: self.values,
                    row: sample * self.pixels + block.start,
                    columns: 0..self.values,
                };
                // SAFETY: threads' samples do not overlap.
                unsafe { multiply(Matrix::new(weights, block.len(), self.pixels), parts[2], out, false) };
            }
            if let Some(activation) = then {
                // SAFETY: as above.
                activation.apply(unsafe { y.part(sample * after..(sample + 1) * after) });
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let Some(dx) = slopes.x else { return };
        let (before, after) = (self.pixels * self.width(), self.pixels * self.values);
        // SAFETY: the only call.
        let [weights, changes] = unsafe { self.own(work) };
        let [of_queries, of_keys, of_values] = self.columns();
        for sample in work.worker.share(work.count) {
            let parts = self.split(&x[sample * before..(sample + 1) * before]);
            let dy = Matrix::new(&slopes.y[sample * after..(sample + 1) * after], self.pixels, self.values);
            for block in self.blocks() {
                let (add, dy) = (block.start > 0, dy.rows(block.clone()));
                let weights = &*self.weigh(&parts, block.clone(), weights);
                let changes = &mut changes[..weights.len()];
                product(dy, parts[2].turned(), changes, false);
                for (changes, weights) in changes.chunks_exact_mut(self.pixels).zip(weights.chunks_exact(self.pixels)) {
                    through_softmax(changes, weights, 1.0);
                }
                let [weights, changes] = [weights, &*changes].map(|all| Matrix::new(all, block.len(), self.pixels));
                let out = |first: usize, columns: &Range<usize>| Out {
                    memory: dx,
                    width: self.width(),
                    row: sample * self.pixels + first,
                    columns: columns.clone(),
                };
                // SAFETY: threads' samples do not overlap.
                unsafe {
                    multiply(changes, parts[1], out(block.start, &of_queries), false);
                    multiply(changes.turned(), parts[0].rows(block), out(0, &of_keys), add);
                    multiply(weights.turned(), dy, out(0, &of_values), add);
                }
            }
        }
    }
}
