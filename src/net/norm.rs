//! Normalisation between the layers of a network.

use serde::{Deserialize, Serialize};

use crate::choices;
use crate::layer::{BatchNorm, Chain, GroupNorm, RmsNorm};
use crate::settings::Named;

/// Largest number of groups of a group norm.
const GROUPS: i64 = 8;
const NAMES: [&str; 6] = ["batch", "layer", "instance", "group", "rms", "none"];

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
    /// Group norm (Wu and He, 2018), of up to eight groups.
    Group,
    /// Root mean square norm (Zhang and Sennrich, 2019).
    Rms,
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
    /// The normalisation of a network of sequences, at each place.
    pub SequenceNorm: Norm [Rms, Layer];
}

impl Norm {
    /// Usual constant that is added to the variance or mean square of a place.
    pub fn eps(self) -> f64 {
        match self {
            Norm::Rms => 1e-6,
            _ => 1e-5,
        }
    }

    /// Appends the normalisation for this number of channels.
    pub(super) fn push(self, chain: &mut Chain, name: &str, features: i64) {
        let name = format!("{name}.norm");
        match self {
            Norm::Batch => chain.push(name, BatchNorm { features }),
            Norm::Layer => chain.push(name, GroupNorm { features, groups: 1 }),
            Norm::Instance => chain.push(name, GroupNorm { features, groups: features }),
            Norm::Group => {
                let groups = (1..=GROUPS).rev().find(|groups| features % groups == 0).unwrap_or(1);
                chain.push(name, GroupNorm { features, groups })
            }
            Norm::Rms => chain.push(name, RmsNorm { features, eps: self.eps() }),
            Norm::None => chain,
        };
    }
}
