//! Interface of fitted families with an encoder and a decoder.

use tch::Tensor;

use crate::error::Result;

/// Number of latents per score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draws {
    /// Latents in one bound: 1 for the evidence lower bound, more for the importance-weighted bound.
    pub importance: i64,
    /// Number of bounds that are averaged. Evidence lower bounds come in antithetic pairs, whose noise has opposite
    /// signs.
    pub repeats: i64,
}

/// Encodes, decodes and scores samples `[n, ...stored]` in the user's range, optionally with labels.
///
/// # Errors
/// All methods: [`crate::Error::DataDiffers`] if a sample has another shape than the training data,
/// [`crate::Error::Parameter`] if labels are missing.
pub trait Coder {
    /// Shape of one latent.
    fn code(&self) -> Vec<i64>;

    /// Latents without noise, `[n, latent values]` float32; with a codebook, the indices of their codes `[n, places]`
    /// int64.
    fn transform(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor>;

    /// Latents without noise, before quantisation: `[n, latent values]` float32.
    fn latents(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor>;

    /// One draw from the posterior of each sample, the same at each call: `[n, latent values]` float32. Without a
    /// posterior, the latents themselves.
    fn drawn_latents(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor>;

    /// Samples for latents `[n, latent values]`, or for indices of codes `[n, places]`.
    fn inverse_transform(&self, z: &Tensor, y: Option<&Tensor>) -> Result<Tensor>;

    /// Encodes and decodes samples.
    fn reconstruct(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor>;

    /// Bound on the log likelihood of each sample, `[n]`, in nats and in the user's units.
    ///
    /// For a conditional model without labels, it is log sum_y p(y) exp(bound given y): over all classes, weighted by
    /// their frequencies, or over the numbers `among`, with equal weights. A sample outside the fitted range has the
    /// score of the nearest one within it, minus a penalty that grows with its distance.
    fn scores(&self, x: &Tensor, y: Option<&Tensor>, among: Option<&Tensor>, draws: Draws) -> Result<Tensor>;

    /// The class under which each sample is most likely, `[n]` int64.
    fn likeliest(&self, x: &Tensor) -> Result<Tensor>;

    /// Statistics for anomaly detection, `[n, 3]`: the logarithms of the squared distance of a sample from its
    /// reconstruction and of its complexity, in the network's range, and the penalty of a sample outside the fitted
    /// range. The complexity of an image is its total variation (Rudin et al., "Nonlinear Total Variation Based Noise
    /// Removal Algorithms", 1992), that of a row its squared distance from the mean.
    fn statistics(&self, x: &Tensor, y: Option<&Tensor>) -> Result<Tensor>;
}
