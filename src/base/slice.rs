//! A CPU tensor's memory as a Rust slice, for loops that libtorch would split over several kernels; and a slice that threads
//! share.

use std::marker::PhantomData;
use std::ops::Range;

use tch::{Device, Kind, Tensor};

use crate::error::{Error, Result};

/// The values of a contiguous float32 CPU tensor, to be changed in place.
///
/// # Errors
/// [`Error::Torch`] if the tensor is none.
pub fn as_mut_slice(tensor: &mut Tensor) -> Result<&mut [f32]> {
    check(tensor)?;
    // SAFETY: the tensor is dense float32 memory of `numel` values on the CPU; the borrow of the tensor lasts as long as
    // the slice, and the callers hand in tensors whose storage they own (flat buffers), so no other slice aliases it.
    Ok(unsafe { std::slice::from_raw_parts_mut(tensor.data_ptr().cast::<f32>(), tensor.numel()) })
}

/// The values of a contiguous float32 CPU tensor.
///
/// # Errors
/// [`Error::Torch`] if the tensor is none.
pub fn as_slice(tensor: &Tensor) -> Result<&[f32]> {
    check(tensor)?;
    // SAFETY: as above, and shared: nothing writes to the tensor while the slice is borrowed.
    Ok(unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast::<f32>(), tensor.numel()) })
}

/// The values of a contiguous uint8 CPU tensor, with anything in it.
///
/// # Errors
/// [`Error::Torch`] if the tensor is none.
pub fn as_bytes(tensor: &Tensor) -> Result<&[u8]> {
    let dense = tensor.device() == Device::Cpu && tensor.f_kind()? == Kind::Uint8 && tensor.is_contiguous();
    if !dense || tensor.numel() == 0 {
        return Err(Error::Torch("expected a contiguous uint8 tensor on the CPU".into()));
    }
    // SAFETY: the tensor is dense memory of `numel` bytes on the CPU; nothing writes to it while the slice is borrowed.
    Ok(unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast::<u8>(), tensor.numel()) })
}

/// The memory of a contiguous CPU tensor of uint8, float32 or float64, with anything in it, to be filled.
///
/// # Errors
/// [`Error::Torch`] if the tensor is none.
pub fn as_mut_bytes(tensor: &mut Tensor) -> Result<&mut [u8]> {
    let width = match tensor.f_kind()? {
        Kind::Uint8 => 1,
        Kind::Float => 4,
        Kind::Double => 8,
        _ => 0,
    };
    if tensor.device() != Device::Cpu || !tensor.is_contiguous() || tensor.numel() * width == 0 {
        return Err(Error::Torch("expected a contiguous tensor of uint8, float32 or float64 on the CPU".into()));
    }
    // SAFETY: dense memory of `numel` values of so many bytes, for all of which any bits are a value; the borrow of the
    // tensor lasts as long as the slice, and the callers hand in tensors that nobody else has.
    Ok(unsafe { std::slice::from_raw_parts_mut(tensor.data_ptr().cast::<u8>(), tensor.numel() * width) })
}

fn check(tensor: &Tensor) -> Result<()> {
    let dense = tensor.device() == Device::Cpu && tensor.f_kind()? == Kind::Float && tensor.is_contiguous();
    // An empty tensor has a null pointer, of which no slice can be made.
    if dense && tensor.numel() > 0 {
        return Ok(());
    }
    Err(Error::Torch("expected a contiguous float32 tensor on the CPU".into()))
}

/// Memory of which threads write different parts at the same time.
pub struct Shares<'a> {
    first: *mut f32,
    len: usize,
    borrowed: PhantomData<&'a mut [f32]>,
}

// SAFETY: the only way to the memory is `part`, whose callers promise not to overlap.
unsafe impl Sync for Shares<'_> {}
// SAFETY: as above; floats may be written from any thread.
unsafe impl Send for Shares<'_> {}

impl<'a> Shares<'a> {
    /// The whole, borrowed for as long as parts are in use.
    pub fn new(whole: &'a mut [f32]) -> Self {
        Shares {
            first: whole.as_mut_ptr(),
            len: whole.len(),
            borrowed: PhantomData,
        }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no value at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Where the memory begins, for code that works on parts that are no ranges.
    pub fn pointer(&self) -> *mut f32 {
        self.first
    }

    /// A part as a whole of its own; cut off where this one ends.
    pub fn narrow(&self, range: Range<usize>) -> Shares<'a> {
        let (start, end) = (range.start.min(self.len), range.end.min(self.len));
        // `start` lies within the memory, or at its end.
        Shares {
            first: self.first.wrapping_add(start),
            len: end.saturating_sub(start),
            borrowed: PhantomData,
        }
    }

    /// The whole, to be read.
    ///
    /// # Safety
    /// Nobody may write to it while it is in use.
    pub unsafe fn whole(&self) -> &'a [f32] {
        // SAFETY: the memory is borrowed for this long; the caller promises that nobody writes.
        unsafe { std::slice::from_raw_parts(self.first, self.len) }
    }

    /// A part; cut off where the whole ends.
    ///
    /// # Safety
    /// No two parts that overlap may be in use at the same time, unless all of them are only read.
    #[allow(clippy::mut_from_ref)] // the point of it
    pub unsafe fn part(&self, range: Range<usize>) -> &'a mut [f32] {
        let (start, end) = (range.start.min(self.len), range.end.min(self.len));
        // SAFETY: the range lies within the borrowed whole; the caller promises that parts do not overlap.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(start), end.saturating_sub(start)) }
    }
}
