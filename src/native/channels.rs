//! Functions with coefficients per channel, of the pixels of channels-last images.

use crate::base::math::wide;

wide! {
    /// `y = scale x + shift`.
    pub fn stretch(x: &[f32], scale: &[f32], shift: &[f32], y: &mut [f32]) {
        for (y, x) in y.chunks_exact_mut(scale.len()).zip(x.chunks_exact(scale.len())) {
            y.iter_mut().zip(x).zip(scale).zip(shift).for_each(|(((y, x), a), b)| *y = a * x + b);
        }
    }
    /// `dx = a dy + b x + shift`.
    pub fn blend(dy_a: (&[f32], &[f32]), x_b: (&[f32], &[f32]), shift: &[f32], dx: &mut [f32]) {
        let ((dy, a), (x, b), c) = (dy_a, x_b, shift.len());
        for ((dx, dy), x) in dx.chunks_exact_mut(c).zip(dy.chunks_exact(c)).zip(x.chunks_exact(c)) {
            for i in 0..c {
                dx[i] = a[i] * dy[i] + b[i] * x[i] + shift[i];
            }
        }
    }
    /// `dx += b x`.
    pub fn add_stretched(x: &[f32], b: &[f32], dx: &mut [f32]) {
        for (dx, x) in dx.chunks_exact_mut(b.len()).zip(x.chunks_exact(b.len())) {
            dx.iter_mut().zip(x).zip(b).for_each(|((dx, x), b)| *dx += b * x);
        }
    }
    /// Adds the sums over all pixels of `dy`, and of its product with `x - near`.
    pub fn moments(x: &[f32], near: &[f32], dy: &[f32], sums: &mut [f32], products: &mut [f32]) {
        let c = near.len();
        let (sums, products) = (&mut sums[..c], &mut products[..c]);
        for (x, dy) in x.chunks_exact(c).zip(dy.chunks_exact(c)) {
            for i in 0..c {
                sums[i] += dy[i];
                products[i] += dy[i] * (x[i] - near[i]);
            }
        }
    }
    /// Adds the sums over all pixels of the squares of `x - near`.
    pub fn squares(x: &[f32], near: &[f32], sums: &mut [f32]) {
        let c = near.len();
        let sums = &mut sums[..c];
        for x in x.chunks_exact(c) {
            for i in 0..c {
                sums[i] += (x[i] - near[i]) * (x[i] - near[i]);
            }
        }
    }
}
