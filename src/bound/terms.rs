//! What bounds are made of.

use tch::Tensor;

use crate::base::{Diagonal, Ranks};
use crate::error::Result;

/// Terms of one batch: `b` samples, `k` latents drawn for each.
pub struct Terms<'a> {
    /// log p(x | latent), `[k, b]`.
    pub log_likelihood: &'a Tensor,
    /// KL(posterior, prior) in closed form, by dimension `[b, latent_dim]`, where it is known.
    pub kl: Option<&'a Tensor>,
    /// log q(latent | x) - log p(latent), `[k, b]`, where it was asked for or the closed form is not known.
    pub log_ratio: Option<&'a Tensor>,
    /// `[k, b, latent_dim]`.
    pub latent: &'a Tensor,
    /// The posterior, where it is a diagonal Gaussian.
    pub posterior: Option<&'a Diagonal>,
    /// Draws from the prior, `[b, latent_dim]`, where they were asked for.
    pub prior: Option<&'a Tensor>,
    /// Weight of the divergence.
    pub weight: f64,
    /// Nats a dimension that cost nothing.
    pub free_bits: f64,
    /// Nats that the divergence is led to, if any.
    pub capacity: Option<f64>,
    /// The processes, each of which has as many samples; losses are averaged over them.
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

/// What a bound makes of them.
pub struct Outcome {
    /// To be minimised, 0-d.
    pub loss: Tensor,
    /// The bound's own term, 0-d.
    pub term: Option<Tensor>,
    /// Factors of what goes back along each latent, `[k, b]`, where the bound weighs paths.
    pub paths: Option<Tensor>,
}

impl Outcome {
    /// Nothing but a loss.
    pub fn of(loss: Tensor) -> Self {
        Outcome { loss, term: None, paths: None }
    }
}
