//! Inputs and results of bounds.

use tch::Tensor;

use crate::base::{Diagonal, Ranks};
use crate::error::Result;

/// Terms of one batch: `b` samples, `k` latents drawn for each.
pub struct Terms<'a> {
    /// log p(x | latent), `[k, b]`.
    pub log_likelihood: &'a Tensor,
    /// KL(posterior, prior) in closed form, by dimension `[b, latent_dim]`, if known.
    pub kl: Option<&'a Tensor>,
    /// log q(latent | x) - log p(latent), `[k, b]`, if requested or if there is no closed form.
    pub log_ratio: Option<&'a Tensor>,
    /// `[k, b, latent_dim]`.
    pub latent: &'a Tensor,
    /// The posterior, if it is a diagonal Gaussian.
    pub posterior: Option<&'a Diagonal>,
    /// Draws from the prior, `[b, latent_dim]`, if requested.
    pub prior: Option<&'a Tensor>,
    /// Weight of the divergence.
    pub weight: f64,
    /// Divergence per dimension that is not penalised, in nats.
    pub free_bits: f64,
    /// Target of the divergence in nats, if any.
    pub capacity: Option<f64>,
    /// The processes, with equal numbers of samples each; losses are averaged over them.
    pub ranks: &'a Ranks,
}

impl Terms<'_> {
    /// log p(x | z) - beta (log q(z | x) - log p(z)), `[k, b]`.
    pub fn log_weight(&self) -> Result<Tensor> {
        Ok(match self.log_ratio {
            Some(ratio) => self.log_likelihood.f_sub(&ratio.f_mul_scalar(self.weight)?)?,
            None => self.log_likelihood.shallow_clone(),
        })
    }
}

/// Result of a bound.
pub struct Outcome {
    /// Loss to minimise, 0-d.
    pub loss: Tensor,
    /// The bound's own term, 0-d.
    pub term: Option<Tensor>,
    /// Weights of the gradient through each latent, `[k, b]`, if the bound weighs paths.
    pub paths: Option<Tensor>,
}

impl Outcome {
    /// A result with a loss only.
    pub fn of(loss: Tensor) -> Self {
        Outcome { loss, term: None, paths: None }
    }
}
