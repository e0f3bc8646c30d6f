//! Results of bottlenecks.

use tch::Tensor;

use crate::base::Diagonal;

/// Latents and their density.
pub struct Coded {
    /// `[k, b, ...code]`.
    pub latent: Tensor,
    /// Their density.
    pub density: Density,
    /// Weighted penalty of the bottleneck, `[b]`.
    pub penalty: Option<Tensor>,
}

/// Density of latents given the sample.
pub enum Density {
    /// Deterministic latents.
    Point,
    /// A diagonal Gaussian.
    Gaussian(Diagonal),
    /// Log density at the drawn latents, `[k, b]`.
    Drawn(Tensor),
}
