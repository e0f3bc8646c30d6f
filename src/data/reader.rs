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

    /// Of the values: uint8, or float32 or float64 in this machine's order of bytes.
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
        self.sizes().iter().product::<i64>() as usize * width(self.kind())
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

/// Largest size of a value: its square is a float64.
pub const LARGEST: f64 = 1e150;

// Bytes of a value.
fn width(kind: Kind) -> usize {
    match kind {
        Kind::Uint8 => 1,
        Kind::Double => 8,
        _ => 4,
    }
}

/// Whether all values of these samples are finite and at most [`LARGEST`], which bytes always are.
///
/// # Errors
/// [`Error::Data`] with the number of the first sample that holds another.
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

// The first sample of so many bytes with a value of N bytes that does not fit.
fn first_wrong<const N: usize>(values: &[u8], bytes: usize, fits: impl Fn([u8; N]) -> bool) -> Option<usize> {
    let fits = |value: &[u8]| value.try_into().is_ok_and(&fits);
    values.chunks_exact(bytes).position(|sample| !sample.chunks_exact(N).all(fits))
}
