//! What bottlenecks make.

use tch::Tensor;

use crate::base::Diagonal;

/// Latents and what is known of them.
pub struct Coded {
    /// `[k, b, ...code]`.
    pub latent: Tensor,
    /// Their density.
    pub density: Density,
    /// A term of the bottleneck's own, already weighted, `[b]`.
    pub penalty: Option<Tensor>,
}

/// The density of latents given the sample.
pub enum Density {
    /// None: a latent is one value.
    Point,
    /// Known as a distribution.
    Gaussian(Diagonal),
    /// Known at the latents that were drawn: its logarithm, `[k, b]`.
    Drawn(Tensor),
}
