//! Transforms of tiles in images, of filters, and of their gradients.

use std::ops::Range;

use super::minimal::{chunk, transform, Lanes, Minimal, Three, Two, LANES};
use crate::base::math::wide;

/// Channels of a pixel outside an image: their maximum number.
pub static ZEROS: [f32; 4096] = [0.0; 4096];

/// Where the components of a tile, or of a filter, are in memory.
#[derive(Clone, Copy)]
pub struct Place {
    /// First value of the first component.
    pub first: usize,
    /// Values from a component to the next.
    pub stride: usize,
}

impl Place {
    /// First value of a component.
    #[inline(always)]
    pub fn of(self, component: usize) -> usize {
        self.first + component * self.stride
    }
}

/// Values at some pixels of an image: of one in `step` along each axis from `origin` on.
#[derive(Clone, Copy)]
pub struct Pixels {
    /// Height of the image.
    pub height: usize,
    /// Its width.
    pub width: usize,
    /// Its channels.
    pub channels: usize,
    /// Distance of neighbours.
    pub step: usize,
    /// Row and column of the first one, which may be outside the image.
    pub origin: [isize; 2],
}

impl Pixels {
    // Index of the first channel of a pixel, if it is inside the image.
    #[inline(always)]
    fn at(&self, row: usize, column: usize) -> Option<usize> {
        let y = self.origin[0] + (row * self.step) as isize;
        let x = self.origin[1] + (column * self.step) as isize;
        let inside = y >= 0 && x >= 0 && (y as usize) < self.height && (x as usize) < self.width;
        inside.then(|| (y as usize * self.width + x as usize) * self.channels)
    }
}

// Channels of `A` times `A` pixels; zeros outside the image.
#[inline(always)]
fn patch<'a, const A: usize>(image: &'a [f32], pixels: &Pixels, channels: &Range<usize>) -> [[&'a [f32]; A]; A] {
    let mut found = [[&ZEROS[..channels.len()]; A]; A];
    for (row, line) in found.iter_mut().enumerate() {
        for (column, values) in line.iter_mut().enumerate() {
            if let Some(first) = pixels.at(row, column) {
                *values = &image[first + channels.start..first + channels.end];
            }
        }
    }
    found
}

// Stores the values of component `row * N + column`.
#[inline(always)]
fn store<const N: usize>(to: &mut [f32], place: Place) -> impl FnMut(usize, usize, usize, &[f32; LANES]) + '_ {
    move |row, column, first, values| {
        if let Some(to) = chunk(to, place.of(row * N + column) + first) {
            *to = *values;
        }
    }
}

#[inline(always)]
fn rows<const A: usize>(from: &[f32], place: Place, len: usize) -> [[&[f32]; A]; A] {
    let mut found = [[from; A]; A];
    for (row, line) in found.iter_mut().enumerate() {
        for (column, values) in line.iter_mut().enumerate() {
            *values = &from[place.of(row * A + column)..][..len];
        }
    }
    found
}

#[inline(always)]
fn put<const N: usize>(
    (from, place): (&[f32], Place),
    image: &mut [f32],
    pixels: Pixels,
    bias: &[f32],
    along: impl Fn([Lanes; N]) -> [Lanes; 2],
) {
    transform(&rows::<N>(from, place, pixels.channels), along, |row, column, first, values| {
        let Some(at) = pixels.at(row, column) else { return };
        let Some(to) = chunk(image, at + first) else { return };
        *to = *values;
        if let Some(bias) = bias.get(first..).and_then(|bias| bias.first_chunk::<LANES>()) {
            for i in 0..LANES {
                to[i] += bias[i];
            }
        }
    });
}

wide! {
    /// Transforms what a tile sees.
    pub fn input(taps: usize, seen: (&[f32], Pixels, Range<usize>), to: &mut [f32], place: Place) {
        let (image, pixels, channels) = seen;
        match taps {
            2 => transform(&patch::<3>(image, &pixels, &channels), Two::input, store::<3>(to, place)),
            _ => transform(&patch::<4>(image, &pixels, &channels), Three::input, store::<4>(to, place)),
        }
    }
    /// Transforms the gradients of what a tile makes.
    pub fn pair(taps: usize, image: &[f32], pixels: Pixels, to: &mut [f32], place: Place) {
        let from = patch::<2>(image, &pixels, &(0..pixels.channels));
        match taps {
            2 => transform(&from, Two::pair, store::<3>(to, place)),
            _ => transform(&from, Three::pair, store::<4>(to, place)),
        }
    }
    /// Transforms a filter.
    pub fn filter(taps: usize, from: &[&[f32]; 9], to: &mut [&mut [f32]; 16]) {
        match taps {
            2 => transform(&square::<2>(from), Two::taps, |row, column, first, values| {
                if let Some(to) = chunk(to[3 * row + column], first) {
                    *to = *values;
                }
            }),
            _ => transform(&square::<3>(from), Three::taps, |row, column, first, values| {
                if let Some(to) = chunk(to[4 * row + column], first) {
                    *to = *values;
                }
            }),
        }
    }
    /// Writes what a tile makes, with the bias, to the pixels that are inside the image.
    pub fn output(taps: usize, from: (&[f32], Place), image: &mut [f32], pixels: Pixels, bias: &[f32]) {
        match taps {
            2 => put::<3>(from, image, pixels, bias, Two::output),
            _ => put::<4>(from, image, pixels, bias, Three::output),
        }
    }
    /// Writes the gradient of a filter, or adds it.
    pub fn of_taps(taps: usize, from: &[&[f32]; 16], to: &mut [&mut [f32]; 9], add: bool) {
        let mut store = |tap: usize, first: usize, values: &[f32; LANES]| {
            let Some(to) = chunk(to[tap], first) else { return };
            for i in 0..LANES {
                to[i] = values[i] + if add { to[i] } else { 0.0 };
            }
        };
        match taps {
            2 => transform(&square::<3>(from), Two::gradient, |i, j, first, values| store(2 * i + j, first, values)),
            _ => transform(&square::<4>(from), Three::gradient, |i, j, first, values| store(3 * i + j, first, values)),
        }
    }
}

// Rows of `A` slices each.
#[inline(always)]
fn square<'a, const A: usize>(from: &[&'a [f32]]) -> [[&'a [f32]; A]; A] {
    let mut found = [[from[0]; A]; A];
    for (row, line) in found.iter_mut().enumerate() {
        line.copy_from_slice(&from[row * A..(row + 1) * A]);
    }
    found
}
