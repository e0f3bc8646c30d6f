//! Skip connection: the input beside the output of a plan.

use super::{Op, Plan, Point, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Channels `[x | body(x)]` of each pixel.
pub struct Skip {
    /// The layers inside.
    pub body: Plan,
    /// Channels per pixel of the input, and of the body's output.
    pub channels: [usize; 2],
    /// Pixels per sample.
    pub pixels: usize,
}

impl Skip {
    fn widths(&self) -> [usize; 3] {
        let [inputs, made] = self.channels;
        [inputs, made, inputs + made]
    }

    // Kept: output of the body, then what the body keeps.
    fn made(&self, room: usize) -> usize {
        room * self.pixels * self.channels[1]
    }
}

impl Op for Skip {
    fn kept(&self, count: usize) -> usize {
        self.made(count) + self.body.kept(count)
    }

    fn scratch(&self, count: usize, threads: usize) -> usize {
        self.made(count) + self.body.scratch(count, threads)
    }

    fn reorder(&self, kept: &mut [f32], from: &[usize]) {
        let first = self.made(from.len());
        self.body.reorder(&mut kept[first..], from);
    }

    fn settle(&mut self, weights: &mut [f32]) {
        self.body.settle(weights);
    }

    fn bends(&self) -> bool {
        self.body.bends().is_some()
    }

    fn curves(&self, count: usize, _: usize) -> usize {
        self.body.curves(count)
    }

    fn fewer(&self, count: usize) -> Vec<String> {
        self.body.fewer(count)
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let ([inputs, made, both], first) = (self.widths(), self.made(work.room));
        let result = work.kept.narrow(0..first).narrow(work.rows(self.pixels * made));
        let kept = work.kept.narrow(first..work.kept.len());
        // SAFETY: kept by an earlier pass; nothing writes to it.
        let at = work
            .at
            .map(|at| (unsafe { at.kept.narrow(0..first).whole() }, at.kept.narrow(first..at.kept.len())));
        let point = work.at.zip(at.as_ref()).map(|(at, (y, kept))| Point { x: at.x, y, kept });
        self.body.forward(&Work { kept: &kept, at: point, ..*work }, x, &result);
        work.worker.wait();
        let own = work.worker.share(work.count * self.pixels);
        // SAFETY: threads' pixels do not overlap, and the body's output is complete.
        let (result, y) = unsafe { (result.whole(), y.part(own.start * both..own.end * both)) };
        let parts = x[own.start * inputs..].chunks_exact(inputs).zip(result[own.start * made..].chunks_exact(made));
        for (y, (x, result)) in y.chunks_exact_mut(both).zip(parts) {
            y[..inputs].copy_from_slice(x);
            y[inputs..].copy_from_slice(result);
        }
        if let Some(activation) = then {
            activation.apply(y);
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let ([inputs, made, both], first) = (self.widths(), self.made(work.room));
        // SAFETY: kept by the forward pass; nothing writes to it.
        let result = unsafe { work.kept.narrow(0..first).whole() };
        let kept = work.kept.narrow(first..work.kept.len());
        let (inner, scratch) = (
            work.scratch.narrow(0..self.made(work.count)),
            work.scratch.narrow(self.made(work.count)..work.scratch.len()),
        );
        // SAFETY: kept by an earlier pass; nothing writes to it.
        let at = work
            .at
            .map(|at| (unsafe { at.kept.narrow(0..first).whole() }, at.kept.narrow(first..at.kept.len())));
        let point = work.at.zip(at.as_ref()).map(|(at, (y, kept))| Point { x: at.x, y, kept });
        let own = work.worker.share(work.count * self.pixels);
        // SAFETY: threads' pixels do not overlap.
        let part = unsafe { inner.part(own.start * made..own.end * made) };
        let dy = || slopes.y[own.start * both..own.end * both].chunks_exact(both);
        part.chunks_exact_mut(made).zip(dy()).for_each(|(part, dy)| part.copy_from_slice(&dy[inputs..]));
        work.worker.wait();
        let work = Work { kept: &kept, scratch: &scratch, at: point, ..*work };
        // SAFETY: all threads have written their parts.
        let back = Slopes { y: unsafe { inner.whole() }, ..*slopes };
        self.body.backward(&work, (x, result), &back);
        if let Some(dx) = slopes.x {
            work.worker.wait();
            // SAFETY: threads' pixels do not overlap, and the body's part is complete.
            let dx = unsafe { dx.part(own.start * inputs..own.end * inputs) };
            for (dx, dy) in dx.chunks_exact_mut(inputs).zip(dy()) {
                dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += dy);
            }
        }
    }
}
