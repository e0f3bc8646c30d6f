//! Cropping images to their upper left corner, or zero padding from there: each is the other's backward pass.

use super::{Op, Sides, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Crops or pads to another size.
pub struct Corner {
    /// Channels.
    pub channels: usize,
    /// Depth, height and width of the input.
    pub from: Sides,
    /// Depth, height and width of the output.
    pub to: Sides,
}

impl Corner {
    fn copy(&self, work: &Work, (x, from): (&[f32], Sides), (y, to): (&Shares, Sides)) {
        let [before, after] = [from, to].map(|sides| sides.iter().product::<usize>() * self.channels);
        let [line, wide] = [from[2], to[2]].map(|width| width * self.channels);
        let kept = line.min(wide);
        for sample in work.worker.share(work.count) {
            let x = &x[sample * before..(sample + 1) * before];
            // SAFETY: threads' samples do not overlap.
            let y = unsafe { y.part(sample * after..(sample + 1) * after) };
            for (i, y) in y.chunks_exact_mut(wide).enumerate() {
                let (plane, row) = (i / to[1], i % to[1]);
                let n = if plane < from[0] && row < from[1] { kept } else { 0 };
                let first = (plane * from[1] + row) * line;
                if n > 0 {
                    y[..n].copy_from_slice(&x[first..first + n]);
                }
                y[n..].fill(0.0);
            }
        }
    }
}

impl Op for Corner {
    fn bends(&self) -> bool {
        false
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        self.copy(work, (x, self.from), (y, self.to));
        if let Some(activation) = then {
            let (own, size) = (work.worker.share(work.count), y.len() / work.count);
            // SAFETY: threads' samples do not overlap.
            activation.apply(unsafe { y.part(own.start * size..own.end * size) });
        }
    }

    fn backward(&self, work: &Work, _: &[f32], slopes: &Slopes) {
        if let Some(dx) = slopes.x {
            self.copy(work, (slopes.y, self.to), (dx, self.from));
        }
    }
}
