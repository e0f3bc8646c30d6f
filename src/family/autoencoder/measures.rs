//! Metrics of an autoencoder's latents, computed once per epoch on a fixed part of the data.

use tch::{Kind, Tensor};

use super::model::Model;
use crate::base::Mixture;
use crate::bottleneck::Density;
use crate::data::Batch;
use crate::error::Result;

/// A latent dimension is active if the variance of its mean over the data exceeds this (Burda et al., "Importance
/// Weighted Autoencoders", 2016, section 5.2).
const ACTIVE: f64 = 0.01;

/// Number of active latent dimensions, and the mutual information of sample and latent: the mean of log q(z | x) - log
/// q(z), in nats, with q(z) the mixture of the batch's posteriors, so at most log b (Hoffman and Johnson, "ELBO
/// Surgery", 2016). The second is NaN if posteriors are not Gaussian.
pub fn latents(model: &Model, batch: &Batch, noise: &Tensor) -> Result<[f64; 2]> {
    let point = model.point(&batch.x, batch.given.as_ref())?;
    let variance = point.f_var_dim([0i64].as_slice(), false, false)?;
    let active = variance.f_gt(ACTIVE)?.f_sum(Kind::Double)?.f_double_value(&[])?;
    let coded = model.encode(&batch.x, batch.given.as_ref(), noise)?;
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

/// Perplexity: exp(entropy) of the frequencies of codes, between 1 and the number of codes.
pub fn perplexity(model: &Model, batch: &Batch, n_codes: i64) -> Result<f64> {
    let Some(indices) = model.indices(&batch.x, batch.given.as_ref())? else {
        return Ok(f64::NAN);
    };
    let counts = indices.f_flatten(0, -1)?.f_bincount(None::<&Tensor>, n_codes)?.f_to_kind(Kind::Double)?;
    let shares = counts.f_div(&counts.f_sum(Kind::Double)?)?;
    let entropy = shares.f_mul(&shares.f_clamp_min(1e-30)?.f_log()?)?.f_sum(Kind::Double)?.f_neg()?;
    Ok(entropy.f_exp()?.f_double_value(&[])?)
}
