//! Residual block: two plans and a learnt scalar, if any.

use super::partial::{add_scaled, dot};
use super::{Op, Plan, Point, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// `shortcut(x) + scale body(x)`, or without the scale.
pub struct Residual {
    /// Residual branch.
    pub body: Plan,
    /// Shortcut branch; None for the identity.
    pub shortcut: Option<Plan>,
    /// True if the first weight is the scale.
    pub scaled: bool,
    /// Values per sample of the input.
    pub inputs: usize,
    /// Values per sample of the output.
    pub outputs: usize,
}

// A plan's part of the layer's memory.
struct Share<'a> {
    weights: std::ops::Range<usize>,
    buffers: Shares<'a>,
    kept: Shares<'a>,
    noise: &'a [&'a [f32]],
    // Output and kept values at the point of a linearisation. Nothing depends on the output of the shortcut.
    at: Option<(&'a [f32], Shares<'a>)>,
    curves: Option<Shares<'a>>,
}

impl Residual {
    // Kept: output of the body, values kept by the body, values kept by the shortcut.
    fn shares<'a>(&self, work: &Work<'a>) -> (Shares<'a>, [Share<'a>; 2]) {
        let (made, kept) = (work.room * self.outputs, self.body.kept(work.room));
        let first = usize::from(self.scaled);
        let (weights, buffers) = (first + self.body.parameters(), self.body.buffers());
        let noise = work.noise.split_at(self.body.noise().min(work.noise.len()));
        let at = |range: std::ops::Range<usize>| {
            // SAFETY: kept by an earlier pass; nothing writes to it.
            work.at.map(|at| (unsafe { at.kept.narrow(0..made).whole() }, at.kept.narrow(range)))
        };
        let first_curves = self.body.curves(work.count);
        let curves = |range: std::ops::Range<usize>| work.curves.map(|curves| curves.narrow(range));
        let body = Share {
            weights: first..weights,
            buffers: work.buffers.narrow(0..buffers),
            kept: work.kept.narrow(made..made + kept),
            noise: noise.0,
            at: at(made..made + kept),
            curves: curves(0..first_curves),
        };
        let shortcut = Share {
            weights: weights..work.weights.len(),
            buffers: work.buffers.narrow(buffers..work.buffers.len()),
            kept: work.kept.narrow(made + kept..work.kept.len()),
            noise: noise.1,
            at: at(made + kept..work.kept.len()).map(|(_, kept)| (&[][..], kept)),
            curves: curves(first_curves..usize::MAX),
        };
        (work.kept.narrow(work.rows(self.outputs)), [body, shortcut])
    }

    fn scale(&self, work: &Work) -> f32 {
        if self.scaled {
            work.weights[0]
        } else {
            1.0
        }
    }

    // Scratch: gradients of the body's output and of the input, each thread's sum, the plans' own.
    fn places<'a>(&self, work: &Work<'a>) -> [Shares<'a>; 4] {
        let mut first = 0;
        let mut take = |len: usize| {
            first += len;
            work.scratch.narrow(first - len..first)
        };
        let sizes = [work.count * self.outputs, work.count * self.inputs, work.worker.count];
        let [a, b, c] = sizes.map(&mut take);
        [a, b, c, work.scratch.narrow(first..work.scratch.len())]
    }
}

impl Op for Residual {
    fn kept(&self, count: usize) -> usize {
        let shortcut = self.shortcut.as_ref().map_or(0, |plan| plan.kept(count));
        count * self.outputs + self.body.kept(count) + shortcut
    }

    fn scratch(&self, count: usize, threads: usize) -> usize {
        let shortcut = self.shortcut.as_ref().map_or(0, |plan| plan.scratch(count, threads));
        count * (self.outputs + self.inputs) + threads + self.body.scratch(count, threads).max(shortcut)
    }

    fn reorder(&self, kept: &mut [f32], from: &[usize]) {
        let kept = &mut kept[from.len() * self.outputs..];
        let (body, shortcut) = kept.split_at_mut(self.body.kept(from.len()));
        self.body.reorder(body, from);
        if let Some(plan) = &self.shortcut {
            plan.reorder(shortcut, from);
        }
    }

    fn settle(&mut self, weights: &mut [f32]) {
        let (body, shortcut) = weights[usize::from(self.scaled)..].split_at_mut(self.body.parameters());
        self.body.settle(body);
        if let Some(plan) = &mut self.shortcut {
            plan.settle(shortcut);
        }
    }

    fn bends(&self) -> bool {
        self.body.bends().is_some() || self.shortcut.as_ref().is_some_and(|plan| plan.bends().is_some())
    }

    fn curves(&self, count: usize, _: usize) -> usize {
        self.body.curves(count) + self.shortcut.as_ref().map_or(0, |plan| plan.curves(count))
    }

    fn fewer(&self, count: usize) -> Vec<String> {
        let shortcut = self.shortcut.as_ref().map_or_else(Vec::new, |plan| plan.fewer(count));
        [self.body.fewer(count), shortcut].concat()
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (made, [body, shortcut]) = self.shares(work);
        let [_, _, _, scratch] = self.places(work);
        self.body.forward(&body.of(work, &scratch), x, &made);
        work.worker.wait();
        if let Some(plan) = &self.shortcut {
            plan.forward(&shortcut.of(work, &scratch), x, y);
            work.worker.wait();
        }
        let own = work.worker.share(y.len());
        // SAFETY: threads' shares do not overlap, and the plans' outputs are complete.
        let (made, y) = unsafe { (&made.whole()[own.clone()], y.part(own.clone())) };
        if self.shortcut.is_none() {
            y.copy_from_slice(&x[own]);
        }
        add_scaled(y, self.scale(work), made);
        if let Some(activation) = then {
            activation.apply(y);
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let (made, [body, shortcut]) = self.shares(work);
        let [inner, other, sums, scratch] = self.places(work);
        let (scale, own) = (self.scale(work), work.worker.share(slopes.y.len()));
        // SAFETY: threads' shares do not overlap, and nothing writes to kept values.
        let (made, part, sum) =
            unsafe { (made.whole(), inner.part(own.clone()), sums.part(work.worker.index..work.worker.index + 1)) };
        part.fill(0.0);
        add_scaled(part, scale, &slopes.y[own.clone()]);
        sum.fill(dot(&slopes.y[own.clone()], &made[own]));
        work.worker.wait();
        if let (Some((weights, add)), 0, true) = (slopes.weights, work.worker.index, self.scaled) {
            // SAFETY: only the first thread writes here, and all sums are complete.
            let (to, sums) = unsafe { (weights.part(0..1), sums.whole()) };
            to.iter_mut().for_each(|to| *to = sums.iter().sum::<f32>() + if add { *to } else { 0.0 });
        }
        let gradient = |share: &Share| slopes.weights.map(|(all, add)| (all.narrow(share.weights.clone()), add));
        let (of_body, of_shortcut) = (gradient(&body), gradient(&shortcut));
        let back = Slopes {
            // SAFETY: all threads have written their parts.
            y: unsafe { inner.whole() },
            x: slopes.x,
            weights: of_body.as_ref().map(|(all, add)| (all, *add)),
        };
        self.body.backward(&body.of(work, &scratch), (x, made), &back);
        work.worker.wait();
        let mut added = slopes.y;
        if let Some(plan) = &self.shortcut {
            let back = Slopes {
                y: slopes.y,
                x: slopes.x.map(|_| &other),
                weights: of_shortcut.as_ref().map(|(all, add)| (all, *add)),
            };
            // The output of the shortcut is not kept: no activation follows it, so the backward pass does not need it.
            plan.backward(&shortcut.of(work, &scratch), (x, &[]), &back);
            work.worker.wait();
            // SAFETY: all threads have written their parts.
            added = unsafe { other.whole() };
        }
        if let Some(dx) = slopes.x {
            let own = work.worker.share(dx.len());
            // SAFETY: threads' shares do not overlap.
            add_scaled(unsafe { dx.part(own.clone()) }, 1.0, &added[own]);
        }
    }
}

impl<'a> Share<'a> {
    fn of<'b>(&'b self, work: &Work<'b>, scratch: &'b Shares<'b>) -> Work<'b> {
        Work {
            weights: &work.weights[self.weights.clone()],
            buffers: &self.buffers,
            kept: &self.kept,
            noise: self.noise,
            scratch,
            at: work.at.zip(self.at.as_ref()).map(|(at, (y, kept))| Point { x: at.x, y, kept }),
            curves: self.curves.as_ref(),
            ..*work
        }
    }
}
