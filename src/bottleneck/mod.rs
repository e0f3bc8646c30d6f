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
use crate::registry::{Listed, Member, Registry};

/// Settings of a bottleneck.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BottleneckSpec {
    /// Length of a latent, or of one code.
    pub latent_dim: i64,
    /// Weight of the squared norm of a latent.
    pub l2: f64,
    /// Number of codes.
    pub n_codes: i64,
    /// Weight of the distance between the encoder's output and its code.
    pub commitment: f64,
}

/// Default settings; `None` if a bottleneck does not have the setting.
#[derive(Clone, Copy, Debug, Default)]
pub struct BottleneckDefaults {
    /// Weight of the squared norm of a latent.
    pub l2: Option<f64>,
    /// Number of codes.
    pub n_codes: Option<i64>,
    /// Weight of the distance between the encoder's output and its code.
    pub commitment: Option<f64>,
}

/// Maps the encoder's output to the decoder's input.
pub trait Bottleneck: Member + Sync {
    /// Default settings.
    fn defaults(&self) -> BottleneckDefaults {
        BottleneckDefaults::default()
    }

    /// Shape of the encoder's output.
    fn features(&self, spec: &BottleneckSpec) -> Code;

    /// Shape of the decoder's input.
    fn code(&self, spec: &BottleneckSpec) -> Code {
        Code::Row(spec.latent_dim)
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
    fn penalty(&self, _: &BottleneckSpec) -> Option<&'static str> {
        None
    }

    /// Trained parameters.
    fn parameters(&self, _: &BottleneckSpec) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// Buffers that are updated in training; initially 0.
    fn buffers(&self, _: &BottleneckSpec) -> Vec<ParamSpec> {
        Vec::new()
    }

    /// Computes latents from the encoder's output.
    ///
    /// # Shapes
    /// `features` is `[b, ...]`; `noise` is `[k, b, latent_dim]`, standard normal, used if latents are drawn.
    fn encode(&self, spec: &BottleneckSpec, features: &Tensor, noise: &Tensor, parts: &Parts) -> Result<Coded>;

    /// Like [`Bottleneck::encode`], in training, with a backward function on the tape if that is faster than autograd.
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

    /// Indices of the codes, `[b, places]` int64, if there is a codebook.
    fn indices(&self, _: &Tensor, _: &Parts) -> Result<Option<Tensor>> {
        Ok(None)
    }

    /// Codes by index: maps `[b, places]` to `[b, places, latent_dim]`, if there is a codebook.
    fn lookup(&self, _indices: &Tensor, _: &Parts) -> Result<Option<Tensor>> {
        Ok(None)
    }
}

impl Listed for dyn Bottleneck {
    fn registry() -> &'static Registry<Self> {
        &BOTTLENECKS
    }
}

/// All bottlenecks.
pub static BOTTLENECKS: Registry<dyn Bottleneck> = Registry {
    what: "bottleneck",
    members: &[&plain::Plain, &gaussian::Gaussian, &iaf::Iaf, &vector_quantized::VectorQuantized],
};
