//! Counter-based random numbers: Philox 4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", 2011).
//!
//! A number is a function of (seed, stream, index, position). Therefore the random state of a run is a set of counters,
//! runs are independent of each other, and torch's global generator is not used.

use super::math::{ln, sin_cos, wide};
use super::pool;
use super::slice::Shares;

/// Purpose of random numbers; the streams are independent.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u32)]
pub enum Stream {
    /// Initial weights, indexed by parameter.
    Init = 0,
    /// Order of the data, indexed by epoch.
    Order = 1,
    /// Latents of training, indexed by step.
    Latent = 2,
    /// Latents of samples, indexed by sample.
    Sample = 3,
    /// Labels of samples, indexed by sample.
    Label = 4,
    /// Binary pixels of training, indexed by step.
    Binarize = 5,
    /// Latents and binary pixels of scores, indexed by row.
    Score = 6,
    /// Order of samples within a window of streamed data, indexed by epoch and window.
    Window = 7,
    /// Order of blocks of streamed data, indexed by epoch.
    Block = 8,
    /// Random inputs of penalties, indexed by step and penalty.
    Penalty = 9,
    /// Codes of InfoGAN in training, indexed by sample.
    Code = 10,
    /// Noise on the discriminator's input, indexed by step.
    Instance = 11,
    /// Noise between a network's layers, indexed by step and layer.
    Layer = 12,
    /// Samples with flipped targets, indexed by step.
    Flip = 13,
    /// Order of class-balanced data, indexed by epoch and class.
    Balance = 14,
    /// First places of windows of packed documents, indexed by epoch.
    Shift = 15,
    /// Documents whose class is hidden, indexed by step.
    Hide = 16,
    /// Tokens that are written, indexed by document and token.
    Write = 17,
    /// Tokens that a decoder does not see, indexed by step.
    Word = 18,
    /// Times of training, indexed by step.
    Time = 19,
    /// Noise that completions of samples add again, indexed by sample and step.
    Renoise = 20,
    /// Directions in which the divergence of a flow is measured, indexed by draw.
    Probe = 21,
    /// Random numbers of corruptions, indexed by step.
    Corrupt = 22,
    /// Directions in which distributions of features are compared, indexed by step.
    Direction = 23,
    /// Pictures at the start of a search for a style.
    Picture = 24,
    /// Numbers of pixels by which seamless pictures are moved in a search, indexed by step.
    Place = 25,
}

/// Random number generator with a key.
#[derive(Clone, Copy, Debug)]
pub struct Philox {
    key: [u32; 2],
}

impl Philox {
    /// Creates a generator from `seed`.
    pub fn new(seed: u64) -> Self {
        Philox { key: [seed as u32, (seed >> 32) as u32] }
    }

    /// Four random 32-bit words.
    #[inline]
    fn block(&self, stream: Stream, index: u64, position: u32) -> [u32; 4] {
        self.blocks::<1>(stream, index, position).map(|[word]| word)
    }

    // Four words for each of several consecutive positions, as lanes of vector instructions.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // lane by lane
    fn blocks<const N: usize>(&self, stream: Stream, index: u64, first: u32) -> [[u32; N]; 4] {
        const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
        const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
        let mut c = [[0; N], [index as u32; N], [(index >> 32) as u32; N], [stream as u32; N]];
        (0..N).for_each(|i| c[0][i] = first.wrapping_add(i as u32));
        let mut key = self.key;
        for _ in 0..10 {
            #[allow(clippy::needless_range_loop)] // over four arrays
            for i in 0..N {
                let a = MULTIPLIERS[0] * u64::from(c[0][i]);
                let b = MULTIPLIERS[1] * u64::from(c[2][i]);
                let high = [(b >> 32) as u32 ^ c[1][i] ^ key[0], (a >> 32) as u32 ^ c[3][i] ^ key[1]];
                (c[0][i], c[1][i], c[2][i], c[3][i]) = (high[0], b as u32, high[1], a as u32);
            }
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        c
    }

    /// Fills `out` with uniform numbers in [0, 1).
    pub fn fill_uniform(&self, stream: Stream, index: u64, out: &mut [f32]) {
        spread(out, &|first, part| fill(*self, stream, index, first, part, false));
    }

    /// Fills `out` with standard normal numbers (Box and Muller, 1958).
    pub fn fill_normal(&self, stream: Stream, index: u64, out: &mut [f32]) {
        spread(out, &|first, part| fill(*self, stream, index, first, part, true));
    }

    /// Random permutation of `0..n` (Fisher and Yates, 1938).
    pub fn permutation(&self, stream: Stream, index: u64, n: usize) -> Vec<i64> {
        let mut order: Vec<i64> = (0..n as i64).collect();
        for last in (1..n).rev() {
            let words = self.block(stream, index, last as u32);
            let word = (u64::from(words[0]) << 32) | u64::from(words[1]);
            // The high half of the product: uniform in 0..=last up to a bias of n / 2^64.
            let other = ((u128::from(word) * (last as u128 + 1)) >> 64) as usize;
            order.swap(last, other);
        }
        order
    }
}

/// Spacing of uniform float32 numbers with 24 bits in [0, 1).
const UNIT: f32 = 1.0 / (1 << 24) as f32;

/// Positions per call of the vectorised block.
const LANES: usize = 8;
/// Minimum number of values per thread.
const LEAST: usize = 1 << 14;

// Splits a fill among threads; `part` is called with the first position and its values.
fn spread(out: &mut [f32], part: &(dyn Fn(u32, &mut [f32]) + Sync)) {
    let threads = pool::threads().min(out.len() / LEAST);
    if threads > 1 {
        let (blocks, all) = (out.len().div_ceil(4 * LANES), Shares::new(out));
        let filled = pool::run(threads, &|worker| {
            let own = worker.share(blocks);
            // SAFETY: the ranges of the threads do not overlap.
            part((own.start * LANES) as u32, unsafe { all.part(own.start * 4 * LANES..own.end * 4 * LANES) });
        });
        if filled.is_ok() {
            return;
        }
    }
    part(0, out);
}

wide! {
    fn fill(random: Philox, stream: Stream, index: u64, first: u32, out: &mut [f32], normal: bool) {
        for (i, chunk) in out.chunks_mut(4 * LANES).enumerate() {
            let words = random.blocks::<LANES>(stream, index, first.wrapping_add((i * LANES) as u32));
            let mut made = [[0f32; LANES]; 4];
            if normal {
                for lane in 0..LANES {
                    (made[0][lane], made[1][lane]) = pair(words[0][lane], words[1][lane]);
                    (made[2][lane], made[3][lane]) = pair(words[2][lane], words[3][lane]);
                }
            } else {
                for j in 0..4 {
                    (0..LANES).for_each(|lane| made[j][lane] = (words[j][lane] >> 8) as i32 as f32 * UNIT);
                }
            }
            if chunk.len() == 4 * LANES {
                (0..4 * LANES).for_each(|k| chunk[k] = made[k % 4][k / 4]);
            } else {
                (0..chunk.len()).for_each(|k| chunk[k] = made[k % 4][k / 4]);
            }
        }
    }
}

#[inline(always)]
fn pair(u: u32, v: u32) -> (f32, f32) {
    // The first number is in (0, 1], so that its logarithm is finite. 24-bit integers fit a signed integer.
    let radius = (-2.0 * ln(((u >> 8) + 1) as i32 as f32 * UNIT)).sqrt();
    let (sin, cos) = sin_cos((v >> 8) as i32 as f32 * UNIT);
    (radius * cos, radius * sin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_published_test_vector() {
        // Random123's kat_vectors, philox4x32-10: key and counter zero.
        assert_eq!(Philox::new(0).block(Stream::Init, 0, 0), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
    }

    #[test]
    fn normal_numbers_have_mean_zero_and_deviation_one() {
        let mut x = vec![0.0; 200_000];
        Philox::new(7).fill_normal(Stream::Latent, 3, &mut x);
        let n = x.len() as f64;
        let mean = x.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        let square = x.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() / n;
        assert!(mean.abs() < 0.01, "{mean}");
        assert!((square - 1.0).abs() < 0.01, "{square}");
        assert!(x.iter().all(|v| v.is_finite()));
    }

    #[test]
    fn a_permutation_holds_every_index_once_and_depends_on_the_epoch() {
        let random = Philox::new(1);
        let first = random.permutation(Stream::Order, 0, 1000);
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1000).collect::<Vec<i64>>());
        assert_ne!(first, random.permutation(Stream::Order, 1, 1000));
    }

    #[test]
    fn a_longer_fill_begins_with_the_shorter_one() {
        let random = Philox::new(2);
        let (mut short, mut long) = ([0.0; 6], [0.0; 11]);
        random.fill_normal(Stream::Sample, 5, &mut short);
        random.fill_normal(Stream::Sample, 5, &mut long);
        assert_eq!(short[..], long[..6]);
    }
}
