//! Architectures: from settings and the shape of the data to two descriptions. Resolution is a number.

mod dcgan;
mod mlp;
mod network;

use serde::{Deserialize, Serialize};

pub use network::{Bound, Network};

use crate::base::DataShape;
use crate::error::{Error, Result};
use crate::layer::Chain;
use crate::registry::{Member, Registry};

/// Settings of an architecture; `None` where it has no such thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NetSpec {
    /// Length of the generator's random input.
    pub latent_dim: i64,
    /// Channels at the largest resolution; doubled at each halving.
    pub base_channels: Option<i64>,
    /// Convolutions at each resolution.
    pub depth: Option<i64>,
    /// Widths of the hidden layers.
    pub hidden: Option<Vec<i64>>,
}

/// What is right for some data if the user says nothing.
pub struct Defaults {
    /// Settings of the architecture.
    pub net: NetSpec,
    /// Step size of Adam.
    pub lr: f64,
}

/// A family of generator and discriminator.
pub trait Net: Member + Sync {
    /// Defaults for data of this shape.
    fn defaults(&self, data: &DataShape) -> Defaults;

    /// Whether it can work on data of this shape.
    ///
    /// # Errors
    /// [`Error::Shape`] that says what it can work on.
    fn check(&self, data: &DataShape) -> Result<()>;

    /// From `[latent_dim]` to a sample in the network's range.
    fn generator(&self, spec: &NetSpec, data: &DataShape) -> Chain;

    /// From a sample to its score, `[1]`.
    fn discriminator(&self, spec: &NetSpec, data: &DataShape) -> Chain;
}

/// All architectures.
pub static NETS: Registry<dyn Net> = Registry { what: "net", members: &[&mlp::Mlp, &dcgan::Dcgan] };

/// The error for data that an architecture cannot work on.
fn unfit(net: &str, expected: &str, data: &DataShape) -> Error {
    Error::Shape {
        name: "X".into(),
        expected: format!("{expected} for net=\"{net}\""),
        got: data.describe(),
    }
}
