//! A CPU tensor's memory as a Rust slice, for loops that libtorch would split over several kernels.

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

fn check(tensor: &Tensor) -> Result<()> {
    let dense = tensor.device() == Device::Cpu && tensor.f_kind()? == Kind::Float && tensor.is_contiguous();
    // An empty tensor has a null pointer, of which no slice can be made.
    if dense && tensor.numel() > 0 {
        return Ok(());
    }
    Err(Error::Torch("expected a contiguous float32 tensor on the CPU".into()))
}
