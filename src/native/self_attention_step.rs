//! Self-attention, one place at a time.

use super::self_attention::SelfAttention;
use super::softmax::softmax;
use super::Work;
use crate::base::math::wide;
use crate::base::slice::Shares;

/// Places whose keys are stored side by side.
const BLOCK: usize = 32;

impl SelfAttention {
    /// Values that are kept of a head of keys and values: keys `[blocks, length, BLOCK]` and values `[places, length]`, each
    /// in the order in which a step reads them.
    pub(super) fn kept_head(&self) -> [usize; 2] {
        [self.places.next_multiple_of(BLOCK), self.places].map(|places| places * self.length)
    }

    /// Attention of one place of each sample to those before it.
    pub(super) fn step(&self, work: &Work, x: &[f32], y: &Shares) {
        let ([width, outputs], length, place) = (self.widths(), self.length, work.place);
        let [keys, values] = self.kept_head();
        let (size, head, own) = (self.shared * length, keys + values, work.worker.index * self.own());
        // SAFETY: the thread's own memory.
        let scores = unsafe { work.scratch.part(own..own + self.own()) };
        for sample in work.worker.share(work.count) {
            let first = (work.first + sample) * self.shared * head;
            // SAFETY: threads' samples do not overlap.
            let (kept, y) = unsafe {
                (work.kept.part(first..first + self.shared * head), y.part(sample * outputs..(sample + 1) * outputs))
            };
            let x = &x[sample * width..(sample + 1) * width];
            y.copy_from_slice(&x[..outputs]);
            let new = x[outputs..outputs + size].chunks_exact(length).zip(x[outputs + size..].chunks_exact(length));
            let queries = y.chunks_exact_mut(self.group() * length);
            for ((kept, (key, value)), queries) in kept.chunks_exact_mut(head).zip(new).zip(queries) {
                let (keys, values) = kept.split_at_mut(keys);
                let (rotated, scores) = scores.split_at_mut(length);
                rotated.copy_from_slice(key);
                self.rotate(rotated, place, 1.0);
                let column = keys[place / BLOCK * BLOCK * length + place % BLOCK..].iter_mut().step_by(BLOCK);
                column.zip(rotated).for_each(|(to, key)| *to = *key);
                values[place * length..][..length].copy_from_slice(value);
                for query in queries.chunks_exact_mut(length) {
                    self.rotate(query, place, 1.0);
                    score(query, keys, &mut scores[..(place + 1).next_multiple_of(BLOCK)]);
                    let scores = &mut scores[..=place];
                    softmax(scores, self.factor());
                    mix(scores, values, query);
                }
            }
        }
    }
}

// Sums of the first `N` values of rows that begin `stride` values apart, with these weights.
#[inline(always)]
fn weighted<const N: usize>(weights: &[f32], mut rows: &[f32], stride: usize) -> [f32; N] {
    let mut sums = [0f32; N];
    for weight in weights {
        let Some((row, _)) = rows.split_first_chunk::<N>() else { break };
        for i in 0..N {
            sums[i] += weight * row[i];
        }
        rows = rows.get(stride..).unwrap_or_default();
    }
    sums
}

wide! {
    // Dot products of a query with the keys of whole blocks: in a block, sums of features weighted by the query.
    fn score(query: &[f32], keys: &[f32], scores: &mut [f32]) {
        for (block, scores) in scores.chunks_exact_mut(BLOCK).enumerate() {
            let keys = &keys[block * BLOCK * query.len()..];
            scores.copy_from_slice(&weighted::<BLOCK>(query, keys, BLOCK));
        }
    }
    // Weighted sum of rows.
    fn mix(weights: &[f32], values: &[f32], y: &mut [f32]) {
        let (length, mut first) = (y.len(), 0);
        while first < length {
            let (y, values) = (&mut y[first..], &values[first..]);
            first += match length - first {
                32.. => place(y, weighted::<32>(weights, values, length)),
                8.. => place(y, weighted::<8>(weights, values, length)),
                _ => place(y, weighted::<1>(weights, values, length)),
            };
        }
    }
}

#[inline(always)]
fn place<const N: usize>(y: &mut [f32], values: [f32; N]) -> usize {
    y[..N].copy_from_slice(&values);
    N
}
