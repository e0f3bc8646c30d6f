//! What lies between encoder and decoder: how the encoder's output becomes a latent.

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
use crate::registry::{Member, Registry};

/// Settings of a bottleneck.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BottleneckSpec {
    /// Length of a latent, or of one code.
    pub latent_dim: i64,
    /// Weight of the squared length of a latent.
    pub l2: f64,
    /// Number of codes.
    pub n_codes: i64,
    /// Weight of the distance between the encoder's output and its code.
    pub commitment: f64,
}

/// What is usual; `None` where a bottleneck has no such thing.
#[derive(Clone, Copy, Debug, Default)]
pub struct BottleneckDefaults {
    /// Weight of the squared length of a latent.
    pub l2: Option<f64>,
    /// Number of codes.
    pub n_codes: Option<i64>,
    /// Weight of the distance between the encoder's output and its code.
    pub commitment: Option<f64>,
}

/// The way from the encoder's output to the decoder's input.
pub trait Bottleneck: Member + Sync {
    /// What is usual.
    fn defaults(&self) -> BottleneckDefaults {
        BottleneckDefaults::default()
    }

    /// What the encoder must make.
    fn features(&self, spec: &BottleneckSpec) -> Code;

    /// What the decoder gets.
    fn code(&self, spec: &BottleneckSpec) -> Code {
        Code::Row(spec.latent_dim)
    }

    /// Whether a latent is drawn, so that it has a density and a prior.
    fn stochastic(&self) -> bool {
        false
    }

    /// Whether the density of a latent is a diagonal Gaussian.
    fn gaussian(&self) -> bool {
        false
    }

    /// Name of its own term in the loss, if it has one.
    fn penalty(&self, _: &BottleneckSpec) -> Option<&'static str> {
        None
    }

    /// Numbers of its own that are trained.
    fn parameters(&self, _: &BottleneckSpec) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// Running numbers of its own; all start at 0.
    fn buffers(&self, _: &BottleneckSpec) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// Latents for the encoder's output.
    ///
    /// # Shapes
    /// `features` is `[b, ...]`; `noise` is `[k, b, latent_dim]`, standard normal, of use where latents are drawn.
    fn encode(&self, spec: &BottleneckSpec, features: &Tensor, noise: &Tensor, parts: &Parts) -> Result<Coded>;

    /// The same in training, with a way back on the tape where that is faster than autograd's.
    fn encode_on(
        &self,
        _tape: &Tape,
        spec: &BottleneckSpec,
        features: &Tensor,
        noise: &Tensor,
        parts: &Parts,
    ) -> Result<Coded> {
        self.encode(spec, features, noise, parts)
    }

    /// Numbers of the codes, `[b, places]` int64, where there are codes.
    fn indices(&self, _: &Tensor, _: &Parts) -> Result<Option<Tensor>> {
        Ok(None)
    }

    /// Codes by their numbers: `[b, places]` to `[b, places, latent_dim]`, where there are codes.
    fn lookup(&self, _indices: &Tensor, _: &Parts) -> Result<Option<Tensor>> {
        Ok(None)
    }
}

/// All bottlenecks.
pub static BOTTLENECKS: Registry<dyn Bottleneck> = Registry {
    what: "bottleneck",
    members: &[&plain::Plain, &gaussian::Gaussian, &iaf::Iaf, &vector_quantized::VectorQuantized],
};
