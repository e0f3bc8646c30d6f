//! Rows times a matrix: fully connected layers, and convolutions where each pixel lies in one window only.
//!
//! Threads share the rows or the columns, whichever there are more of: each touches its part of what is made only.

use super::gemm::{multiply, Matrix, Out};
use super::parts::add;
use super::{Op, Slopes, Work};
use crate::base::pool::Member;
use crate::base::slice::Shares;
use crate::layer::Activation;

/// A matrix product and a bias.
pub struct Product {
    /// Columns before.
    pub inputs: usize,
    /// Columns after.
    pub outputs: usize,
    /// Rows of a sample.
    pub rows: usize,
    /// Whether the weights lie as `[inputs, outputs]`, not as `[outputs, inputs]`.
    pub turned: bool,
    /// Biases, which repeat along the columns.
    pub biases: usize,
}

// A thread's part of a matrix.
struct Part {
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
}

impl Part {
    fn of(member: Member, rows: usize, columns: usize) -> Self {
        match rows >= columns {
            true => Part { rows: member.share(rows), columns: 0..columns },
            false => Part { rows: 0..rows, columns: member.share(columns) },
        }
    }

    // Fills it with the product of two matrices.
    //
    // # Safety
    // Nobody else uses the part.
    unsafe fn fill(&self, a: Matrix, b: Matrix, (memory, width): (&Shares, usize), add: bool) {
        let out = Out {
            memory,
            width,
            row: self.rows.start,
            columns: self.columns.clone(),
        };
        // SAFETY: the caller's promise.
        unsafe { multiply(a.rows(self.rows.clone()), b.columns(self.columns.clone()), out, add) };
    }
}

impl Op for Product {
    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (inputs, outputs, rows) = (self.inputs, self.outputs, work.count * self.rows);
        let (_, bias) = work.weights.split_at(inputs * outputs);
        let part = Part::of(work.member, rows, outputs);
        // SAFETY: threads' parts do not overlap.
        unsafe { part.fill(Matrix::new(x, rows, inputs), self.weight(work).turned(), (y, outputs), false) };
        for row in part.rows {
            // SAFETY: as above.
            let y = unsafe { y.part(row * outputs + part.columns.start..row * outputs + part.columns.end) };
            if self.biases > 0 {
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
            let part = Part::of(work.member, rows, inputs);
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
        unsafe { Part::of(work.member, height, width).fill(a, b, (weights, width), add_to) };
        let (first, own) = (inputs * outputs, work.member.share(self.biases));
        // SAFETY: nor do their biases.
        let bias = unsafe { weights.part(first + own.start..first + own.end) };
        if !add_to {
            bias.fill(0.0);
        }
        if !own.is_empty() {
            slopes.y.chunks_exact(self.biases).for_each(|dy| add(bias, &dy[own.clone()]));
        }
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

// Adds what repeats, from `first` on.
fn add_repeated(mut y: &mut [f32], bias: &[f32], first: usize) {
    let mut first = first % bias.len();
    while !y.is_empty() {
        let (now, later) = y.split_at_mut((bias.len() - first).min(y.len()));
        add(now, &bias[first..]);
        (y, first) = (later, 0);
    }
}
