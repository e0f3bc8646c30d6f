//! Gaussian: the encoder outputs mean and log variance of each latent, which is drawn as mean + standard deviation *
//! noise.
//!
//! Source: Kingma and Welling, "Auto-Encoding Variational Bayes", 2014.

use tch::Tensor;

use super::{Bottleneck, Coded, Density};
use crate::base::{Code, Diagonal, Tape};
use crate::error::Result;
use crate::layer::Parts;
use crate::member;

member! {
    "gaussian": "a diagonal Gaussian for each sample (Kingma and Welling, 2014)",
    pub struct Gaussian {}
}

impl Bottleneck for Gaussian {
    fn features(&self, latent_dim: i64) -> Code {
        Code::Row(2 * latent_dim)
    }

    fn stochastic(&self) -> bool {
        true
    }

    fn gaussian(&self) -> bool {
        true
    }

    fn encode(&self, features: &Tensor, noise: &Tensor, parts: &Parts) -> Result<Coded> {
        let diagonal = Diagonal::split(features)?.limited(parts.training)?;
        Ok(Coded {
            latent: diagonal.draw(noise)?,
            density: Density::Gaussian(diagonal),
            penalty: None,
        })
    }

    fn encode_on(&self, tape: &Tape, features: &Tensor, noise: &Tensor, _: &Parts) -> Result<Coded> {
        let (diagonal, latent) = Diagonal::drawn(tape, features, noise)?;
        Ok(Coded { latent, density: Density::Gaussian(diagonal), penalty: None })
    }
}
