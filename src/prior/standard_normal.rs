//! The standard normal distribution: independent latents with mean 0 and variance 1.
//!
//! Source: Kingma and Welling, "Auto-Encoding Variational Bayes", 2014.

use super::Prior;
use crate::registry::Member;

/// The `standard_normal` prior.
pub struct StandardNormal;

impl Member for StandardNormal {
    fn name(&self) -> &'static str {
        "standard_normal"
    }

    fn describe(&self) -> &'static str {
        "independent latents of mean 0 and variance 1 (Kingma and Welling, 2014)"
    }
}

impl Prior for StandardNormal {}
