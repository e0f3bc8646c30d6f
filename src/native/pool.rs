//! Average pooling that halves the resolution.

use std::ops::Range;

use super::{Op, Sides, Slopes, Work};
use crate::base::math::wide;
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Means of two pixels along every axis; at the end of an odd side, of the pixels that exist.
pub struct Pool {
    /// Channels.
    pub channels: usize,
    /// Depth, height and width of the input.
    pub from: Sides,
    /// Depth, height and width of the output.
    pub to: Sides,
}

impl Pool {
    // Calls `each` with the ranges of a line of the input and of the line of the output that it belongs to, and the
    // inverse number of lines of the window.
    fn lines(&self, mut each: impl FnMut(Range<usize>, Range<usize>, f32)) {
        let [planes, rows, width] = self.from;
        let [_, rows_to, width_to] = self.to;
        let line = |index: usize, width: usize| index * width * self.channels..(index + 1) * width * self.channels;
        let shared = |at: usize, side: usize| if at / 2 * 2 + 1 < side { 0.5 } else { 1.0 };
        for plane in 0..planes {
            for row in 0..rows {
                let (from, to) = (plane * rows + row, plane / 2 * rows_to + row / 2);
                each(line(from, width), line(to, width_to), shared(plane, planes) * shared(row, rows));
            }
        }
    }

    // Values per sample of input and output.
    fn sizes(&self) -> [usize; 2] {
        [self.from, self.to].map(|sides| sides.iter().product::<usize>() * self.channels)
    }
}

impl Op for Pool {
    fn bends(&self) -> bool {
        false
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let [before, after] = self.sizes();
        for sample in work.worker.share(work.count) {
            // SAFETY: threads' samples do not overlap.
            let y = unsafe { y.part(sample * after..(sample + 1) * after) };
            let x = &x[sample * before..(sample + 1) * before];
            y.fill(0.0);
            self.lines(|from, to, scale| average(&x[from], &mut y[to], self.channels, scale));
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, _: &[f32], slopes: &Slopes) {
        let Some(dx) = slopes.x else { return };
        let [before, after] = self.sizes();
        for sample in work.worker.share(work.count) {
            // SAFETY: threads' samples do not overlap.
            let dx = unsafe { dx.part(sample * before..(sample + 1) * before) };
            let dy = &slopes.y[sample * after..(sample + 1) * after];
            self.lines(|from, to, scale| spread(&dy[to], &mut dx[from], self.channels, scale));
        }
    }
}

wide! {
    // Adds the scaled means of pairs of pixels of a line; a single pixel at its end is its own mean.
    fn average(x: &[f32], y: &mut [f32], channels: usize, scale: f32) {
        for (x, y) in x.chunks(2 * channels).zip(y.chunks_exact_mut(channels)) {
            let (first, second) = x.split_at(channels);
            match second.is_empty() {
                true => y.iter_mut().zip(first).for_each(|(y, a)| *y += scale * a),
                false => y.iter_mut().zip(first.iter().zip(second)).for_each(|(y, (a, b))| *y += 0.5 * scale * (a + b)),
            }
        }
    }
    fn spread(dy: &[f32], dx: &mut [f32], channels: usize, scale: f32) {
        for (dx, dy) in dx.chunks_mut(2 * channels).zip(dy.chunks_exact(channels)) {
            let scale = if dx.len() > channels { 0.5 * scale } else { scale };
            for dx in dx.chunks_exact_mut(channels) {
                dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = scale * dy);
            }
        }
    }
}
