//! A matrix that many small products share: its columns are stored in panels, so that a product reads neighbouring memory
//! without rearranging it.

use super::gemm::{multiply, Matrix, Out};
use crate::base::pool::Worker;
use crate::base::slice::Shares;

/// Columns of a panel, a multiple of the columns that a product computes at once.
const PANEL: usize = 96;

/// Size of a matrix in panels.
#[derive(Clone, Copy)]
pub struct Panels {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
}

impl Panels {
    /// Number of values.
    pub fn size(&self) -> usize {
        self.rows * self.columns
    }

    fn each(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let columns = self.columns;
        (0..columns).step_by(PANEL).map(move |first| first..(first + PANEL).min(columns))
    }

    /// Copies a thread's part of the transpose of `matrix`, whose rows are `columns` in number, to `memory`.
    pub fn fill(&self, worker: Worker, matrix: &[f32], memory: &Shares) {
        let own = worker.share(self.rows);
        for panel in self.each() {
            let width = panel.len();
            for row in own.clone() {
                let first = panel.start * self.rows + row * width;
                // SAFETY: threads' rows do not overlap.
                let to = unsafe { memory.part(first..first + width) };
                let from = matrix[panel.start * self.rows + row..].iter().step_by(self.rows);
                to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            }
        }
    }

    /// Overwrites the rows of `out` from `row` on with the product of `a` and this matrix.
    ///
    /// # Safety
    /// No other thread may use these rows.
    pub unsafe fn multiply(&self, a: Matrix, memory: &[f32], out: &Shares) {
        for panel in self.each() {
            let b = Matrix::new(&memory[panel.start * self.rows..], self.rows, panel.len());
            // SAFETY: guaranteed by the caller.
            unsafe { multiply(a, b, Out { memory: out, width: self.columns, row: 0, columns: panel }, false) };
        }
    }
}
