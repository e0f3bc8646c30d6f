//! Attention to the sources, for each head and document at a time.
//!
//! Threads split the samples and heads.

use std::ops::Range;

use super::documents::{documents, end};
use super::gemm::{multiply, product, Matrix, Out};
use super::softmax::{softmax, through_softmax};
use super::{Memory, Op, Slopes, Work};
use crate::base::slice::Shares;
use crate::layer::{Activation, CrossAttention as Described};

/// Attention of all places to their sources, or of one place.
pub struct CrossAttention {
    heads: usize,
    length: usize,
    sources: usize,
    // First column of the keys in the memory.
    first: usize,
    // Places that are computed at a time: all, or one.
    places: usize,
}

// Places of a document, and those of its source.
type Pair = [Range<usize>; 2];

impl CrossAttention {
    /// The layer for this number of places at a time.
    pub fn new(layer: &Described, places: usize) -> Self {
        CrossAttention {
            heads: layer.heads as usize,
            length: layer.length as usize,
            sources: layer.sources as usize,
            first: layer.first as usize,
            places,
        }
    }

    fn width(&self) -> usize {
        self.heads * self.length
    }

    fn factor(&self) -> f32 {
        1.0 / (self.length as f32).sqrt()
    }

    // Columns of a head in the sequences, and those of its keys and of its values in the memory.
    fn columns(&self, head: usize) -> [Range<usize>; 3] {
        let first = head * self.length;
        [first, self.first + first, self.first + self.width() + first].map(|first| first..first + self.length)
    }

    // The documents of a sample with their sources.
    fn pairs<'a>(&'a self, memory: &Memory<'a>, sample: usize) -> impl Iterator<Item = Pair> + 'a {
        let starts = &memory.starts[sample * self.sources..(sample + 1) * self.sources];
        let seen = &memory.seen[sample * self.places..(sample + 1) * self.places];
        documents(seen, self.places).map(move |places| {
            // Places without a source see the first one, as in libtorch.
            let first = (seen[places.start].max(0.0) as usize).min(self.sources - 1);
            [places, first..end(starts, first).unwrap_or(self.sources)]
        })
    }

    // Some places of a sample, and the columns of a head.
    fn part<'a>(&self, x: &'a [f32], sample: usize, places: &Range<usize>, columns: &Range<usize>) -> Matrix<'a> {
        let first = (sample * self.places + places.start) * self.width() + columns.start;
        Matrix::spaced(&x[first..], places.len(), self.length, self.width())
    }

    fn remembered<'a>(
        &self,
        memory: &Memory<'a>,
        sample: usize,
        of: &Range<usize>,
        columns: &Range<usize>,
    ) -> Matrix<'a> {
        let first = (sample * self.sources + of.start) * memory.width + columns.start;
        Matrix::spaced(&memory.states[first..], of.len(), self.length, memory.width)
    }

    // A thread's scores and their gradients.
    fn scores<'a>(&self, work: &Work<'a>) -> [&'a mut [f32]; 2] {
        let (size, first) = (self.places * self.sources, 2 * work.worker.index * self.places * self.sources);
        // SAFETY: the thread's own memory.
        [first, first + size].map(|first| unsafe { work.scratch.part(first..first + size) })
    }

    fn weigh(&self, queries: Matrix, keys: Matrix, scores: &mut [f32]) {
        let (_, width) = keys.turned().size();
        product(queries, keys.turned(), scores, false);
        scores.chunks_exact_mut(width).for_each(|scores| softmax(scores, self.factor()));
    }
}

impl Op for CrossAttention {
    fn scratch(&self, _: usize, threads: usize) -> usize {
        2 * threads * self.places * self.sources
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let (memory, [scores, _]) = (&work.memory, self.scores(work));
        for unit in work.worker.share(work.count * self.heads) {
            let (sample, head) = (unit / self.heads, unit % self.heads);
            let [own, keys, values] = self.columns(head);
            for [places, sources] in self.pairs(memory, sample) {
                let scores = &mut scores[..places.len() * sources.len()];
                let keys = self.remembered(memory, sample, &sources, &keys);
                self.weigh(self.part(x, sample, &places, &own), keys, scores);
                let out = Out {
                    memory: y,
                    width: self.width(),
                    row: sample * self.places + places.start,
                    columns: own.clone(),
                };
                let weights = Matrix::new(scores, places.len(), sources.len());
                // SAFETY: threads' samples and heads do not overlap.
                unsafe { multiply(weights, self.remembered(memory, sample, &sources, &values), out, false) };
            }
        }
        if let Some(activation) = then {
            work.worker.wait();
            // SAFETY: threads' shares do not overlap.
            activation.apply(unsafe { y.part(work.worker.share(y.len())) });
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let (memory, [scores, changes]) = (&work.memory, self.scores(work));
        let Some(of_memory) = memory.slopes else { return };
        for unit in work.worker.share(work.count * self.heads) {
            let (sample, head) = (unit / self.heads, unit % self.heads);
            let [own, keys, values] = self.columns(head);
            for columns in [&keys, &values] {
                for source in 0..self.sources {
                    let first = (sample * self.sources + source) * memory.width;
                    // SAFETY: threads' samples and heads do not overlap.
                    unsafe { of_memory.part(first + columns.start..first + columns.end) }.fill(0.0);
                }
            }
            for [places, sources] in self.pairs(memory, sample) {
                let (rows, width) = (places.len(), sources.len());
                let (scores, changes) = (&mut scores[..rows * width], &mut changes[..rows * width]);
                let queries = self.part(x, sample, &places, &own);
                let dy = self.part(slopes.y, sample, &places, &own);
                let of_keys = self.remembered(memory, sample, &sources, &keys);
                self.weigh(queries, of_keys, scores);
                product(dy, self.remembered(memory, sample, &sources, &values).turned(), changes, false);
                for (change, score) in changes.chunks_exact_mut(width).zip(scores.chunks_exact(width)) {
                    through_softmax(change, score, self.factor());
                }
                let (weights, changes) = (Matrix::new(scores, rows, width), Matrix::new(changes, rows, width));
                let to = |columns: &Range<usize>| Out {
                    memory: of_memory,
                    width: memory.width,
                    row: sample * self.sources + sources.start,
                    columns: columns.clone(),
                };
                // SAFETY: threads' samples and heads do not overlap.
                unsafe {
                    multiply(weights.turned(), dy, to(&values), true);
                    multiply(changes.turned(), queries, to(&keys), true);
                }
                if let Some(dx) = slopes.x {
                    let out = Out {
                        memory: dx,
                        width: self.width(),
                        row: sample * self.places + places.start,
                        columns: own.clone(),
                    };
                    // SAFETY: as above.
                    unsafe { multiply(changes, of_keys, out, false) };
                }
            }
        }
    }
}
