//! Maximum of several linear pieces.

use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Replaces each group of `pieces` values by the largest of them.
pub struct Maxout {
    /// Values per group.
    pub pieces: usize,
}

impl Op for Maxout {
    fn bends(&self) -> bool {
        false
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let own = work.worker.share(y.len());
        let place = own.start * self.pieces..own.end * self.pieces;
        let chosen = work.at.map_or(x, |at| at.x)[place.clone()].chunks_exact(self.pieces);
        // SAFETY: threads' shares do not overlap.
        let y = unsafe { y.part(own) };
        for ((y, x), chosen) in y.iter_mut().zip(x[place].chunks_exact(self.pieces)).zip(chosen) {
            *y = x[largest(chosen)];
        }
        if let Some(activation) = then {
            activation.apply(y);
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let Some(dx) = slopes.x else { return };
        let own = work.worker.share(slopes.y.len());
        let place = own.start * self.pieces..own.end * self.pieces;
        let chosen = work.at.map_or(x, |at| at.x)[place.clone()].chunks_exact(self.pieces);
        // SAFETY: threads' shares do not overlap.
        let dx = unsafe { dx.part(place) };
        dx.fill(0.0);
        for ((dx, dy), chosen) in dx.chunks_exact_mut(self.pieces).zip(&slopes.y[own]).zip(chosen) {
            dx[largest(chosen)] = *dy;
        }
    }
}

/// Index of the largest value, the first of equal ones; the first NaN counts as the largest, as in libtorch.
pub fn largest(values: &[f32]) -> usize {
    let mut found = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[found] || (value.is_nan() && !values[found].is_nan()) {
            found = i;
        }
    }
    found
}
