//! The slope of the discriminator: the gradient of a score with respect to its sample.

use tch::{Kind, Tensor};

use super::Network;
use crate::error::Result;

/// Squared length of the slope at each of some samples, `[n]`, differentiable with respect to the weights.
pub fn squares(critic: Network, samples: &Tensor) -> Result<Tensor> {
    let samples = samples.f_detach()?.f_set_requires_grad(true)?;
    // Scores of other samples do not depend on a sample, so the gradient of the sum holds the slopes of all.
    let total = critic(&samples)?.f_sum(Kind::Float)?;
    let slopes = Tensor::f_run_backward(&[&total], &[&samples], true, true)?;
    let rows = slopes[0].f_flatten(1, -1)?;
    Ok(rows.f_square()?.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?)
}

/// How far the lengths of slopes are from 1, or above it, squared, on average.
pub fn from_one(critic: Network, samples: &Tensor, above: bool) -> Result<Tensor> {
    // The root has no slope at 0, and a bound has none below it.
    let lengths = squares(critic, samples)?.f_clamp_min(1e-30)?.f_sqrt()?;
    let distances = lengths.f_add_scalar(-1.0)?;
    let distances = if above { distances.f_relu()? } else { distances };
    Ok(distances.f_square()?.f_mean(None)?)
}

/// Samples on the lines between pairs, each at the part of its way that `noise` `[n, 1, ...]` says.
pub fn between(real: &Tensor, fake: &Tensor, noise: Option<&Tensor>) -> Result<Tensor> {
    Ok(match noise {
        Some(noise) => fake.f_add(&real.f_sub(fake)?.f_mul(noise)?)?,
        None => real.shallow_clone(),
    })
}
