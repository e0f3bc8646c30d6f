//! Total correlation: the ELBO in which only the dependence between latents is weighted, -log p(x | z) + KL + (beta - 1)
//! TC, with TC = KL(q(z), prod q(z_j)) estimated within the batch.
//!
//! Source: Chen et al., "Isolating Sources of Disentanglement in Variational Autoencoders", 2018, equation 4 and its
//! minibatch-weighted sampling, whose constant (the size of the data) has no gradient and is left out.

use tch::{Kind, Tensor};

use super::{mean, Bound, Needs, Outcome, Terms};
use crate::error::Result;
use crate::member;

const LOG_2_PI: f64 = 1.837_877_066_409_345_5;

member! {
    "total_correlation": "the ELBO with beta on the dependence between latents (Chen et al., 2018)",
    pub struct TotalCorrelation {}
}

impl Bound for TotalCorrelation {
    fn loss(&self, terms: &Terms) -> Result<Outcome> {
        let loss = mean(terms.log_likelihood)?.f_neg()?;
        let kl = match (terms.kl, terms.log_ratio) {
            (Some(kl), _) => mean(&kl.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?)?,
            (None, Some(ratio)) => mean(ratio)?,
            (None, None) => loss.f_zeros_like()?,
        };
        let Some(posterior) = terms.posterior else {
            return Ok(Outcome::of(loss.f_add(&kl)?));
        };
        let ranks = terms.ranks;
        let all = [&terms.latent.f_select(0, 0)?, &posterior.mean, &posterior.log_variance].map(|x| ranks.union(x));
        let [latent, mean, log_variance] = all;
        let correlation = ranks.whole(&total_correlation(&latent?, &mean?, &log_variance?)?)?;
        let weighted = correlation.f_mul_scalar(terms.weight - 1.0)?;
        Ok(Outcome {
            loss: loss.f_add(&kl)?.f_add(&weighted)?,
            term: Some(correlation),
            paths: None,
        })
    }

    fn needs(&self) -> Needs {
        Needs::Gaussian
    }

    fn column(&self) -> Option<&'static str> {
        Some("total_correlation")
    }

    fn beta(&self) -> f64 {
        6.0
    }
}

fn total_correlation(latent: &Tensor, mean: &Tensor, log_variance: &Tensor) -> Result<Tensor> {
    // [b, b, d]: the density of each latent under each posterior, dimension by dimension.
    let error = latent.f_unsqueeze(1)?.f_sub(mean)?.f_square()?;
    let scaled = error.f_mul(&log_variance.f_neg()?.f_exp()?)?;
    let log_density = scaled.f_add(log_variance)?.f_add_scalar(LOG_2_PI)?.f_mul_scalar(-0.5)?;
    let log_b = (latent.size()[0] as f64).ln();
    let joint = log_density.f_sum_dim_intlist([2i64].as_slice(), false, Kind::Float)?;
    let joint = joint.f_logsumexp([1i64].as_slice(), false)?.f_add_scalar(-log_b)?;
    let single = log_density.f_logsumexp([1i64].as_slice(), false)?.f_add_scalar(-log_b)?;
    super::mean(&joint.f_sub(&single.f_sum_dim_intlist([1i64].as_slice(), false, Kind::Float)?)?)
}
