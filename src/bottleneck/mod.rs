//! Bottlenecks: how a latent is computed from the encoder's output.

mod code;
mod gaussian;
mod iaf;
mod plain;
mod vector_quantized;

use tch::Tensor;

pub use code::{Coded, Density};

use crate::base::{Code, ParamSpec, Tape};
use crate::error::Result;
use crate::layer::Parts;
use crate::registry;
use crate::registry::Member;

/// Maps the encoder's output to the decoder's input.
pub trait Bottleneck: Member {
    /// Shape of the encoder's output, for latents or codes of this length.
    fn features(&self, latent_dim: i64) -> Code;

    /// Shape of the decoder's input.
    fn code(&self, latent_dim: i64) -> Code {
        Code::Row(latent_dim)
    }

    /// Number of codes, if there is a codebook.
    fn n_codes(&self) -> Option<i64> {
        None
    }

    /// True if latents are drawn, so that they have a density and a prior.
    fn stochastic(&self) -> bool {
        false
    }

    /// True if the density of a latent is a diagonal Gaussian.
    fn gaussian(&self) -> bool {
        false
    }

    /// Name of its penalty, if it has one.
    fn penalty(&self) -> Option<&'static str> {
        None
    }

    /// Trained parameters.
    fn parameters(&self, _latent_dim: i64) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// Buffers that are updated in training; initially 0.
    fn buffers(&self, _latent_dim: i64) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// Computes latents from the encoder's output.
    ///
    /// # Shapes
    /// `features` is `[b, ...]`; `noise` is `[k, b, latent_dim]`, standard normal, used if latents are drawn.
    fn encode(&self, features: &Tensor, noise: &Tensor, parts: &Parts) -> Result<Coded>;

    /// Like [`Bottleneck::encode`], in training, with a backward function on the tape if that is faster than autograd.
    fn encode_on(&self, _tape: &Tape, features: &Tensor, noise: &Tensor, parts: &Parts) -> Result<Coded> {
        self.encode(features, noise, parts)
    }

    /// Indices of the codes, `[b, places]` int64, if there is a codebook.
    fn indices(&self, _: &Tensor, _: &Parts) -> Result<Option<Tensor>> {
        Ok(None)
    }

    /// Codes by index: maps `[b, places]` to `[b, places, latent_dim]`, if there is a codebook.
    fn lookup(&self, _indices: &Tensor, _: &Parts) -> Result<Option<Tensor>> {
        Ok(None)
    }
}

registry! {
    /// All bottlenecks.
    pub static BOTTLENECKS: dyn Bottleneck = "bottleneck" [
        plain::Plain,
        gaussian::Gaussian,
        iaf::Iaf,
        vector_quantized::VectorQuantized,
    ];
}
