//! Batch normalisation, with running statistics.
//!
//! In training each thread sums over its samples; after a barrier each thread adds up all sums in the same order and normalises its
//! samples.

use super::channels::{blend, stretch};
use super::{Op, Slopes, Work};
use crate::base::math::wide;
use crate::base::slice::Shares;
use crate::layer::batch_norm::{EPS, MOMENTUM};
use crate::layer::{Activation, BatchNorm};

/// Rows per partial sum, which stay in the L1 cache.
const ROWS: usize = 64;
/// Columns summed at once, in registers.
const LANES: usize = 16;

impl Op for BatchNorm {
    // Means and inverse standard deviations.
    fn kept(&self, _: usize) -> usize {
        2 * self.features as usize
    }

    // Two sums and three coefficients per thread and channel.
    fn scratch(&self, _: usize, threads: usize) -> usize {
        5 * threads * self.features as usize
    }

    fn forward(&self, work: &Work, x: &[f32], y: &Shares, then: Option<&Activation>) {
        let c = self.features as usize;
        if !work.training {
            return evaluate(work, (x, c), y, then);
        }
        let (own, rows) = (own(work, x.len()), (x.len() / c) as f64);
        // Sums are relative to the first row, which reduces cancellation.
        let near = &x[..c];
        // SAFETY: the thread's own memory.
        let [scale, shift, _] = unsafe { coefficients(work, c) };
        let sums = totals(work, c, |sums, others| moments(&x[own.clone()], near, sums, others));
        let kept = work.worker.share(c);
        for (i, (sum, square)) in sums.enumerate() {
            let (mean, square) = (sum / rows, square / rows);
            let variance = (square - mean * mean).max(0.0);
            let (mean, inverse) = (f64::from(near[i]) + mean, 1.0 / (variance + EPS).sqrt());
            let a = f64::from(work.weights[i]) * inverse;
            scale[i] = a as f32;
            shift[i] = (f64::from(work.weights[c + i]) - mean * a) as f32;
            if kept.contains(&i) {
                // SAFETY: threads' channels do not overlap.
                unsafe {
                    work.kept.part(i..i + 1).fill(mean as f32);
                    work.kept.part(c + i..c + i + 1).fill(inverse as f32);
                    follow(work.buffers.part(i..i + 1), mean);
                    follow(work.buffers.part(c + i..c + i + 1), variance * rows / (rows - 1.0).max(1.0));
                }
            }
        }
        // SAFETY: threads' samples do not overlap.
        let y = unsafe { y.part(own.clone()) };
        for (y, x) in y.chunks_mut(ROWS * c).zip(x[own].chunks(ROWS * c)) {
            stretch(x, scale, shift, y);
            if let Some(activation) = then {
                activation.apply(y);
            }
        }
    }

    fn backward(&self, work: &Work, x: &[f32], slopes: &Slopes) {
        let c = self.features as usize;
        let (own, rows) = (own(work, x.len()), (x.len() / c) as f64);
        // SAFETY: nothing writes to kept values; the thread's own memory.
        let ((mean, inverse), [a, b, shift]) = unsafe { (work.kept.whole().split_at(c), coefficients(work, c)) };
        let (x, dy) = (&x[own.clone()], &slopes.y[own.clone()]);
        let sums = totals(work, c, |sums, others| products(x, (mean, dy), sums, others));
        let kept = work.worker.share(c);
        for (i, (sum, product)) in sums.enumerate() {
            let inverse = f64::from(inverse[i]);
            // The gradients of shift and scale.
            let product = product * inverse;
            let slope = f64::from(work.weights[i]) * inverse;
            let across = -slope * inverse * product / rows;
            (a[i], b[i]) = (slope as f32, across as f32);
            shift[i] = (-slope * sum / rows - across * f64::from(mean[i])) as f32;
            if let (Some((weights, add)), true) = (slopes.weights, kept.contains(&i)) {
                for (at, value) in [(i, product), (c + i, sum)] {
                    // SAFETY: threads' channels do not overlap.
                    let to = unsafe { weights.part(at..at + 1) };
                    to.iter_mut().for_each(|to| *to = value as f32 + if add { *to } else { 0.0 });
                }
            }
        }
        if let Some(dx) = slopes.x {
            // SAFETY: threads' samples do not overlap.
            blend((dy, a), (x, b), shift, unsafe { dx.part(own) });
        }
    }
}

// Forward pass with the running statistics.
fn evaluate(work: &Work, (x, c): (&[f32], usize), y: &Shares, then: Option<&Activation>) {
    let own = own(work, x.len());
    // SAFETY: the thread's own memory; nothing writes to the statistics; threads' samples do not overlap.
    let ([scale, shift, _], running, y) = unsafe { (coefficients(work, c), work.buffers.whole(), y.part(own.clone())) };
    for i in 0..c {
        let a = f64::from(work.weights[i]) / (f64::from(running[c + i]) + EPS).sqrt();
        scale[i] = a as f32;
        shift[i] = (f64::from(work.weights[c + i]) - f64::from(running[i]) * a) as f32;
    }
    stretch(&x[own], scale, shift, y);
    if let Some(activation) = then {
        activation.apply(y);
    }
}

// Range of the values of the thread's samples.
fn own(work: &Work, len: usize) -> std::ops::Range<usize> {
    let (own, size) = (work.worker.share(work.count), len / work.count);
    own.start * size..own.end * size
}

// The thread's own memory for three coefficients per channel.
//
// # Safety
// At most one call at a time.
unsafe fn coefficients<'a>(work: &Work<'a>, c: usize) -> [&'a mut [f32]; 3] {
    let first = (2 * work.worker.count + 3 * work.worker.index) * c;
    // SAFETY: after the sums; each thread has its own range.
    [0, 1, 2].map(|i| unsafe { work.scratch.part(first + i * c..first + (i + 1) * c) })
}

// Two sums per channel over all samples; `sum` computes those of the thread's samples.
fn totals<'a>(
    work: &Work<'a>,
    c: usize,
    sum: impl FnOnce(&mut [f32], &mut [f32]),
) -> impl Iterator<Item = (f64, f64)> + 'a {
    let (size, threads) = (2 * c, work.worker.count);
    // SAFETY: the thread's own memory.
    let own = unsafe { work.scratch.part(work.worker.index * size..(work.worker.index + 1) * size) };
    own.fill(0.0);
    let (sums, others) = own.split_at_mut(c);
    sum(sums, others);
    work.worker.wait();
    // SAFETY: nothing writes to the sums until all threads have left the layer.
    let all = unsafe { work.scratch.narrow(0..threads * size).whole() };
    let total = move |i: usize| all.iter().skip(i).step_by(size).map(|sum| f64::from(*sum)).sum();
    (0..c).map(move |i| (total(i), total(c + i)))
}

fn follow(running: &mut [f32], value: f64) {
    running
        .iter_mut()
        .for_each(|old| *old = ((1.0 - MOMENTUM) * f64::from(*old) + MOMENTUM * value) as f32);
}

// Sums of `pick(dy, x - near)`, and of its product with `x - near`, over rows.
#[inline(always)]
fn sum_up(x: &[f32], (near, dy): (&[f32], &[f32]), sums: [&mut [f32]; 2], pick: impl Fn(f32, f32) -> f32 + Copy) {
    let c = near.len();
    let [sums, products] = sums;
    for (x, dy) in x.chunks(ROWS * c).zip(dy.chunks(ROWS * c)) {
        let whole = c - c % LANES;
        for first in (0..whole).step_by(LANES) {
            lanes::<LANES>((x, dy, near), first, [&mut *sums, &mut *products], pick);
        }
        for first in whole..c {
            lanes::<1>((x, dy, near), first, [&mut *sums, &mut *products], pick);
        }
    }
}

#[inline(always)]
fn lanes<const N: usize>(
    (x, dy, near): (&[f32], &[f32], &[f32]),
    first: usize,
    sums: [&mut [f32]; 2],
    pick: impl Fn(f32, f32) -> f32,
) {
    let (mut sum, mut product) = ([0f32; N], [0f32; N]);
    let mut around = [0f32; N];
    around.copy_from_slice(&near[first..first + N]);
    for (x, dy) in x.chunks_exact(near.len()).zip(dy.chunks_exact(near.len())) {
        let (x, dy) = (&x[first..first + N], &dy[first..first + N]);
        for i in 0..N {
            let away = x[i] - around[i];
            let value = pick(dy[i], away);
            sum[i] += value;
            product[i] += value * away;
        }
    }
    let [sums, products] = sums;
    sums[first..first + N].iter_mut().zip(sum).for_each(|(to, value)| *to += value);
    products[first..first + N].iter_mut().zip(product).for_each(|(to, value)| *to += value);
}

wide! {
    fn moments(x: &[f32], near: &[f32], sums: &mut [f32], squares: &mut [f32]) {
        sum_up(x, (near, x), [sums, squares], |_, away| away)
    }
    fn products(x: &[f32], mean_dy: (&[f32], &[f32]), sums: &mut [f32], products: &mut [f32]) {
        sum_up(x, mean_dy, [sums, products], |dy, _| dy)
    }
}
