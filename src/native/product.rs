//! Matrix multiply of rows: fully connected layers, and convolutions whose windows do not overlap.
//!
//! Threads split the rows or the columns, whichever are more: each writes only its part of the result.

use super::gemm::{multiply, Matrix, Out};
use super::partial::{add, sum_columns};
use super::{Op, Slopes, Work};
use crate::base::pool::Worker;
use crate::base::slice::Shares;
use crate::layer::Activation;

/// A matrix multiply and a bias.
pub struct Product {
    /// Columns of the input.
    pub inputs: usize,
    /// Columns of the output.
    pub outputs: usize,
    /// Rows per sample.
    pub rows: usize,
    /// True if the weights are stored as `[inputs, outputs]`, not as `[outputs, inputs]`.
    pub turned: bool,
    /// Number of biases, which repeat along the columns.
    pub biases: usize,
}

// A thread's part of a matrix.
struct Part {
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
}

impl Part {
    fn of(worker: Worker, rows: usize, columns: usize) -> Self {
        match rows >= columns {
            true => Part { rows: worker.share(rows), columns: 0..columns },
            false => Part { rows: 0..rows, columns: worker.share(columns) },
        }
    }

    // Overwrites the part with, or adds to it, the product of two matrices.
    //
    // # Safety
    // No other thread may use the part.
    unsafe fn fill(&self, a: Matrix, b: Matrix, (memory, width): (&Shares, usize), add: bool) {
        let out = Out {
            memory,
            width,
            row: self.rows.start,
            columns: self.columns.clone(),
        };
        // SAFETY: guaranteed by the caller.
        unsafe { multiply(a.rows(self.rows.clone()), b.columns(self.columns.clone()), out, add) };
    }
}

impl Op for Product {
    // A product with the transpose of its second factor rearranges it each time.
    fn settle(&mut self, weights: &mut [f32]) {
        let Some(weights) = weights.get_mut(..self.inputs * self.outputs).filter(|_| !self.turned) else { return };
        let rows: Vec<f32> = weights.to_vec();
        for (input, to) in weights.chunks_exact_mut(self.outputs).enumerate() {
            let from = rows[input..].iter().step_by(self.inputs);
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        }
        self.turned = true;
    }

    fn bends(&self) -> bool {
        false
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (inputs, outputs, rows) = (self.inputs, self.outputs, work.count * self.rows);
        let bias = work.biases(inputs * outputs);
        let part = Part::of(work.worker, rows, outputs);
        // SAFETY: threads' parts do not overlap.
        unsafe { part.fill(Matrix::new(x, rows, inputs), self.weight(work).turned(), (y, outputs), false) };
        for row in part.rows {
            // SAFETY: as above.
            let y = unsafe { y.part(row * outputs + part.columns.start..row * outputs + part.columns.end) };
            if !bias.is_empty() {
                add_repeated(y, bias, part.columns.start);
            }
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let (inputs, outputs, rows) = (self.inputs, self.outputs, work.count * self.rows);
        let dy = Matrix::new(slopes.y, rows, outputs);
        if let Some(dx) = slopes.x {
            let part = Part::of(work.worker, rows, inputs);
            // SAFETY: threads' parts do not overlap.
            unsafe { part.fill(dy, self.weight(work), (dx, inputs), false) };
        }
        let Some((weights, add_to)) = slopes.weights else { return };
        let x = Matrix::new(x, rows, inputs);
        let (a, b, height, width) = match self.turned {
            true => (x.turned(), dy, inputs, outputs),
            false => (dy.turned(), x, outputs, inputs),
        };
        // SAFETY: threads' parts do not overlap.
        unsafe { Part::of(work.worker, height, width).fill(a, b, (weights, width), add_to) };
        let first = inputs * outputs;
        sum_columns(work, slopes.y, &weights.narrow(first..first + self.biases), add_to);
    }
}

impl Product {
    // [outputs, inputs]
    fn weight<'a>(&self, work: &Work<'a>) -> Matrix<'a> {
        match self.turned {
            true => Matrix::new(work.weights, self.inputs, self.outputs).turned(),
            false => Matrix::new(work.weights, self.outputs, self.inputs),
        }
    }
}

// Adds the biases, repeated, starting at index `first`.
fn add_repeated(mut y: &mut [f32], bias: &[f32], first: usize) {
    let mut first = first % bias.len();
    while !y.is_empty() {
        let (now, later) = y.split_at_mut((bias.len() - first).min(y.len()));
        add(now, &bias[first..]);
        (y, first) = (later, 0);
    }
}
