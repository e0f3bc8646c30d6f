//! Normalisation between the layers of a network.

use serde::{Deserialize, Serialize};

use crate::choices;
use crate::layer::{BatchNorm, Chain, GroupNorm};
use crate::settings::Named;

const NAMES: [&str; 4] = ["batch", "layer", "instance", "none"];

/// Normalisation between a layer and its activation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// Batch norm (Ioffe and Szegedy, 2015).
    Batch,
    /// Layer norm (Ba et al., 2016).
    Layer,
    /// Instance norm (Ulyanov et al., 2016).
    Instance,
    /// None.
    #[default]
    None,
}

impl Named for Norm {
    fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

choices! {
    /// The normalisation of a network.
    pub AnyNorm: Norm [Batch, Layer, Instance, None];
}

impl Norm {
    /// Appends the normalisation for this number of channels.
    pub(super) fn push(self, chain: &mut Chain, name: &str, features: i64) {
        let name = format!("{name}.norm");
        match self {
            Norm::Batch => chain.push(name, BatchNorm { features }),
            Norm::Layer => chain.push(name, GroupNorm { features, groups: 1 }),
            Norm::Instance => chain.push(name, GroupNorm { features, groups: features }),
            Norm::None => chain,
        };
    }
}
