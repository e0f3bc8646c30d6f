//! Encoder of sources and decoder of sequences, which share the vectors of tokens.

use super::lookup::Lookup;
use super::tied::Tied;
use super::{Memory, Op, Plan, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::Activation;

/// A plan for the sources, and the network of the sequences that sees its output.
pub struct EncoderDecoder {
    /// Number of places of the sources.
    pub sources: usize,
    /// Number of places of the sequences.
    pub places: usize,
    /// Vectors of the sources.
    pub lookup: Lookup,
    /// Layers of the sources.
    pub encoder: Plan,
    /// Network of the sequences.
    pub decoder: Tied,
}

// What is kept of a forward pass.
struct Kept<'a> {
    // Tokens of the sources and of the sequences.
    tokens: [Shares<'a>; 2],
    // Starts of the documents of the sources and of the sequences, and of the sources of the latter.
    starts: [Shares<'a>; 3],
    // Vectors and states of the sources.
    vectors: Shares<'a>,
    states: Shares<'a>,
    encoder: Shares<'a>,
    decoder: Shares<'a>,
}

impl EncoderDecoder {
    // Values of a place of the states.
    fn width(&self) -> usize {
        self.encoder.output[0] as usize
    }

    fn sizes(&self, count: usize) -> [usize; 9] {
        let (sources, places) = (count * self.sources, count * self.places);
        let (encoder, decoder) = (self.encoder.kept(count), self.decoder.kept(count));
        let (vectors, states) = (sources * self.lookup.features, sources * self.width());
        [sources, places, sources, places, places, vectors, states, encoder, decoder]
    }

    fn shares<'a>(&self, work: &Work<'a>) -> Kept<'a> {
        let mut first = 0;
        let parts = self.sizes(work.count).map(|len| {
            first += len;
            work.kept.narrow(first - len..first)
        });
        let [x, tokens, a, b, c, vectors, states, encoder, decoder] = parts;
        Kept {
            tokens: [x, tokens],
            starts: [a, b, c],
            vectors,
            states,
            encoder,
            decoder,
        }
    }

    // Scratch of the backward pass: gradients of the states and of the vectors, and the plans' own.
    fn places<'a>(&self, work: &Work<'a>) -> [Shares<'a>; 3] {
        let [.., vectors, states, _, _] = self.sizes(work.count);
        [0..states, states..states + vectors, states + vectors..work.scratch.len()]
            .map(|part| work.scratch.narrow(part))
    }

    // Copies columns from `first` on of rows, in this thread's share.
    fn split(&self, work: &Work, (rows, width): (&[f32], usize), first: usize, to: &Shares) {
        let len = to.len() / work.count;
        for sample in work.worker.share(work.count) {
            // SAFETY: threads' samples do not overlap.
            let to = unsafe { to.part(sample * len..(sample + 1) * len) };
            to.copy_from_slice(&rows[sample * width + first..][..len]);
        }
    }

    // Noise of the decoder and of the encoder.
    fn noise<'a>(&self, work: &Work<'a>) -> [&'a [&'a [f32]]; 2] {
        let (decoder, encoder) = work.noise.split_at(self.decoder.body.noise().min(work.noise.len()));
        [decoder, encoder]
    }

    // Number of weights of the vectors, and of the decoder with them.
    fn weights(&self) -> [usize; 2] {
        let vectors = self.lookup.tokens * self.lookup.features;
        [vectors, vectors + self.decoder.body.parameters()]
    }
}

impl Op for EncoderDecoder {
    fn kept(&self, count: usize) -> usize {
        self.sizes(count).iter().sum()
    }

    fn scratch(&self, count: usize, threads: usize) -> usize {
        let [.., vectors, states, _, _] = self.sizes(count);
        vectors + states + self.encoder.scratch(count, threads).max(self.decoder.scratch(count, threads))
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (kept, [_, _, scratch]) = (self.shares(work), self.places(work));
        let (sources, places) = (self.sources, self.places);
        let (tokens, given) = ((x, sources + places), (work.given, sources + 2 * places));
        self.split(work, tokens, 0, &kept.tokens[0]);
        self.split(work, tokens, sources, &kept.tokens[1]);
        for (first, to) in [0, sources, sources + places].into_iter().zip(&kept.starts) {
            self.split(work, given, first, to);
        }
        work.worker.wait();
        // SAFETY: all threads have written their parts.
        let (tokens, starts) = unsafe {
            (kept.tokens.each_ref().map(|part| part.whole()), kept.starts.each_ref().map(|part| part.whole()))
        };
        let [vectors, decoder] = self.weights();
        self.lookup
            .forward(&Work { weights: &work.weights[..vectors], ..*work }, tokens[0], &kept.vectors, None);
        work.worker.wait();
        let noise = self.noise(work);
        let encoder = Work {
            weights: &work.weights[decoder..],
            given: starts[0],
            noise: noise[1],
            kept: &kept.encoder,
            scratch: &scratch,
            ..*work
        };
        // SAFETY: as above.
        self.encoder.forward(&encoder, unsafe { kept.vectors.whole() }, &kept.states);
        work.worker.wait();
        let decoder = Work {
            weights: &work.weights[..decoder],
            given: starts[1],
            noise: noise[0],
            memory: Memory {
                // SAFETY: as above.
                states: unsafe { kept.states.whole() },
                width: self.width(),
                starts: starts[0],
                seen: starts[2],
                slopes: None,
            },
            kept: &kept.decoder,
            scratch: &scratch,
            ..*work
        };
        self.decoder.forward(&decoder, tokens[1], y, then);
    }

    fn backward(&self, work: &Work, _: &[f32], slopes: &Slopes) {
        let (kept, [outer, inner, scratch]) = (self.shares(work), self.places(work));
        if let (Some(dx), 0) = (slopes.x, work.worker.index) {
            // SAFETY: only the first thread writes here.
            unsafe { dx.part(0..dx.len()) }.fill(0.0);
        }
        // SAFETY: kept by the forward pass; nothing writes to it.
        let (tokens, starts) = unsafe {
            (kept.tokens.each_ref().map(|part| part.whole()), kept.starts.each_ref().map(|part| part.whole()))
        };
        let [vectors, all] = self.weights();
        let parts = slopes
            .weights
            .map(|(weights, add)| ([0..all, all..weights.len(), 0..vectors].map(|part| weights.narrow(part)), add));
        let part =
            |i: usize, add: Option<bool>| parts.as_ref().map(|(parts, given)| (&parts[i], add.unwrap_or(*given)));
        // SAFETY: as above.
        let states = unsafe { kept.states.whole() };
        let noise = self.noise(work);
        let decoder = Work {
            weights: &work.weights[..all],
            given: starts[1],
            noise: noise[0],
            memory: Memory {
                states,
                width: self.width(),
                starts: starts[0],
                seen: starts[2],
                slopes: Some(&outer),
            },
            kept: &kept.decoder,
            scratch: &scratch,
            ..*work
        };
        self.decoder.backward(&decoder, tokens[1], &Slopes { y: slopes.y, x: None, weights: part(0, None) });
        work.worker.wait();
        let encoder = Work {
            weights: &work.weights[all..],
            given: starts[0],
            noise: noise[1],
            kept: &kept.encoder,
            scratch: &scratch,
            ..*work
        };
        // SAFETY: kept by the forward pass, and all threads have written their parts of the gradient.
        let (ends, above) = unsafe { ((kept.vectors.whole(), states), outer.whole()) };
        self.encoder.backward(&encoder, ends, &Slopes { y: above, x: Some(&inner), weights: part(1, None) });
        work.worker.wait();
        let first = Work { weights: &work.weights[..vectors], ..*work };
        // SAFETY: as above.
        let below = unsafe { inner.whole() };
        let of_vectors = Slopes { y: below, x: None, weights: part(2, Some(true)) };
        self.lookup.backward(&first, tokens[0], &of_vectors);
    }
}
