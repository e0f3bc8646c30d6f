//! Reshaping of a decoder's outputs and of samples for comparison.

use tch::{Kind, Tensor};

use crate::error::Result;

/// Outputs `[k, b, channels, rest]` and samples `[b, channels, rest]`.
pub(super) fn paired(outputs: &Tensor, x: &Tensor) -> Result<(Tensor, Tensor)> {
    let size = x.size();
    let (b, channels) = (size[0], size[1]);
    let x = x.f_reshape([b, channels, -1])?;
    Ok((outputs.f_reshape([-1, b, channels, x.size()[2]])?, x))
}

/// Sums over the values of each sample: maps `[k, b, ...]` to `[k, b]`.
pub(super) fn summed(values: &Tensor) -> Result<Tensor> {
    Ok(values.f_flatten(2, -1)?.f_sum_dim_intlist([-1i64].as_slice(), false, Kind::Float)?)
}
