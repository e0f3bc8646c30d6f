//! Single-threaded matrix multiply.

use std::ops::Range;

use super::mkl;
use crate::base::slice::Shares;

/// A view of a matrix.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    strides: (isize, isize),
}

impl<'a> Matrix<'a> {
    /// Row-major matrix with rows of `columns` values.
    pub fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        let data = &data[..rows * columns];
        Matrix { data, rows, columns, strides: (columns as isize, 1) }
    }

    /// Row-major matrix of `columns` values in each row, whose rows begin `stride` values apart.
    pub fn spaced(data: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        Matrix { data, rows, columns, strides: (stride as isize, 1) }
    }

    /// A range of rows.
    pub fn rows(self, range: Range<usize>) -> Self {
        let first = (range.start * self.strides.0 as usize).min(self.data.len());
        Matrix { data: &self.data[first..], rows: range.len(), ..self }
    }

    /// A range of columns.
    pub fn columns(self, range: Range<usize>) -> Self {
        self.turned().rows(range).turned()
    }

    /// Transpose.
    pub fn turned(self) -> Self {
        Matrix {
            rows: self.columns,
            columns: self.rows,
            strides: (self.strides.1, self.strides.0),
            ..self
        }
    }

    /// Number of rows and columns.
    pub fn size(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// Row and column strides.
    pub fn strides(&self) -> (usize, usize) {
        (self.strides.0 as usize, self.strides.1 as usize)
    }

    /// Pointer to the first element.
    pub fn first(&self) -> *const f32 {
        self.data.as_ptr()
    }

    // True if all elements lie within the data.
    fn fits(&self) -> bool {
        let last = |size: usize, stride: isize| size.saturating_sub(1) * stride as usize;
        let empty = self.rows == 0 || self.columns == 0;
        empty || last(self.rows, self.strides.0) + last(self.columns, self.strides.1) < self.data.len()
    }
}

/// Destination of a product: a block of a matrix with `width` columns.
pub struct Out<'a> {
    /// Memory of the matrix.
    pub memory: &'a Shares<'a>,
    /// Number of columns.
    pub width: usize,
    /// First row that is written.
    pub row: usize,
    /// Columns that are written.
    pub columns: Range<usize>,
}

/// Computes `out = a b`, or with `add` `out += a b`. Does nothing if the sizes do not agree.
///
/// # Safety
/// No other thread may use this block of `out` at the same time.
pub unsafe fn multiply(a: Matrix, b: Matrix, out: Out, add: bool) {
    let (m, n, k) = (a.rows, b.columns, a.columns);
    let rows = (out.row + m) * out.width <= out.memory.len();
    let agree = k == b.rows && n == out.columns.len() && out.columns.end <= out.width;
    if !(rows && agree && a.fits() && b.fits()) {
        debug_assert!(false, "sizes of a product");
        return;
    }
    let scale = if add { 1.0 } else { 0.0 };
    // BLAS does not accept empty matrices.
    if let (Some(sgemm), true) = (mkl::product(), m * n * k > 0) {
        // SAFETY: as for `gemm` below.
        unsafe {
            let first = out.memory.pointer().add(out.row * out.width + out.columns.start);
            return mkl::multiply(sgemm, a, b, (first, out.width), add);
        }
    }
    // SAFETY: the sizes have been checked against the memory; the caller guarantees exclusive access to the block of
    // `out`.
    unsafe {
        let first = out.memory.pointer().add(out.row * out.width + out.columns.start);
        gemm::gemm(
            m,
            n,
            k,
            first,
            1,
            out.width as isize,
            add,
            a.data.as_ptr(),
            a.strides.1,
            a.strides.0,
            b.data.as_ptr(),
            b.strides.1,
            b.strides.0,
            scale,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// Like [`multiply`], in memory that no other thread uses.
pub fn product(a: Matrix, b: Matrix, out: &mut [f32], add: bool) {
    let columns = b.size().1;
    let memory = Shares::new(out);
    // SAFETY: the memory is borrowed here alone.
    unsafe { multiply(a, b, Out { memory: &memory, width: columns, row: 0, columns: 0..columns }, add) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 7919) % 23) as f32 - 11.0).collect()
    }

    #[test]
    fn products_of_all_transposes_sizes_and_parts() {
        for (m, n, k) in [(1, 1, 1), (3, 5, 7), (17, 1, 33), (1, 40, 2), (64, 33, 20), (5, 4, 0)] {
            let (a, b) = (numbers(m * k), numbers(k * n));
            let exact = |i: usize, j: usize| (0..k).map(|l| a[i * k + l] * b[l * n + j]).sum::<f32>();
            let turned = |x: &[f32], rows: usize, columns: usize| -> Vec<f32> {
                (0..rows * columns).map(|i| x[(i % rows) * columns + i / rows]).collect()
            };
            let (at, bt) = (turned(&a, m, k), turned(&b, k, n));
            for a in [Matrix::new(&a, m, k), Matrix::new(&at, k, m).turned()] {
                for b in [Matrix::new(&b, k, n), Matrix::new(&bt, n, k).turned()] {
                    let mut out = vec![f32::NAN; m * n];
                    let memory = Shares::new(&mut out);
                    for columns in [0..n / 2, n / 2..n] {
                        let part = b.columns(columns.clone());
                        for add in [false, true] {
                            let out = Out { memory: &memory, width: n, row: 0, columns: columns.clone() };
                            // SAFETY: single-threaded.
                            unsafe { multiply(a, part, out, add) };
                        }
                    }
                    for (i, value) in out.iter().enumerate() {
                        assert_eq!(*value, 2.0 * exact(i / n, i % n));
                    }
                }
            }
        }
    }
}
