//! Order of axes: networks have the channels first, arrays and memory have them last.

use tch::Tensor;

use crate::error::Result;

/// A view of `[n, channels, ...sides]` as `[n, ...sides, channels]`.
pub fn channels_last(x: &Tensor) -> Result<Tensor> {
    Ok(x.f_movedim_int(1, -1)?)
}

/// A view of `[n, ...sides, channels]` as `[n, channels, ...sides]`.
pub fn channels_first(x: &Tensor) -> Result<Tensor> {
    Ok(x.f_movedim_int(-1, 1)?)
}
