//! Self-attention, one place at a time.

use super::self_attention::SelfAttention;
use super::softmax::softmax;
use super::Work;
use crate::base::math::wide;
use crate::base::slice::Shares;

impl SelfAttention {
    /// Attention of one place of each sample to those before it, whose keys `[features, places]` and values `[places,
    /// features]` are kept.
    pub(super) fn step(&self, work: &Work, x: &[f32], y: &Shares) {
        let ([width, outputs], length, places) = (self.widths(), self.length, self.places);
        let (size, own) = (self.shared * length, work.worker.index * self.own());
        // SAFETY: the thread's own memory.
        let (scores, key) = unsafe { work.scratch.part(own..own + self.own()) }.split_at_mut(places);
        let scores = &mut scores[..=work.place];
        for sample in work.worker.share(work.count) {
            let first = sample * 2 * places * size;
            // SAFETY: threads' samples do not overlap.
            let (kept, y) = unsafe {
                (work.kept.part(first..first + 2 * places * size), y.part(sample * outputs..(sample + 1) * outputs))
            };
            let (keys, values) = kept.split_at_mut(places * size);
            let x = &x[sample * width..(sample + 1) * width];
            key.copy_from_slice(&x[outputs..outputs + size]);
            key.chunks_exact_mut(length).for_each(|key| self.rotate(key, work.place, 1.0));
            keys.chunks_exact_mut(places).zip(key.iter()).for_each(|(row, value)| row[work.place] = *value);
            values[work.place * size..][..size].copy_from_slice(&x[outputs + size..]);
            y.copy_from_slice(&x[..outputs]);
            for (head, y) in y.chunks_exact_mut(length).enumerate() {
                let column = head / self.group() * length;
                self.rotate(y, work.place, 1.0);
                score(y, &keys[column * places..], places, scores);
                softmax(scores, self.factor());
                mix(scores, &values[column..], size, y);
            }
        }
    }
}

// Weighted sums of as many columns of `values` as fit, `N` at a time.
#[inline(always)]
fn columns<const N: usize>(weights: &[f32], (values, size): (&[f32], usize), first: &mut usize, y: &mut [f32]) {
    while *first + N <= y.len() {
        let mut sums = [0f32; N];
        for (weight, row) in weights.iter().zip(values.chunks(size)) {
            let row = &row[*first..*first + N];
            (0..N).for_each(|i| sums[i] += weight * row[i]);
        }
        y[*first..*first + N].copy_from_slice(&sums);
        *first += N;
    }
}

wide! {
    // Dot products of a query with keys, which are columns of a matrix with rows of `places` values.
    fn score(query: &[f32], keys: &[f32], places: usize, scores: &mut [f32]) {
        let n = scores.len();
        scores.fill(0.0);
        let mut rows = keys.chunks(places).map(|row| &row[..n]);
        let mut row = || rows.next().unwrap_or(&[]);
        for query in query.chunks(4) {
            if let [q, r, s, t] = *query {
                // One pass over the scores for four features.
                let (a, b, c, d) = (row(), row(), row(), row());
                for i in 0..n {
                    scores[i] += (q * a[i] + r * b[i]) + (s * c[i] + t * d[i]);
                }
                continue;
            }
            for q in query {
                scores.iter_mut().zip(row()).for_each(|(score, key)| *score += q * key);
            }
        }
    }
    // Weighted sum of the first columns of rows of `size` values.
    fn mix(weights: &[f32], values: &[f32], size: usize, y: &mut [f32]) {
        let mut first = 0;
        columns::<32>(weights, (values, size), &mut first, y);
        columns::<8>(weights, (values, size), &mut first, y);
        columns::<1>(weights, (values, size), &mut first, y);
    }
}
