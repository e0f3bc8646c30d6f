//! Samples that are read on demand.

use std::ops::Range;

use tch::Kind;

use super::Access;
use crate::error::{Error, Result};

/// A source of samples that several threads can read from.
pub trait Reader: Send + Sync {
    /// Number of samples.
    fn len(&self) -> usize;

    /// True if there are no samples.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Shape of one sample: `[height, width, channels]` or `[dim]`.
    fn sizes(&self) -> &[i64];

    /// Element type: uint8, or float32 or float64 in native byte order.
    fn kind(&self) -> Kind;

    /// Access cost, which limits shuffling.
    fn access(&self) -> Access;

    /// Useful number of reading threads.
    fn threads(&self) -> usize;

    /// Reads the samples at `rows` consecutively into `out`, whose length must match.
    ///
    /// # Errors
    /// [`crate::error::Error::Io`] or [`crate::error::Error::Data`] if a sample cannot be read.
    fn read(&self, rows: &[i64], out: &mut [u8]) -> Result<()>;

    /// Like [`Reader::read`], without affecting a sequential pass over all samples.
    ///
    /// # Errors
    /// See [`Reader::read`].
    fn peek(&self, rows: &[i64], out: &mut [u8]) -> Result<()> {
        self.read(rows, out)
    }

    /// Announces that the samples in `rows` will be read soon.
    fn announce(&self, _rows: Range<usize>) {}

    /// Bytes per sample.
    fn bytes(&self) -> usize {
        self.sizes().iter().product::<i64>() as usize * width(self.kind())
    }
}

/// Target number of bytes per sequential read.
const BLOCK: usize = 1 << 20;
/// Bytes per shuffling window. They are held in the system's page cache, not in this process.
const WINDOW: usize = 1 << 28;
/// Maximum number of samples per window: their order is kept in memory.
const MIXED: usize = 1 << 21;

/// Access for consecutive samples of `bytes` bytes.
pub fn near(bytes: usize) -> Access {
    let block = (BLOCK / bytes.max(1)).max(1);
    let blocks = (WINDOW / BLOCK).min(MIXED / block).max(1);
    Access::Near { block, window: blocks * block }
}

/// Largest allowed absolute value: its square is finite in float64.
pub const LARGEST: f64 = 1e150;

// Bytes per value.
fn width(kind: Kind) -> usize {
    match kind {
        Kind::Uint8 => 1,
        Kind::Double => 8,
        _ => 4,
    }
}

/// Checks that all values are finite and at most [`LARGEST`] in absolute value; bytes always are.
///
/// # Errors
/// [`Error::Data`] with the index of the first invalid sample.
pub fn check_finite(reader: &dyn Reader, rows: &[i64], values: &[u8]) -> Result<()> {
    let place = match reader.kind() {
        Kind::Uint8 => None,
        Kind::Double => first_wrong(values, reader.bytes(), |v| f64::from_ne_bytes(v).abs() <= LARGEST),
        _ => first_wrong(values, reader.bytes(), |v| f32::from_ne_bytes(v).is_finite()),
    };
    let Some(place) = place else { return Ok(()) };
    let limit = if reader.kind() == Kind::Double { format!(" or beyond {LARGEST:e}") } else { String::new() };
    Err(Error::Data(format!("X: sample {} holds a value that is not finite{limit}", rows[place])))
}

// Index of the first sample (of `bytes` bytes) with a value of N bytes that fails `fits`.
fn first_wrong<const N: usize>(values: &[u8], bytes: usize, fits: impl Fn([u8; N]) -> bool) -> Option<usize> {
    let fits = |value: &[u8]| value.try_into().is_ok_and(&fits);
    values.chunks_exact(bytes).position(|sample| !sample.chunks_exact(N).all(fits))
}
