//! How a network normalises what goes from layer to layer.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::layer::{BatchNorm, Chain, GroupNorm};
use crate::registry::unknown;

const NAMES: [&str; 4] = ["batch", "layer", "instance", "none"];

/// What stands between a layer and its activation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// By the statistics of the batch (Ioffe and Szegedy, 2015).
    Batch,
    /// By those of each sample (Ba et al., 2016).
    Layer,
    /// By those of each channel of each sample (Ulyanov et al., 2016).
    Instance,
    /// Nothing.
    #[default]
    None,
}

impl Norm {
    /// The one with this name.
    ///
    /// # Errors
    /// [`crate::Error::UnknownName`] with the list.
    pub fn named(what: &str, name: &str) -> Result<Norm> {
        match name {
            "batch" => Ok(Norm::Batch),
            "layer" => Ok(Norm::Layer),
            "instance" => Ok(Norm::Instance),
            "none" => Ok(Norm::None),
            _ => Err(unknown(what, name, &NAMES)),
        }
    }

    /// The name users type.
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }

    /// Appends it for so many channels.
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
