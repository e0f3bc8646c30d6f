//! Counter-based random numbers: Philox 4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", 2011).
//!
//! A number is a function of (seed, stream, index, position) and of nothing else. So the random state of a run is the
//! count of what it has drawn, two runs never disturb each other, and torch's global generator is never touched.

/// What the numbers are for; each stream is independent of the others.
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
}

/// A keyed family of streams.
#[derive(Clone, Copy, Debug)]
pub struct Philox {
    key: [u32; 2],
}

impl Philox {
    /// The family of `seed`.
    pub fn new(seed: u64) -> Self {
        Philox { key: [seed as u32, (seed >> 32) as u32] }
    }

    /// Four random words.
    #[inline]
    fn block(&self, stream: Stream, index: u64, position: u32) -> [u32; 4] {
        const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
        const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
        let mut c = [position, index as u32, (index >> 32) as u32, stream as u32];
        let mut key = self.key;
        for _ in 0..10 {
            let a = MULTIPLIERS[0] * u64::from(c[0]);
            let b = MULTIPLIERS[1] * u64::from(c[2]);
            c = [(b >> 32) as u32 ^ c[1] ^ key[0], b as u32, (a >> 32) as u32 ^ c[3] ^ key[1], a as u32];
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        c
    }

    /// Fills with uniform numbers in [0, 1).
    pub fn fill_uniform(&self, stream: Stream, index: u64, out: &mut [f32]) {
        for (position, chunk) in out.chunks_mut(4).enumerate() {
            let words = self.block(stream, index, position as u32);
            for (x, word) in chunk.iter_mut().zip(words) {
                *x = (word >> 8) as f32 * UNIT;
            }
        }
    }

    /// Fills with numbers of the standard normal distribution (Box and Muller, 1958).
    pub fn fill_normal(&self, stream: Stream, index: u64, out: &mut [f32]) {
        for (position, chunk) in out.chunks_mut(4).enumerate() {
            let words = self.block(stream, index, position as u32);
            let (a, b) = pair(words[0], words[1]);
            let (c, d) = pair(words[2], words[3]);
            for (x, value) in chunk.iter_mut().zip([a, b, c, d]) {
                *x = value;
            }
        }
    }

    /// A random order of `0..n` (Fisher and Yates, 1938).
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

/// One step of the 24 bits that a float32 in [0, 1) can show evenly.
const UNIT: f32 = 1.0 / (1 << 24) as f32;

#[inline]
fn pair(u: u32, v: u32) -> (f32, f32) {
    // The first number lies in (0, 1], so that its logarithm is finite.
    let radius = (-2.0 * (((u >> 8) + 1) as f32 * UNIT).ln()).sqrt();
    let (sin, cos) = (std::f32::consts::TAU * (v >> 8) as f32 * UNIT).sin_cos();
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
