//! Self-attention, a head at a time: its queries, keys and values are gathered, so that all products are of neighbouring
//! memory, and the scores of a block of places of one document stay in the cache. The backward pass computes them again (Dao
//! et al., "FlashAttention", 2022).
//!
//! Threads split the samples and the heads of keys; heads of queries that share one are computed by the same thread.

use std::ops::Range;

use super::documents::documents;
use super::gemm::{multiply, product, Matrix, Out};
use super::softmax::{softmax, through_softmax};
use super::{Op, Slopes, Work};
use crate::base::math::wide;
use crate::base::slice::Shares;
use crate::layer::{Activation, SelfAttention as Described};

/// Places whose scores are computed together.
const BLOCK: usize = 64;

/// Self-attention between all places, or of one place to those before it.
pub struct SelfAttention {
    pub(super) heads: usize,
    pub(super) shared: usize,
    pub(super) length: usize,
    // Places of the sequence, and those computed at a time: all, or one.
    pub(super) places: usize,
    at_once: usize,
    causal: bool,
    // Cosines and sines of the rotation of each place, [places, length / 2]; empty for no rotation.
    cos: Vec<f32>,
    sin: Vec<f32>,
}

// Queries, keys and values of one head, [places, length] each; or their gradients.
struct Head<'a> {
    queries: &'a mut [f32],
    keys: &'a mut [f32],
    values: &'a mut [f32],
}

impl SelfAttention {
    /// The layer for `at_once` places at a time: all, or one.
    pub fn new(layer: &Described, at_once: usize) -> Self {
        let (places, frequencies) = (layer.places as usize, layer.frequencies());
        let angles = |f: fn(f64) -> f64| -> Vec<f32> {
            let row = |place: usize| frequencies.iter().map(move |frequency| f(place as f64 * frequency) as f32);
            (0..places).flat_map(row).collect()
        };
        SelfAttention {
            heads: layer.heads as usize,
            shared: layer.shared as usize,
            length: layer.length as usize,
            places,
            at_once,
            causal: layer.causal,
            cos: angles(f64::cos),
            sin: angles(f64::sin),
        }
    }

    fn steps(&self) -> bool {
        self.at_once < self.places
    }

    pub(super) fn group(&self) -> usize {
        self.heads / self.shared
    }

    // Values of a place before and after the layer.
    pub(super) fn widths(&self) -> [usize; 2] {
        [(self.heads + 2 * self.shared) * self.length, self.heads * self.length]
    }

    // Columns of a head of queries, and of a head of keys and one of values.
    fn columns(&self, head: usize) -> [usize; 3] {
        let of = head / self.group();
        [head, self.heads + of, self.heads + self.shared + of].map(|head| head * self.length)
    }

    // Factor of the scores.
    pub(super) fn factor(&self) -> f32 {
        1.0 / (self.length as f32).sqrt()
    }

    // Rotates a query or a key of a place, backwards with a negative `way`.
    pub(super) fn rotate(&self, values: &mut [f32], place: usize, way: f32) {
        let half = self.length / 2;
        if !self.cos.is_empty() {
            let (cos, sin) = (&self.cos[place * half..][..half], &self.sin[place * half..][..half]);
            rotate(values, cos, sin, way);
        }
    }

    // A thread's scratch memory: a head, its gradients, a block of scores and their gradients.
    fn memory<'a>(&self, work: &Work<'a>) -> ([Head<'a>; 2], [&'a mut [f32]; 2]) {
        let own = self.own();
        let all = work.scratch.narrow(work.worker.index * own..(work.worker.index + 1) * own);
        let (head, scores) = (self.places * self.length, self.block() * self.places);
        // SAFETY: the thread's own memory, in parts that do not overlap.
        let part = |first: usize, len: usize| unsafe { all.part(first..first + len) };
        let of = |first: usize| Head {
            queries: part(first, head),
            keys: part(first + head, head),
            values: part(first + 2 * head, head),
        };
        ([of(0), of(3 * head)], [part(6 * head, scores), part(6 * head + scores, scores)])
    }

    fn block(&self) -> usize {
        BLOCK.min(self.places)
    }

    pub(super) fn own(&self) -> usize {
        match self.steps() {
            // A key and a row of scores.
            true => self.length + self.kept_head()[0] / self.length,
            false => 6 * self.places * self.length + 2 * self.block() * self.places,
        }
    }

    // Gathers and rotates the queries, keys and values of a head from the places of a sample.
    fn gather(&self, x: &[f32], head: usize, to: &mut Head) {
        let ([width, _], columns, length) = (self.widths(), self.columns(head), self.length);
        for (place, x) in x.chunks_exact(width).enumerate() {
            let rows = [&mut to.queries[..], &mut to.keys[..], &mut to.values[..]];
            for (i, (column, rows)) in columns.into_iter().zip(rows).enumerate() {
                let row = &mut rows[place * length..(place + 1) * length];
                row.copy_from_slice(&x[column..column + length]);
                if i < 2 {
                    self.rotate(row, place, 1.0);
                }
            }
        }
    }

    // Weights of the values of the places `seen` for each place of a block.
    fn weigh(&self, head: &Head, [block, seen]: &[Range<usize>; 2], scores: &mut [f32]) {
        let queries = self.rows(head.queries, block);
        product(queries, self.rows(head.keys, seen).turned(), scores, false);
        for (place, scores) in block.clone().zip(scores.chunks_exact_mut(seen.len())) {
            let end = if self.causal { place + 1 - seen.start } else { seen.len() };
            scores[end..].fill(0.0);
            softmax(&mut scores[..end], self.factor());
        }
    }

    // Some places of a head's queries, keys or values.
    fn rows<'a>(&self, values: &'a [f32], places: &Range<usize>) -> Matrix<'a> {
        Matrix::new(&values[places.start * self.length..], places.len(), self.length)
    }

    // Blocks of places of one document, and the places that they see.
    fn blocks<'a>(&'a self, starts: &'a [f32]) -> impl Iterator<Item = [Range<usize>; 2]> + 'a {
        documents(starts, self.places).flat_map(move |document| {
            document.clone().step_by(self.block()).map(move |first| {
                let end = (first + self.block()).min(document.end);
                [first..end, document.start..if self.causal { end } else { document.end }]
            })
        })
    }
}

impl Op for SelfAttention {
    // One place at a time: keys and values of all places.
    fn kept(&self, count: usize) -> usize {
        if self.steps() {
            count * self.shared * self.kept_head().iter().sum::<usize>()
        } else {
            0
        }
    }

    fn scratch(&self, _: usize, threads: usize) -> usize {
        threads * self.own()
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let [width, outputs] = self.widths();
        if self.steps() {
            self.step(work, x, y);
        } else {
            let ([mut head, _], [scores, _]) = self.memory(work);
            for unit in work.worker.share(work.count * self.heads) {
                let (sample, number) = (unit / self.heads, unit % self.heads);
                let starts = work.given.get(sample * self.places..(sample + 1) * self.places).unwrap_or_default();
                self.gather(&x[sample * self.places * width..][..self.places * width], number, &mut head);
                for [block, seen] in self.blocks(starts) {
                    let scores = &mut scores[..block.len() * seen.len()];
                    self.weigh(&head, &[block.clone(), seen.clone()], scores);
                    let out = Out {
                        memory: y,
                        width: outputs,
                        row: sample * self.places + block.start,
                        columns: number * self.length..(number + 1) * self.length,
                    };
                    let values = self.rows(head.values, &seen);
                    // SAFETY: threads' samples and heads do not overlap.
                    unsafe { multiply(Matrix::new(scores, block.len(), seen.len()), values, out, false) };
                }
            }
        }
        if let Some(activation) = then {
            work.worker.wait();
            // SAFETY: threads' shares do not overlap.
            activation.apply(unsafe { y.part(work.worker.share(y.len())) });
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let Some(dx) = slopes.x.filter(|_| !self.steps()) else { return };
        let ([width, outputs], length) = (self.widths(), self.length);
        let ([mut head, slope], [scores, changes]) = self.memory(work);
        for unit in work.worker.share(work.count * self.shared) {
            let (sample, group) = (unit / self.shared, unit % self.shared);
            let starts = work.given.get(sample * self.places..(sample + 1) * self.places).unwrap_or_default();
            slope.keys.fill(0.0);
            slope.values.fill(0.0);
            for number in group * self.group()..(group + 1) * self.group() {
                self.gather(&x[sample * self.places * width..][..self.places * width], number, &mut head);
                for [block, seen] in self.blocks(starts) {
                    let (rows, width) = (block.len(), seen.len());
                    let (scores, changes) = (&mut scores[..rows * width], &mut changes[..rows * width]);
                    self.weigh(&head, &[block.clone(), seen.clone()], scores);
                    let first = (sample * self.places + block.start) * outputs + number * length;
                    let dy = Matrix::spaced(&slopes.y[first..], rows, length, outputs);
                    let of_seen = seen.start * length..seen.end * length;
                    product(dy, self.rows(head.values, &seen).turned(), changes, false);
                    product(Matrix::new(scores, rows, width).turned(), dy, &mut slope.values[of_seen.clone()], true);
                    for (change, score) in changes.chunks_exact_mut(width).zip(scores.chunks_exact(width)) {
                        through_softmax(change, score, self.factor());
                    }
                    let changes = Matrix::new(changes, rows, width);
                    let to = &mut slope.queries[block.start * length..block.end * length];
                    product(changes, self.rows(head.keys, &seen), to, false);
                    product(changes.turned(), self.rows(head.queries, &block), &mut slope.keys[of_seen], true);
                }
                self.scatter(dx, sample, self.columns(number)[0], (slope.queries, true));
            }
            let [_, keys, values] = self.columns(group * self.group());
            self.scatter(dx, sample, keys, (slope.keys, true));
            self.scatter(dx, sample, values, (slope.values, false));
        }
    }
}

impl SelfAttention {
    // Writes the gradients of a head to its columns of a sample, rotated back if it was rotated.
    fn scatter(&self, dx: &Shares, sample: usize, column: usize, (rows, rotated): (&mut [f32], bool)) {
        let [width, _] = self.widths();
        for (place, row) in rows.chunks_exact_mut(self.length).enumerate() {
            if rotated {
                self.rotate(row, place, -1.0);
            }
            let first = (sample * self.places + place) * width + column;
            // SAFETY: threads' samples and heads do not overlap.
            unsafe { dx.part(first..first + self.length) }.copy_from_slice(row);
        }
    }
}

wide! {
    fn rotate(values: &mut [f32], cos: &[f32], sin: &[f32], way: f32) {
        let (a, b) = values.split_at_mut(cos.len());
        for ((a, b), (cos, sin)) in a.iter_mut().zip(b).zip(cos.iter().zip(sin)) {
            (*a, *b) = (*a * cos - *b * sin * way, *b * cos + *a * sin * way);
        }
    }
}
