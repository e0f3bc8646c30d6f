//! Architectures: from settings and the shape of the data to two descriptions. Resolution is a number.

mod conditioning;
mod conv;
mod dcgan;
mod fold;
mod gan;
mod levels;
mod mlp;
mod network;
mod norm;
mod plan;
mod resnet;

pub use conditioning::Conditioning;
pub use network::{Bound, Network};
pub use norm::Norm;

use crate::base::{Code, DataShape};
use crate::error::{Error, Result};
use crate::layer::{Activation, Centre, Chain, Condition, Function, Linear};
use crate::registry::{Member, Registry};

/// Settings of an architecture; `None` where it has no such thing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetSpec {
    /// Length of the generator's random input.
    pub latent_dim: i64,
    /// Channels at the largest resolution; doubled at each halving.
    pub base_channels: Option<i64>,
    /// Convolutions at each resolution.
    pub depth: Option<i64>,
    /// Widths of the hidden layers.
    pub hidden: Option<Vec<i64>>,
    /// Function between the layers, where it is not the architecture's own.
    pub activation: Option<Function>,
    /// What stands between a layer and its activation.
    pub norm: Norm,
    /// Whether weights are divided by their largest singular value.
    pub spectral: bool,
    /// How labels reach it, where the data has some.
    pub conditioning: Conditioning,
    /// Side of the pictures at which places attend to each other, if at any.
    pub attention: Option<i64>,
    /// Linear pieces of each hidden value of a discriminator, where its activation is the largest of them.
    pub maxout: Option<i64>,
    /// Whether a discriminator sees how much the samples of a batch differ.
    pub minibatch_std: bool,
    /// Standard deviation of noise in training, before each activation of a generator; 0 for none.
    pub noise: f64,
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

    /// What stands between the discriminator's layers and their activations if the user says nothing.
    fn discriminator_norm(&self, data: &DataShape) -> Norm {
        self.defaults(data).net.norm
    }

    /// Sides of pictures at which places can attend to each other, in both networks.
    fn attends(&self, data: &DataShape) -> Vec<i64> {
        let _ = data;
        Vec::new()
    }

    /// From `[latent_dim]`, and labels where the data has some, to a sample in the network's range.
    fn generator(&self, spec: &NetSpec, data: &DataShape) -> Chain;

    /// From a sample, and labels where it sees them, to its score, `[1]`; to `[1 + width]`, the score and what it takes the
    /// labels for, where it tells them ([`Conditioning::Auxiliary`]).
    fn discriminator(&self, spec: &NetSpec, data: &DataShape) -> Chain;
}

/// A family of encoder and decoder.
pub trait AutoencoderNet: Member + Sync {
    /// Defaults for data of this shape.
    fn defaults(&self, data: &DataShape) -> Defaults;

    /// Whether it can work on data of this shape.
    ///
    /// # Errors
    /// [`Error::Shape`] that says what it can work on.
    fn check(&self, data: &DataShape) -> Result<()>;

    /// From a sample and its labels to `code`.
    fn encoder(&self, spec: &NetSpec, data: &DataShape, code: Code) -> Chain;

    /// From `code` and labels to `outputs` values for each value of a sample: `[outputs * channels, height, width]` or
    /// `[outputs * dim]`.
    fn decoder(&self, spec: &NetSpec, data: &DataShape, code: Code, outputs: i64) -> Chain;
}

/// All architectures of generator and discriminator.
pub static NETS: Registry<dyn Net> = Registry {
    what: "net",
    members: &[&mlp::Mlp, &dcgan::Dcgan, &resnet::ResnetGan],
};

/// All architectures of encoder and decoder.
pub static AUTOENCODERS: Registry<dyn AutoencoderNet> = Registry {
    what: "net",
    members: &[&mlp::Mlp, &conv::ConvNet, &resnet::Resnet],
};

/// Takes the mean of pictures off, of the row they make or of the pictures themselves.
fn centre(chain: &mut Chain, data: &DataShape, flat: bool) {
    let sample = data.sample();
    if sample.len() > 1 {
        let shape = if flat { vec![sample.iter().product()] } else { sample };
        chain.push("centre", Centre { shape });
    }
}

/// Joins the labels to what a chain works on, where the data has labels.
fn condition(chain: &mut Chain, data: &DataShape) {
    let labels = data.labels.width();
    if labels > 0 {
        chain.push("labels", Condition { labels });
    }
}

/// Fully connected layers, each with its activation; returns the last width.
fn dense(chain: &mut Chain, inputs: i64, widths: impl IntoIterator<Item = i64>, function: Function) -> i64 {
    widths.into_iter().enumerate().fold(inputs, |inputs, (i, outputs)| {
        chain.push(format!("dense{}.linear", i + 1), Linear { inputs, outputs });
        chain.push(format!("dense{}.act", i + 1), Activation { function });
        outputs
    })
}

/// The error for data that an architecture cannot work on, with what would fit: sides from `least` to `most`.
fn unfit(net: &str, expected: &str, data: &DataShape, [least, most]: [i64; 2]) -> Error {
    let remedy = match data.sample()[..] {
        [_, height, width] => {
            let side = height.min(width).clamp(least, most);
            format!(
                "; crop or resize them to {side}x{side} (ImageFolder(path, size={side}) does it with files), or pass \
                 net=\"mlp\", which takes any size and suits small images"
            )
        }
        _ => "; pass net=\"mlp\" for rows".into(),
    };
    Error::Shape {
        name: "X".into(),
        expected: format!("{expected} for net=\"{net}\""),
        got: data.describe() + &remedy,
    }
}
