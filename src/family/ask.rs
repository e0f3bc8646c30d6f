//! How samples are generated.

/// How samples are generated; `None` for the default of the family, which may not have a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ask {
    /// Maximum absolute value of the latents, which then have a truncated normal distribution (Brock et al., "Large Scale
    /// GAN Training for High Fidelity Natural Image Synthesis", 2019, section 3.1).
    pub truncation: Option<f64>,
    /// Number of steps of the solver of a flow, at least 1.
    pub steps: Option<i64>,
    /// Strength of the labels of a flow: 1 generates as trained, more exaggerates what distinguishes a label.
    pub guidance: Option<f64>,
}
