//! Spectral normalisation: a layer whose weight is divided by an estimate of its largest singular value.
//!
//! The first weight is a matrix `[outputs, columns]`. Threads split its rows, or its columns.

use super::partial::{add_scaled, dot};
use super::{Op, Point, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::spectral::EPS;
use crate::layer::Activation;

/// Wraps a layer; its running statistics follow those of the layer.
pub struct Spectral {
    /// The layer.
    pub inner: Box<dyn Op>,
    /// Parameters of the layer.
    pub parameters: usize,
    /// Running statistics of the layer.
    pub buffers: usize,
    /// Rows of the matrix.
    pub outputs: usize,
    /// Columns of the matrix.
    pub columns: usize,
    /// Pixels of a kernel. Its columns are stored by pixel and input, those of the right vector by input and pixel.
    pub pixels: usize,
}

// Parts of what is kept: the layer's weights divided by the singular value, which is also kept; both vectors, the right
// one in the order of the weights; what the layer keeps.
struct Kept<'a> {
    weights: Shares<'a>,
    largest: Shares<'a>,
    left: Shares<'a>,
    right: Shares<'a>,
    inner: Shares<'a>,
}

impl Spectral {
    fn split<'a>(&self, kept: &Shares<'a>) -> Kept<'a> {
        let mut first = 0;
        let mut take = |len: usize| {
            first += len;
            kept.narrow(first - len..first)
        };
        Kept {
            weights: take(self.parameters),
            largest: take(1),
            left: take(self.outputs),
            right: take(self.columns),
            inner: take(kept.len()),
        }
    }

    // Place in the stored right vector of a column of the matrix.
    fn stored(&self, column: usize) -> usize {
        let inputs = self.columns / self.pixels;
        column % inputs * self.pixels + column / inputs
    }

    fn row<'a>(&self, work: &Work<'a>, row: usize) -> &'a [f32] {
        &work.weights[row * self.columns..(row + 1) * self.columns]
    }

    // Product of the matrix and the right vector, in the thread's rows of `to`.
    fn forth(&self, work: &Work, right: &Shares, to: &Shares) {
        for row in work.worker.share(self.outputs) {
            // SAFETY: threads' rows do not overlap, and the right vector is complete.
            unsafe { to.part(row..row + 1).fill(dot(self.row(work, row), right.whole())) };
        }
    }

    // Product of the transposed matrix and the left vector, in the thread's columns of `to`.
    fn back(&self, work: &Work, left: &Shares, to: &Shares) {
        let own = work.worker.share(self.columns);
        // SAFETY: threads' columns do not overlap, and the left vector is complete.
        let (to, left) = unsafe { (to.part(own.clone()), left.whole()) };
        to.fill(0.0);
        left.iter()
            .enumerate()
            .for_each(|(row, value)| add_scaled(to, *value, &self.row(work, row)[own.clone()]));
    }

    // Divides the weight by its singular value; in training, improves the vectors by one power iteration before.
    fn divide(&self, work: &Work, kept: &Kept) {
        let vectors = work.buffers.narrow(self.buffers..work.buffers.len());
        let (left, right) = (vectors.narrow(0..self.outputs), vectors.narrow(self.outputs..vectors.len()));
        let (rows, columns) = (work.worker.share(self.outputs), work.worker.share(self.columns));
        let product = self.places(work).product;
        // SAFETY: threads' shares do not overlap.
        let copy =
            |from: &Shares, to: &Shares| unsafe { to.part(rows.clone()).copy_from_slice(from.part(rows.clone())) };
        for column in columns.clone() {
            let stored = self.stored(column);
            // SAFETY: as above.
            unsafe { kept.right.part(column..column + 1).copy_from_slice(right.part(stored..stored + 1)) };
        }
        work.worker.wait();
        match work.training {
            true => {
                self.forth(work, &kept.right, &product);
                unit(work, &product.narrow(0..self.outputs), &kept.left);
                copy(&kept.left, &left);
            }
            false => {
                copy(&left, &kept.left);
                work.worker.wait();
            }
        }
        self.back(work, &kept.left, &product);
        if work.training {
            unit(work, &product.narrow(0..self.columns), &kept.right);
            for column in columns {
                let stored = self.stored(column);
                // SAFETY: threads' shares do not overlap.
                unsafe { right.part(stored..stored + 1).copy_from_slice(kept.right.part(column..column + 1)) };
            }
        }
        work.worker.wait();
        // SAFETY: complete.
        let largest = unsafe { dot(product.narrow(0..self.columns).whole(), kept.right.whole()) };
        let (own, matrix) = (work.worker.share(self.parameters), self.outputs * self.columns);
        // SAFETY: threads' shares do not overlap; the first thread alone writes the singular value.
        let to = unsafe { kept.weights.part(own.clone()) };
        to.copy_from_slice(&work.weights[own.clone()]);
        let divided = matrix.saturating_sub(own.start).min(to.len());
        to[..divided].iter_mut().for_each(|weight| *weight /= largest);
        if work.worker.index == 0 {
            // SAFETY: as above.
            unsafe { kept.largest.part(0..1).fill(largest) };
        }
        work.worker.wait();
    }

    // Adds to, or overwrites, the gradient of the layer's weights, given that of the divided ones.
    fn chain(&self, work: &Work, kept: &Kept, found: &Shares, (weights, add): (&Shares, bool)) {
        let (sums, matrix) = (self.places(work).sums, self.outputs * self.columns);
        let own = work.worker.share(matrix);
        // SAFETY: complete, except the sums, of which each thread writes its own.
        let (found, left, right, largest) = unsafe {
            let found = found.whole();
            let sum = dot(&found[own.clone()], &kept.weights.whole()[own]);
            sums.part(work.worker.index..work.worker.index + 1).fill(sum);
            (found, kept.left.whole(), kept.right.whole(), kept.largest.whole()[0])
        };
        work.worker.wait();
        // SAFETY: all sums are complete.
        let along: f32 = unsafe { sums.whole() }.iter().sum();
        for row in work.worker.share(self.outputs) {
            let place = row * self.columns..(row + 1) * self.columns;
            // SAFETY: threads' rows do not overlap.
            let to = unsafe { weights.part(place.clone()) };
            write(to, &found[place], add, 1.0 / largest);
            add_scaled(to, -along * left[row] / largest, right);
        }
        if work.worker.index == 0 {
            // SAFETY: only the first thread writes to the other weights.
            write(unsafe { weights.part(matrix..self.parameters) }, &found[matrix..], add, 1.0);
        }
    }

    fn places<'a>(&self, work: &Work<'a>) -> Places<'a> {
        let mut first = 0;
        let mut take = |len: usize| {
            first += len;
            work.scratch.narrow(first - len..first)
        };
        Places {
            gradient: take(self.parameters),
            product: take(self.outputs.max(self.columns)),
            sums: take(work.worker.count),
            inner: take(work.scratch.len()),
        }
    }
}

// Parts of the scratch memory.
struct Places<'a> {
    gradient: Shares<'a>,
    product: Shares<'a>,
    sums: Shares<'a>,
    inner: Shares<'a>,
}

// Divides a vector, which other threads complete, by its length; each thread writes its share of the result.
fn unit(work: &Work, vector: &Shares, to: &Shares) {
    work.worker.wait();
    // SAFETY: the vector is complete, and threads' shares do not overlap.
    let (values, own) = unsafe { (vector.whole(), work.worker.share(vector.len())) };
    let length = dot(values, values).sqrt().max(EPS as f32);
    // SAFETY: as above.
    unsafe { to.part(own.clone()) }
        .iter_mut()
        .zip(&values[own])
        .for_each(|(to, value)| *to = value / length);
    work.worker.wait();
}

// Overwrites sums with scaled values, or adds these.
fn write(sums: &mut [f32], values: &[f32], add: bool, scale: f32) {
    if !add {
        sums.fill(0.0);
    }
    add_scaled(sums, scale, values);
}

impl Op for Spectral {
    fn kept(&self, count: usize) -> usize {
        self.parameters + 1 + self.outputs + self.columns + self.inner.kept(count)
    }

    fn scratch(&self, count: usize, threads: usize) -> usize {
        self.parameters + self.outputs.max(self.columns) + threads + self.inner.scratch(count, threads)
    }

    fn fewer(&self, count: usize) -> Vec<String> {
        self.inner.fewer(count)
    }

    fn curves(&self, count: usize, inputs: usize) -> usize {
        self.inner.curves(count, inputs)
    }

    fn bends(&self) -> bool {
        self.inner.bends()
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (kept, point) = (self.split(work.kept), self.split(work.at.map_or(work.kept, |at| at.kept)));
        if work.at.is_none() {
            self.divide(work, &kept);
        }
        let (scratch, buffers) = (self.places(work).inner, work.buffers.narrow(0..self.buffers));
        let at = work.at.map(|at| Point { kept: &point.inner, ..at });
        // SAFETY: complete, and nothing writes to it.
        let weights = unsafe { point.weights.whole() };
        let inner = Work {
            weights,
            kept: &kept.inner,
            scratch: &scratch,
            buffers: &buffers,
            at,
            ..*work
        };
        self.inner.forward(&inner, x, y, then);
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let (kept, point) = (self.split(work.kept), self.split(work.at.map_or(work.kept, |at| at.kept)));
        let places = self.places(work);
        let at = work.at.map(|at| Point { kept: &point.inner, ..at });
        // SAFETY: complete, and nothing writes to it.
        let weights = unsafe { point.weights.whole() };
        let inner = Work {
            weights,
            kept: &kept.inner,
            scratch: &places.inner,
            at,
            ..*work
        };
        let wanted = slopes.weights.map(|_| (&places.gradient, false));
        self.inner.backward(&inner, x, &Slopes { weights: wanted, ..*slopes });
        if let Some(gradient) = slopes.weights {
            work.worker.wait();
            self.chain(work, &point, &places.gradient, gradient);
        }
    }
}
