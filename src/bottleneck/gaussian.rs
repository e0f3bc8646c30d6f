//! Gaussian: the encoder outputs mean and log variance of each latent, which is drawn as mean + standard deviation *
//! noise.
//!
//! Source: Kingma and Welling, "Auto-Encoding Variational Bayes", 2014.

use tch::Tensor;

use super::{Bottleneck, BottleneckSpec, Coded, Density};
use crate::base::{Code, Diagonal, Tape};
use crate::error::Result;
use crate::layer::Parts;
use crate::registry::Member;

/// The `gaussian` bottleneck.
pub struct Gaussian;

impl Member for Gaussian {
    fn name(&self) -> &'static str {
        "gaussian"
    }

    fn describe(&self) -> &'static str {
        "a diagonal Gaussian for each sample (Kingma and Welling, 2014)"
    }
}

impl Bottleneck for Gaussian {
    fn features(&self, spec: &BottleneckSpec) -> Code {
        Code::Row(2 * spec.latent_dim)
    }

    fn stochastic(&self) -> bool {
        true
    }

    fn gaussian(&self) -> bool {
        true
    }

    fn encode(&self, _: &BottleneckSpec, features: &Tensor, noise: &Tensor, parts: &Parts) -> Result<Coded> {
        let diagonal = Diagonal::split(features)?.limited(parts.training)?;
        Ok(Coded {
            latent: diagonal.draw(noise)?,
            density: Density::Gaussian(diagonal),
            penalty: None,
        })
    }

    fn encode_on(
        &self,
        tape: &Tape,
        _: &BottleneckSpec,
        features: &Tensor,
        noise: &Tensor,
        _: &Parts,
    ) -> Result<Coded> {
        let (diagonal, latent) = Diagonal::drawn(tape, features, noise)?;
        Ok(Coded { latent, density: Density::Gaussian(diagonal), penalty: None })
    }
}
