//! Nearest-neighbour resizing of an image.

use super::partial::add;
use super::{Op, Sides, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Repeats or drops pixels.
pub struct Resize {
    /// Channels.
    pub channels: usize,
    /// Depth, height and width of the input.
    pub from: Sides,
    /// Depth, height and width of the output.
    pub to: Sides,
}

impl Resize {
    // Calls `each` with the offsets of a sample's pixels in the output and input, in order.
    fn pixels(&self, mut each: impl FnMut(usize, usize)) {
        // Rounds as libtorch does.
        let nearest = |axis: usize, at: usize| {
            let scale = self.from[axis] as f32 / self.to[axis] as f32;
            ((at as f32 * scale) as usize).min(self.from[axis] - 1)
        };
        let mut after = 0;
        for plane in 0..self.to[0] {
            let above = nearest(0, plane) * self.from[1];
            for row in 0..self.to[1] {
                let line = (above + nearest(1, row)) * self.from[2];
                for column in 0..self.to[2] {
                    each(after * self.channels, (line + nearest(2, column)) * self.channels);
                    after += 1;
                }
            }
        }
    }

    // Values per sample of input and output.
    fn sizes(&self) -> [usize; 2] {
        [self.from, self.to].map(|sides| sides.iter().product::<usize>() * self.channels)
    }
}

impl Op for Resize {
    fn bends(&self) -> bool {
        false
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let [before, after] = self.sizes();
        for sample in work.worker.share(work.count) {
            // SAFETY: threads' samples do not overlap.
            let y = unsafe { y.part(sample * after..(sample + 1) * after) };
            let x = &x[sample * before..(sample + 1) * before];
            self.pixels(|to, from| y[to..to + self.channels].copy_from_slice(&x[from..from + self.channels]));
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
            dx.fill(0.0);
            self.pixels(|from, to| add(&mut dx[to..to + self.channels], &dy[from..from + self.channels]));
        }
    }
}
