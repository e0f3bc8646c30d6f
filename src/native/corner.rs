//! Pictures cut down from their upper left corner, or filled up with zeros from there: each the other's way back.

use super::{Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// From one size to another.
pub struct Corner {
    /// Channels.
    pub channels: usize,
    /// Height and width before.
    pub from: [usize; 2],
    /// Height and width after.
    pub to: [usize; 2],
}

impl Corner {
    fn copy(&self, work: &Work, (x, from): (&[f32], [usize; 2]), (y, to): (&Shares, [usize; 2])) {
        let [before, after] = [from, to].map(|[height, width]| height * width * self.channels);
        let [line, wide] = [from[1], to[1]].map(|width| width * self.channels);
        let kept = line.min(wide);
        for sample in work.member.share(work.count) {
            let x = &x[sample * before..(sample + 1) * before];
            // SAFETY: threads' samples do not overlap.
            let y = unsafe { y.part(sample * after..(sample + 1) * after) };
            let mut lines = x.chunks_exact(line);
            for y in y.chunks_exact_mut(wide) {
                let n = lines.next().map_or(0, |x| {
                    y[..kept].copy_from_slice(&x[..kept]);
                    kept
                });
                y[n..].fill(0.0);
            }
        }
    }
}

impl Op for Corner {
    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        self.copy(work, (x, self.from), (y, self.to));
        if let Some(activation) = then {
            let (own, size) = (work.member.share(work.count), y.len() / work.count);
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
