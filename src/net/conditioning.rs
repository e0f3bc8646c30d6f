//! How labels reach a network.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::registry::unknown;

const NAMES: [&str; 5] = ["concatenation", "embedding", "modulation", "projection", "auxiliary"];

/// What a network does with the labels of its samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conditioning {
    /// Joins them to what it works on (Mirza and Osindero, 2014).
    #[default]
    Concatenation,
    /// Joins a learnt vector of them.
    Embedding,
    /// Scales and shifts channels by them, after each norm: conditional batch norm (de Vries et al., "Modulating early visual
    /// processing by language", 2017) where the norm is of the batch, else as FiLM (Perez et al., 2018).
    Modulation,
    /// Adds the product of a learnt vector of them and the features to the score (Miyato and Koyama, "cGANs with
    /// Projection Discriminator", 2018).
    Projection,
    /// Does not see them, but tells them (Odena et al., "Conditional Image Synthesis with Auxiliary Classifier GANs", 2017).
    Auxiliary,
}

impl Conditioning {
    /// Those of a generator.
    pub const OF_GENERATOR: [Conditioning; 3] =
        [Conditioning::Concatenation, Conditioning::Embedding, Conditioning::Modulation];
    /// Those of a discriminator.
    pub const OF_DISCRIMINATOR: [Conditioning; 3] =
        [Conditioning::Concatenation, Conditioning::Projection, Conditioning::Auxiliary];

    /// The one with this name, if it is among `known`.
    ///
    /// # Errors
    /// [`crate::Error::UnknownName`] with the list.
    pub fn named(what: &str, name: &str, known: &[Conditioning]) -> Result<Conditioning> {
        let names: Vec<&str> = known.iter().map(|one| one.name()).collect();
        let found = known.iter().find(|one| one.name() == name);
        found.copied().ok_or_else(|| unknown(what, name, &names))
    }

    /// The name users type.
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}
