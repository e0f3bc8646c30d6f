//! ELBO: -log p(x | z) + beta KL(q(z | x), p(z)), the exact bound for beta = 1; a larger beta compresses the latents.
//!
//! Source: Kingma and Welling, "Auto-Encoding Variational Bayes", 2014; Higgins et al., "beta-VAE", 2017. With free
//! bits, the mean KL of each dimension is bounded below (Kingma et al., "Improved Variational Inference with Inverse
//! Autoregressive Flow", 2016, appendix C.8); with a capacity, the distance of the KL from it is penalised (Burgess et
//! al., "Understanding Disentangling in beta-VAE", 2018).

use tch::Kind;

use super::{mean, Bound, Needs, Outcome, Terms};
use crate::error::Result;
use crate::member;

member! {
    "elbo": "reconstruction plus beta times the KL divergence (Kingma and Welling, 2014)",
    pub struct Elbo {}
}

impl Bound for Elbo {
    fn loss(&self, terms: &Terms) -> Result<Outcome> {
        let mut loss = mean(terms.log_likelihood)?.f_neg()?;
        if let Some(kl) = terms.kl {
            let by_dimension = of_all(kl.f_mean_dim([0i64].as_slice(), false, Kind::Float)?, terms)?;
            let by_dimension = match terms.free_bits > 0.0 {
                true => by_dimension.f_clamp_min(terms.free_bits)?,
                false => by_dimension,
            };
            loss = loss.f_add(&weighted(by_dimension.f_sum(Kind::Float)?, terms)?)?;
        } else if let Some(ratio) = terms.log_ratio {
            let kl = of_all(mean(ratio)?, terms)?;
            let dimensions = terms.latent.size().last().copied().unwrap_or(1) as f64;
            let kl = match terms.free_bits > 0.0 {
                // Only the sum over dimensions is known.
                true => kl.f_clamp_min(terms.free_bits * dimensions)?,
                false => kl,
            };
            loss = loss.f_add(&weighted(kl, terms)?)?;
        }
        Ok(Outcome::of(loss))
    }

    fn needs(&self) -> Needs {
        Needs::Nothing
    }

    fn shapes_kl(&self) -> bool {
        true
    }
}

// Mean over the samples of all processes, for terms that are nonlinear in it.
fn of_all(mean: tch::Tensor, terms: &Terms) -> Result<tch::Tensor> {
    match terms.free_bits > 0.0 || terms.capacity.is_some() {
        true => terms.ranks.mean(&mean),
        false => Ok(mean),
    }
}

fn weighted(kl: tch::Tensor, terms: &Terms) -> Result<tch::Tensor> {
    let kl = match terms.capacity {
        Some(capacity) => kl.f_add_scalar(-capacity)?.f_abs()?,
        None => kl,
    };
    Ok(kl.f_mul_scalar(terms.weight)?)
}
