//! Transforms of minimal filtering (Winograd, "Arithmetic Complexity of Computations", 1980; Lavin and Gray, "Fast
//! Algorithms for Convolutional Neural Networks", 2016).
//!
//! Two neighbouring outputs of a filter of R taps are `output(input(d) * taps(w))`, with N = R + 1 products in place of 2 R.
//! The gradient of the taps, a filter of the two gradients of the outputs, is `gradient(input(d) * pair(y))`. In two
//! dimensions each transform is applied to the columns and then to the rows.

use std::ops::{Add, Mul, Sub};

/// Values that are transformed at the same time.
pub const LANES: usize = 8;

/// Values at the same place of [`LANES`] neighbouring channels.
#[derive(Clone, Copy)]
pub struct Lanes([f32; LANES]);

macro_rules! by_lane {
    ($($operation:ident $name:ident: $sign:tt;)*) => {$(
        impl $operation for Lanes {
            type Output = Lanes;

            #[inline(always)]
            fn $name(mut self, other: Lanes) -> Lanes {
                for i in 0..LANES {
                    self.0[i] $sign other.0[i];
                }
                self
            }
        }
    )*};
}

by_lane! {
    Add add: +=;
    Sub sub: -=;
}

impl Mul<f32> for Lanes {
    type Output = Lanes;

    #[inline(always)]
    fn mul(mut self, factor: f32) -> Lanes {
        for i in 0..LANES {
            self.0[i] *= factor;
        }
        self
    }
}

/// Transforms along an axis, for filters of `R` taps.
pub trait Minimal<const R: usize, const N: usize> {
    /// Transform of the values that two outputs see.
    fn input(d: [Lanes; N]) -> [Lanes; N];
    /// Transform of the taps.
    fn taps(w: [Lanes; R]) -> [Lanes; N];
    /// Two outputs from the products.
    fn output(m: [Lanes; N]) -> [Lanes; 2];
    /// Transform of the gradients of two outputs.
    fn pair(y: [Lanes; 2]) -> [Lanes; N];
    /// Gradient of the taps from the products.
    fn gradient(m: [Lanes; N]) -> [Lanes; R];
}

/// Two taps: 3 products in place of 4.
pub struct Two;

impl Minimal<2, 3> for Two {
    #[inline(always)]
    fn input([a, b, c]: [Lanes; 3]) -> [Lanes; 3] {
        [a - b, b, b - c]
    }

    #[inline(always)]
    fn taps([a, b]: [Lanes; 2]) -> [Lanes; 3] {
        [a, a + b, b]
    }

    #[inline(always)]
    fn output([a, b, c]: [Lanes; 3]) -> [Lanes; 2] {
        [a + b, b - c]
    }

    #[inline(always)]
    fn pair(y: [Lanes; 2]) -> [Lanes; 3] {
        Self::taps(y)
    }

    #[inline(always)]
    fn gradient(m: [Lanes; 3]) -> [Lanes; 2] {
        Self::output(m)
    }
}

/// Three taps: 4 products in place of 6.
pub struct Three;

impl Minimal<3, 4> for Three {
    #[inline(always)]
    fn input([a, b, c, d]: [Lanes; 4]) -> [Lanes; 4] {
        [a - c, b + c, c - b, b - d]
    }

    #[inline(always)]
    fn taps([a, b, c]: [Lanes; 3]) -> [Lanes; 4] {
        let ends = a + c;
        [a, (ends + b) * 0.5, (ends - b) * 0.5, c]
    }

    #[inline(always)]
    fn output([a, b, c, d]: [Lanes; 4]) -> [Lanes; 2] {
        [a + b + c, b - c - d]
    }

    #[inline(always)]
    fn pair([a, b]: [Lanes; 2]) -> [Lanes; 4] {
        [a, (a + b) * 0.5, (a - b) * 0.5, b]
    }

    #[inline(always)]
    fn gradient([a, b, c, d]: [Lanes; 4]) -> [Lanes; 3] {
        [a + b + c, b - c, b + c - d]
    }
}

/// Values of neighbouring channels; zeros beyond the end.
#[inline(always)]
fn load(from: &[f32], first: usize) -> Lanes {
    from.get(first..)
        .and_then(|from| from.first_chunk())
        .map_or(Lanes([0.0; LANES]), |values| Lanes(*values))
}

/// The place of values of neighbouring channels.
#[inline(always)]
pub fn chunk(to: &mut [f32], first: usize) -> Option<&mut [f32; LANES]> {
    to.get_mut(first..)?.first_chunk_mut()
}

/// Applies a transform to the columns and rows of `A` times `A` slices of the same length, a multiple of [`LANES`];
/// `store` is called with the row, the column, the index of the first channel, and the values.
///
/// Everything is written as loops: closures in calls of the standard library are not always compiled into the caller.
#[inline(always)]
pub fn transform<const A: usize, const B: usize>(
    from: &[[&[f32]; A]; A],
    along: impl Fn([Lanes; A]) -> [Lanes; B],
    mut store: impl FnMut(usize, usize, usize, &[f32; LANES]),
) {
    let zero = Lanes([0.0; LANES]);
    for first in (0..from[0][0].len()).step_by(LANES) {
        let mut columns = [[zero; A]; B];
        for column in 0..A {
            let mut values = [zero; A];
            for row in 0..A {
                values[row] = load(from[row][column], first);
            }
            let made = along(values);
            for row in 0..B {
                columns[row][column] = made[row];
            }
        }
        for (row, values) in columns.iter().enumerate() {
            let made = along(*values);
            for (column, values) in made.iter().enumerate() {
                store(row, column, first, &values.0);
            }
        }
    }
}
