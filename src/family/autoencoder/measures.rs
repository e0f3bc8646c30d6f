//! What is measured of an autoencoder's code once an epoch, over one fixed part of the data.

use tch::{Kind, Tensor};

use super::model::Model;
use crate::base::Mixture;
use crate::bottleneck::Density;
use crate::data::Batch;
use crate::error::Result;

/// A latent whose mean varies by more than this over the data is in use (Burda et al., "Importance Weighted
/// Autoencoders", 2016, section 5.2).
const ACTIVE: f64 = 0.01;

/// Number of latents in use, and the information about the sample in a latent: log q(z | x) - log q(z) in the mean, in
/// nats, q(z) being the mixture of the batch's posteriors, so at most log b (Hoffman and Johnson, "ELBO Surgery", 2016).
/// The second is NaN where posteriors are not Gaussian.
pub fn latents(model: &Model, batch: &Batch, noise: &Tensor) -> Result<[f64; 2]> {
    let point = model.point(&batch.x, batch.labels.as_ref())?;
    let variance = point.f_var_dim([0i64].as_slice(), false, false)?;
    let active = variance.f_gt(ACTIVE)?.f_sum(Kind::Double)?.f_double_value(&[])?;
    let coded = model.encode(&batch.x, batch.labels.as_ref(), noise)?;
    let Density::Gaussian(diagonal) = coded.density else {
        return Ok([active, f64::NAN]);
    };
    let (n, density) = (batch.x.size()[0], diagonal.log_density(noise)?);
    let log_weight = Tensor::f_full([n], -(n as f64).ln(), (Kind::Float, batch.x.device()))?;
    let all = Mixture {
        mean: diagonal.mean,
        log_variance: diagonal.log_variance,
        log_weight,
    };
    let information = density.f_sub(&all.log_density(&coded.latent)?)?.f_mean(Kind::Double)?;
    Ok([active, information.f_double_value(&[])?])
}

/// exp(entropy) of how often each code is used: between 1 and the number of codes.
pub fn perplexity(model: &Model, batch: &Batch, n_codes: i64) -> Result<f64> {
    let Some(indices) = model.indices(&batch.x, batch.labels.as_ref())? else {
        return Ok(f64::NAN);
    };
    let counts = indices.f_flatten(0, -1)?.f_bincount(None::<&Tensor>, n_codes)?.f_to_kind(Kind::Double)?;
    let shares = counts.f_div(&counts.f_sum(Kind::Double)?)?;
    let entropy = shares.f_mul(&shares.f_clamp_min(1e-30)?.f_log()?)?.f_sum(Kind::Double)?.f_neg()?;
    Ok(entropy.f_exp()?.f_double_value(&[])?)
}
