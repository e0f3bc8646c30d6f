//! Gradients of parameters, computed by each thread for its samples and then summed.

use super::Work;
use crate::base::math::{total, wide};
use crate::base::slice::Shares;

/// Partial gradient of one thread.
pub struct Partial<'a> {
    /// Memory of the partial gradient.
    pub own: Shares<'a>,
    /// True if it holds values already, to which new ones are added.
    pub begun: bool,
    gradient: &'a Shares<'a>,
    others: Shares<'a>,
}

impl<'a> Partial<'a> {
    /// Scratch values for all threads; the first thread uses the gradient itself.
    pub fn size(parameters: usize, threads: usize) -> usize {
        parameters * (threads - 1)
    }

    /// Creates a partial gradient in the scratch memory from `first` on.
    pub fn new(work: &Work<'a>, first: usize, (gradient, add): (&'a Shares<'a>, bool)) -> Self {
        let (index, len) = (work.worker.index, gradient.len());
        let others = work.scratch.narrow(first..first + Partial::size(len, work.worker.count));
        Partial {
            own: match index {
                0 => gradient.narrow(0..len),
                _ => others.narrow((index - 1) * len..index * len),
            },
            begun: add && index == 0,
            gradient,
            others,
        }
    }

    /// The calling thread's sums, 0 if they hold nothing yet.
    ///
    /// # Safety
    /// At most one call.
    pub unsafe fn sums(&self) -> &'a mut [f32] {
        // SAFETY: the thread's own part.
        let sums = unsafe { self.own.part(0..self.own.len()) };
        if !self.begun {
            sums.fill(0.0);
        }
        sums
    }

    /// Adds the column sums of `values` to the gradient of biases, from index `first` to its end, which has the length of a
    /// row.
    pub fn add_columns(&self, work: &Work, first: usize, values: &[f32]) {
        // SAFETY: the thread's own part.
        let sums = unsafe { self.own.part(first..self.own.len()) };
        if !self.begun {
            sums.fill(0.0);
        }
        if !sums.is_empty() && work.at.is_none() {
            values.chunks_exact(sums.len()).for_each(|row| add(sums, row));
        }
    }

    /// Waits for all threads and sums the partial gradients.
    pub fn sum(self, work: &Work) {
        work.worker.wait();
        let len = self.gradient.len();
        let own = work.worker.share(len);
        // SAFETY: threads' shares do not overlap, and nothing writes to the parts any more.
        let (sums, others) = unsafe { (self.gradient.part(own.clone()), self.others.whole()) };
        others.chunks_exact(len).for_each(|part| add(sums, &part[own.clone()]));
    }
}

/// Overwrites the gradient of biases with, or adds to it, the column sums of `values`; each thread sums some columns.
pub fn sum_columns(work: &Work, values: &[f32], sums: &Shares, add_to: bool) {
    let own = work.worker.share(sums.len());
    // SAFETY: threads' columns do not overlap.
    let part = unsafe { sums.part(own.clone()) };
    if !add_to {
        part.fill(0.0);
    }
    if !own.is_empty() && work.at.is_none() {
        values.chunks_exact(sums.len()).for_each(|row| add(part, &row[own.clone()]));
    }
}

wide! {
    /// `sums += values`.
    pub fn add(sums: &mut [f32], values: &[f32]) {
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
    /// `sums += scale values`.
    pub fn add_scaled(sums: &mut [f32], scale: f32, values: &[f32]) {
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += scale * value);
    }
    /// Dot product.
    pub fn dot(a: &[f32], b: &[f32]) -> f32 {
        let mut sums = [0f32; 32];
        let (a_rest, b_rest) = (a.chunks_exact(32).remainder(), b.chunks_exact(32).remainder());
        for (a, b) in a.chunks_exact(32).zip(b.chunks_exact(32)) {
            for i in 0..32 {
                sums[i] += a[i] * b[i];
            }
        }
        total(sums) + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
    }
}
