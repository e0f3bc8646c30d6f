//! How labels reach a network.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::registry::unknown;

const NAMES: [&str; 5] = ["concatenation", "embedding", "modulation", "projection", "auxiliary"];

/// How a network uses the labels of its samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conditioning {
    /// Concatenates them to its input or features (Mirza and Osindero, 2014).
    #[default]
    Concatenation,
    /// Concatenates a learnt vector of the labels.
    Embedding,
    /// Scales and shifts channels after each norm: conditional batch norm (de Vries et al., "Modulating early visual
    /// processing by language", 2017) for batch norm, else FiLM (Perez et al., 2018).
    Modulation,
    /// Adds the dot product of a learnt vector of the labels and the features to the score (Miyato and Koyama, "cGANs
    /// with Projection Discriminator", 2018).
    Projection,
    /// Predicts them instead of taking them as input (Odena et al., "Conditional Image Synthesis with Auxiliary
    /// Classifier GANs", 2017).
    Auxiliary,
}

impl Conditioning {
    /// Modes for generators.
    pub const OF_GENERATOR: [Conditioning; 3] =
        [Conditioning::Concatenation, Conditioning::Embedding, Conditioning::Modulation];
    /// Modes for discriminators.
    pub const OF_DISCRIMINATOR: [Conditioning; 3] =
        [Conditioning::Concatenation, Conditioning::Projection, Conditioning::Auxiliary];

    /// Looks up a mode by name among `known`.
    ///
    /// # Errors
    /// [`crate::Error::UnknownName`] with the list of known names.
    pub fn named(what: &str, name: &str, known: &[Conditioning]) -> Result<Conditioning> {
        let names: Vec<&str> = known.iter().map(|one| one.name()).collect();
        let found = known.iter().find(|one| one.name() == name);
        found.copied().ok_or_else(|| unknown(what, name, &names))
    }

    /// User-facing name.
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}
