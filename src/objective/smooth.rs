//! Cross-entropy with label smoothing (Szegedy et al., "Rethinking the Inception Architecture", 2016; for GANs Salimans
//! et al., "Improved Techniques for Training GANs", 2016, section 3.4: for real samples only).

use tch::Tensor;

use crate::error::Result;

/// Cross-entropy of each score with the target `1 - smoothing`.
pub fn smooth_entropy(scores: &Tensor, smoothing: f64) -> Result<Tensor> {
    let entropy = scores.f_neg()?.f_softplus()?;
    Ok(match smoothing > 0.0 {
        true => entropy.f_add(&scores.f_mul_scalar(smoothing)?)?,
        false => entropy,
    })
}
