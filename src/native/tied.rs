//! Vectors of tokens at the start and at the end of a network.

use super::lookup::Lookup;
use super::product::Product;
use super::{Op, Plan, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// Vectors of tokens, a plan, and products with the vectors.
pub struct Tied {
    /// Vectors of the input.
    pub lookup: Lookup,
    /// Layers between the two.
    pub body: Plan,
    /// Products with the first vectors.
    pub product: Product,
}

impl Tied {
    // Values per sample of the body's input and output.
    fn size(&self) -> usize {
        self.product.rows * self.product.inputs
    }

    // Kept: input and output of the body, values kept by it.
    fn shares<'a>(&self, work: &Work<'a>) -> [Shares<'a>; 3] {
        let (own, room) = (work.rows(self.size()), work.room * self.size());
        let made = room + own.start..room + own.end;
        [own, made, 2 * room..work.kept.len()].map(|part| work.kept.narrow(part))
    }

    // Scratch: gradients of the body's output and input, the body's own.
    fn places<'a>(&self, work: &Work<'a>) -> [Shares<'a>; 3] {
        let size = work.count * self.size();
        [0..size, size..2 * size, 2 * size..work.scratch.len()].map(|part| work.scratch.narrow(part))
    }

    // Number of weights of all vectors, and of those that the product uses.
    fn weights(&self) -> [usize; 2] {
        [self.lookup.tokens, self.product.outputs].map(|tokens| tokens * self.lookup.features)
    }
}

impl Op for Tied {
    fn kept(&self, count: usize) -> usize {
        2 * count * self.size() + self.body.kept(count)
    }

    fn scratch(&self, count: usize, threads: usize) -> usize {
        2 * count * self.size() + self.body.scratch(count, threads)
    }

    fn reorder(&self, kept: &mut [f32], from: &[usize]) {
        self.body.reorder(&mut kept[2 * from.len() * self.size()..], from);
    }

    // The vectors stay: the product shares them with the lookup.
    fn settle(&mut self, weights: &mut [f32]) {
        let [all, _] = self.weights();
        self.body.settle(&mut weights[all..]);
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let ([vectors, made, kept], [_, _, scratch]) = (self.shares(work), self.places(work));
        let [all, used] = self.weights();
        self.lookup.forward(&Work { weights: &work.weights[..all], ..*work }, x, &vectors, None);
        work.worker.wait();
        let body = Work {
            weights: &work.weights[all..],
            kept: &kept,
            scratch: &scratch,
            ..*work
        };
        // SAFETY: all threads have written their parts.
        self.body.forward(&body, unsafe { vectors.whole() }, &made);
        work.worker.wait();
        let last = Work { weights: &work.weights[..used], scratch: &scratch, ..*work };
        // SAFETY: as above.
        self.product.forward(&last, unsafe { made.whole() }, y, then);
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let ([vectors, made, kept], [outer, inner, scratch]) = (self.shares(work), self.places(work));
        let [all, used] = self.weights();
        // SAFETY: kept by the forward pass; nothing writes to it.
        let (vectors, made) = unsafe { (vectors.whole(), made.whole()) };
        let parts = slopes.weights.map(|(weights, add)| {
            let parts = [0..used, 0..all, all..weights.len()].map(|part| weights.narrow(part));
            let rest = work.worker.share(all - used);
            if !add {
                // SAFETY: threads' shares do not overlap.
                unsafe { weights.part(used + rest.start..used + rest.end) }.fill(0.0);
            }
            (parts, add)
        });
        let part =
            |i: usize, add: Option<bool>| parts.as_ref().map(|(parts, given)| (&parts[i], add.unwrap_or(*given)));
        let last = Work { weights: &work.weights[..used], scratch: &scratch, ..*work };
        self.product.backward(&last, made, &Slopes { y: slopes.y, x: Some(&outer), weights: part(0, None) });
        work.worker.wait();
        let body = Work {
            weights: &work.weights[all..],
            kept: &kept,
            scratch: &scratch,
            ..*work
        };
        // SAFETY: all threads have written their parts.
        let above = unsafe { outer.whole() };
        let of_body = Slopes { y: above, x: Some(&inner), weights: part(2, None) };
        self.body.backward(&body, (vectors, made), &of_body);
        work.worker.wait();
        let first = Work { weights: &work.weights[..all], ..*work };
        // SAFETY: as above.
        let below = unsafe { inner.whole() };
        let of_vectors = Slopes { y: below, x: slopes.x, weights: part(1, Some(true)) };
        self.lookup.backward(&first, x, &of_vectors);
    }
}
