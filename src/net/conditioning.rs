//! How labels reach a network.

use serde::{Deserialize, Serialize};

use crate::choices;
use crate::settings::Named;

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

impl Named for Conditioning {
    fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

choices! {
    /// How a generator uses labels.
    pub GeneratorConditioning: Conditioning [Concatenation, Embedding, Modulation];
    /// How a discriminator uses labels.
    pub DiscriminatorConditioning: Conditioning [Concatenation, Projection, Auxiliary];
}
