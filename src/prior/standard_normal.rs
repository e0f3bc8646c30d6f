//! The standard normal distribution: independent latents with mean 0 and variance 1.
//!
//! Source: Kingma and Welling, "Auto-Encoding Variational Bayes", 2014.

use super::Prior;
use crate::member;

member! {
    "standard_normal": "independent latents of mean 0 and variance 1 (Kingma and Welling, 2014)",
    pub struct StandardNormal {}
}

impl Prior for StandardNormal {}
