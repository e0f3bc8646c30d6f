//! A CPU tensor's memory as a Rust slice, for loops that libtorch would split into several kernels; and slices shared
//! among threads.

use std::marker::PhantomData;
use std::ops::Range;

use tch::{Device, Kind, Tensor};

use crate::error::{Error, Result};

/// The values of a contiguous float32 CPU tensor, mutable.
///
/// # Errors
/// [`Error::Torch`] for any other tensor.
pub fn as_mut_slice(tensor: &mut Tensor) -> Result<&mut [f32]> {
    check(tensor)?;
    // SAFETY: the tensor is contiguous float32 memory of `numel` values on the CPU; the tensor is borrowed as long as
    // the slice, and callers pass tensors whose storage they own (flat buffers), so no other slice aliases it.
    Ok(unsafe { std::slice::from_raw_parts_mut(tensor.data_ptr().cast::<f32>(), tensor.numel()) })
}

/// The values of a contiguous float32 CPU tensor.
///
/// # Errors
/// [`Error::Torch`] for any other tensor.
pub fn as_slice(tensor: &Tensor) -> Result<&[f32]> {
    check(tensor)?;
    // SAFETY: as above, and shared: nothing writes to the tensor while the slice is borrowed.
    Ok(unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast::<f32>(), tensor.numel()) })
}

/// The bytes of a contiguous uint8 CPU tensor.
///
/// # Errors
/// [`Error::Torch`] for any other tensor.
pub fn as_bytes(tensor: &Tensor) -> Result<&[u8]> {
    let dense = tensor.device() == Device::Cpu && tensor.f_kind()? == Kind::Uint8 && tensor.is_contiguous();
    if !dense || tensor.numel() == 0 {
        return Err(Error::Torch("expected a contiguous uint8 tensor on the CPU".into()));
    }
    // SAFETY: the tensor is contiguous memory of `numel` bytes on the CPU; nothing writes to it while the slice is
    // borrowed.
    Ok(unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast::<u8>(), tensor.numel()) })
}

/// The memory of a contiguous CPU tensor of uint8, float32 or float64, to be filled.
///
/// # Errors
/// [`Error::Torch`] for any other tensor.
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
    // SAFETY: contiguous memory of `numel` values of this size, for which all bit patterns are valid; the tensor is
    // borrowed as long as the slice, and callers pass tensors that are not shared.
    Ok(unsafe { std::slice::from_raw_parts_mut(tensor.data_ptr().cast::<u8>(), tensor.numel() * width) })
}

fn check(tensor: &Tensor) -> Result<()> {
    let dense = tensor.device() == Device::Cpu && tensor.f_kind()? == Kind::Float && tensor.is_contiguous();
    // An empty tensor has a null pointer, which is not allowed in a slice.
    if dense && tensor.numel() > 0 {
        return Ok(());
    }
    Err(Error::Torch("expected a contiguous float32 tensor on the CPU".into()))
}

/// Memory whose parts are written by several threads at the same time.
pub struct Shares<'a> {
    first: *mut f32,
    len: usize,
    borrowed: PhantomData<&'a mut [f32]>,
}

// SAFETY: `part` is the only access to the memory, and its callers guarantee that parts do not overlap.
unsafe impl Sync for Shares<'_> {}
// SAFETY: as above; floats may be written from any thread.
unsafe impl Send for Shares<'_> {}

impl<'a> Shares<'a> {
    /// Shares `whole`, which stays borrowed as long as parts are in use.
    pub fn new(whole: &'a mut [f32]) -> Self {
        Shares {
            first: whole.as_mut_ptr(),
            len: whole.len(),
            borrowed: PhantomData,
        }
    }

    /// Memory that is only read.
    ///
    /// # Safety
    /// No thread may write to it.
    pub unsafe fn read(whole: &'a [f32]) -> Self {
        Shares {
            first: whole.as_ptr().cast_mut(),
            len: whole.len(),
            borrowed: PhantomData,
        }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if there are no values.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Pointer to the first value, for strided access.
    pub fn pointer(&self) -> *mut f32 {
        self.first
    }

    /// A sub-range as shared memory, truncated at the end of this one.
    pub fn narrow(&self, range: Range<usize>) -> Shares<'a> {
        let (start, end) = (range.start.min(self.len), range.end.min(self.len));
        // `start` is at most the end of the memory.
        Shares {
            first: self.first.wrapping_add(start),
            len: end.saturating_sub(start),
            borrowed: PhantomData,
        }
    }

    /// The whole memory, for reading.
    ///
    /// # Safety
    /// No thread may write to it while the slice is in use.
    pub unsafe fn whole(&self) -> &'a [f32] {
        // SAFETY: the memory is borrowed for this lifetime; the caller guarantees that nothing writes to it.
        unsafe { std::slice::from_raw_parts(self.first, self.len) }
    }

    /// A part of the memory, truncated at its end.
    ///
    /// # Safety
    /// Overlapping parts must not be in use at the same time, unless all of them are only read.
    #[allow(clippy::mut_from_ref)] // shared on purpose
    pub unsafe fn part(&self, range: Range<usize>) -> &'a mut [f32] {
        let (start, end) = (range.start.min(self.len), range.end.min(self.len));
        // SAFETY: the range lies within the borrowed memory; the caller guarantees that parts do not overlap.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(start), end.saturating_sub(start)) }
    }
}
