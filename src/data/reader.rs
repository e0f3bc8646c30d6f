//! Samples that are read when they are wanted.

use std::ops::Range;

use tch::Kind;

use super::Access;
use crate::error::{Error, Result};

/// Where samples can be read from, by several threads at a time.
pub trait Reader: Send + Sync {
    /// Number of samples.
    fn len(&self) -> usize;

    /// Whether there is no sample at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sizes of one sample: `[height, width, channels]` or `[dim]`.
    fn sizes(&self) -> &[i64];

    /// Of the values: uint8, or float32 in this machine's order of bytes.
    fn kind(&self) -> Kind;

    /// How far the order of samples may roam.
    fn access(&self) -> Access;

    /// Threads that it pays to read with.
    fn threads(&self) -> usize;

    /// Reads these samples, one after the other, into `out`, which has room for just these.
    ///
    /// # Errors
    /// [`crate::error::Error::Io`] or [`crate::error::Error::Data`] if one cannot be read.
    fn read(&self, rows: &[i64], out: &mut [u8]) -> Result<()>;

    /// The same for a look at some samples that is no part of going through all of them.
    ///
    /// # Errors
    /// As [`Reader::read`].
    fn peek(&self, rows: &[i64], out: &mut [u8]) -> Result<()> {
        self.read(rows, out)
    }

    /// Told before the samples in `rows`, a range of neighbours, are wanted soon.
    fn announce(&self, _rows: Range<usize>) {}

    /// Bytes of one sample.
    fn bytes(&self) -> usize {
        let value = if self.kind() == Kind::Uint8 { 1 } else { 4 };
        self.sizes().iter().product::<i64>() as usize * value
    }
}

/// Bytes that a disk reads in one go.
const BLOCK: usize = 1 << 20;
/// Bytes that are mixed with each other. They stay in the system's cache, not in this process.
const WINDOW: usize = 1 << 28;
/// Samples that are mixed with each other at most: their order is kept.
const MIXED: usize = 1 << 21;

/// The order for samples of so many bytes that lie one after the other.
pub fn near(bytes: usize) -> Access {
    let block = (BLOCK / bytes.max(1)).max(1);
    let blocks = (WINDOW / BLOCK).min(MIXED / block).max(1);
    Access::Near { block, window: blocks * block }
}

/// Whether all values of these samples are finite, which bytes always are.
///
/// # Errors
/// [`Error::Data`] with the number of the first sample that holds another.
pub fn check_finite(reader: &dyn Reader, rows: &[i64], values: &[u8]) -> Result<()> {
    if reader.kind() == Kind::Uint8 {
        return Ok(());
    }
    let finite = |v: &[u8]| f32::from_ne_bytes([v[0], v[1], v[2], v[3]]).is_finite();
    let mut samples = values.chunks_exact(reader.bytes());
    match samples.position(|sample| !sample.chunks_exact(4).all(finite)) {
        Some(place) => Err(Error::Data(format!("X: sample {} holds a value that is not finite", rows[place]))),
        None => Ok(()),
    }
}
