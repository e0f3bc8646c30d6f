//! Norms of the gradients of the discriminator's scores with respect to its samples.

use tch::{Kind, Tensor};

use super::Forward;
use crate::error::Result;

/// Squared gradient norm at each sample, `[n]`, differentiable with respect to the weights; see [`super::Subject::slopes`].
pub fn squares(slopes: Forward, samples: &Tensor) -> Result<Tensor> {
    let rows = slopes(samples)?.f_flatten(1, -1)?;
    Ok(rows.f_square()?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?)
}

/// Mean squared difference of the gradient norms from 1; with `above`, of norms above 1 only.
pub fn from_one(slopes: Forward, samples: &Tensor, above: bool) -> Result<Tensor> {
    // The square root has no derivative at 0, and one-sided penalties none below the bound.
    let lengths = squares(slopes, samples)?.f_clamp_min(1e-30)?.f_sqrt()?;
    let distances = lengths.f_add_scalar(-1.0)?;
    let distances = if above { distances.f_relu()? } else { distances };
    Ok(distances.f_square()?.f_mean(None)?)
}

/// Interpolates between pairs of samples; `noise` `[n, 1, ...]` is the fraction.
pub fn between(real: &Tensor, fake: &Tensor, noise: Option<&Tensor>) -> Result<Tensor> {
    Ok(match noise {
        Some(noise) => fake.f_add(&real.f_sub(fake)?.f_mul(noise)?)?,
        None => real.shallow_clone(),
    })
}
