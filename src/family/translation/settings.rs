//! Declaration of the settings of a translation.

use serde::{Deserialize, Serialize};

use crate::base::Schedule;
use crate::corruption::Corrupt;
use crate::error::Result;
use crate::family::attention::Side;
use crate::family::checks::{MAX_CHANNELS, MAX_COUNT, MAX_LAYERS, MAX_SIZE};
use crate::layer::{AnyFunction, Function};
use crate::net::MapNet;
use crate::objective::Objective;
use crate::registry::Chosen;
use crate::settings::{Above, Named, Read, Said, Setting, Value};
use crate::{choices, settings};

const PAIRINGS: [&str; 2] = ["paired", "none"];
const DISTANCES: [&str; 2] = ["l1", "l2"];

/// Whether X and Y are pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pairing {
    /// Picture i of X belongs to picture i of Y.
    #[default]
    Paired,
    /// They do not belong together.
    None,
}

/// Distance between pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// Mean absolute difference.
    #[default]
    L1,
    /// Mean squared difference.
    L2,
}

impl Named for Pairing {
    fn name(self) -> &'static str {
        PAIRINGS[self as usize]
    }
}

impl Named for Distance {
    fn name(self) -> &'static str {
        DISTANCES[self as usize]
    }
}

choices! {
    /// Schedule of the learning rate.
    pub RateSchedule: Schedule [Constant, Linear, Cosine, Warmup];
    /// Whether X and Y are pairs.
    pub AnyPairing: Pairing [Paired, None];
    /// Distance between pictures.
    pub AnyDistance: Distance [L1, L2];
}

/// A corruption as passed by the user, and as resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorruptionSpec {
    /// The corruption.
    pub name: Chosen<dyn Corrupt>,
    /// For "downscale": number by which the sides are divided.
    pub factor: Option<i64>,
    /// For "noise": standard deviation as a fraction of the range of values.
    pub deviation: Option<f64>,
}

impl Setting for CorruptionSpec {
    type Said = CorruptionSpec;
}

// A name, or a table of name and settings.
impl Read for CorruptionSpec {
    const ANNOTATION: &'static str = "Any";
    const SHOWN: &'static str = "str, dict";

    fn read(name: &str, said: &Said) -> Result<Self> {
        let wrong = || said.wrong(name, "expected a name, or a dictionary with \"name\"");
        match &said.value {
            Value::Text(text) => Ok(CorruptionSpec { name: Chosen::named(text)?, factor: None, deviation: None }),
            Value::Table(table) => {
                let spec = CorruptionSpec {
                    name: table.read("name")?.ok_or_else(wrong)?,
                    factor: table.read("factor")?,
                    deviation: table.read("deviation")?,
                };
                table.finish()?;
                Ok(spec)
            }
            _ => Err(wrong()),
        }
    }
}

settings! {
    /// All resolved settings of a run; `None` if a setting does not apply. Fields are named after the estimator's
    /// parameters.
    pub struct TranslationSpec, said by TranslationOptions {
        "Model":
        /// Architecture. None: "unet".
        net: MapNet as "{members(\"net\", \"translation\")}",
        /// What is done to X to obtain the network's input, instead of pairs: one of {members("corruption")}. A dictionary
        /// has "name" and may have "factor" (for "downscale"; default 2) or "deviation" (for "noise"; default 0.1, a
        /// fraction of the range of values). None: the input is X, and Y is what it is translated to.
        corruption: Option<CorruptionSpec>,
        /// "none" for pictures of two kinds that do not belong together (CycleGAN). None: "paired".
        pairing: AnyPairing as "{\"paired\", \"none\"}" = AnyPairing(Pairing::Paired),
        /// Pair of loss functions of a discriminator of patches. None: for ``pairing="none"`` "non_saturating", else
        /// no discriminator.
        objective: Option<Chosen<dyn Objective>> as "{members(\"objective\")}",
        /// Distance from the wanted picture: "l1", the mean absolute difference, or "l2", the mean squared difference.
        /// None: "l1".
        reconstruction: AnyDistance as "{\"l1\", \"l2\"}" = AnyDistance(Distance::L1),
        /// Weight of this distance. None: 1, with an objective 100.
        reconstruction_weight: Option<f64> [0.0..],
        /// For ``pairing="none"``: weight of the distance of a picture from itself after the way there and back. None: 10.
        cycle_weight: Option<f64> [0.0..],
        /// For ``pairing="none"``: weight of the distance of a picture of the other kind from its translation, if both have
        /// as many channels. None: 5, else 0.
        identity_weight: Option<f64> [0.0..],
        /// For "unet": channels at the largest inner resolution, doubled at each halving up to four times; also of the
        /// discriminator. None: 32.
        base_channels: Option<i64> [1..=MAX_CHANNELS],
        /// For "unet": number of residual blocks per resolution, on the way down and on the way up. None: 1.
        depth: Option<i64> [1..=MAX_LAYERS],
        /// For "unet": the largest inner resolution is that of the pictures divided by 1, 2 or 4. None: 1 up to 64 px, 2 up
        /// to 128 px, else 4.
        patch: Option<i64> [(1..=4, "must be 1, 2 or 4")],
        /// For "unet": resolution (side in pixels) of a self-attention layer: the side of X divided by 2, 4, ..., at most
        /// 64. True takes the largest up to 32, False none. None: the smallest.
        attention: Side,
        /// For "mlp": widths of the hidden layers. None: (256, 256, 256).
        hidden: Option<Vec<i64>> [1..=MAX_SIZE],
        /// Activation function between the layers. None: "silu".
        activation: AnyFunction as "{\"relu\", \"leaky_relu\", \"tanh\", \"elu\", \"silu\", \"gelu\", \"softplus\", \"sigmoid\", \"squared_relu\"}"
            = AnyFunction(Function::Silu),
        "Training":
        /// Number of passes over the data. The last batch of an epoch is skipped if it is not full; the order of the
        /// samples changes with each epoch. None: enough for about 200,000 training samples.
        epochs: i64 [1..=MAX_COUNT],
        /// Pictures per batch, at most the number in X. None: 32.
        batch_size: i64 [1..=MAX_COUNT],
        /// Learning rate of Adam. None: 1e-3, with an objective 2e-4.
        lr: f64 [Above(0.0)],
        /// Learning rate of the discriminator, if different. None: `lr`.
        discriminator_lr: f64 [Above(0.0)],
        /// Schedule of the learning rates over ``epochs``: "linear" and "cosine" decay to a hundredth, "warmup" rises
        /// over the first tenth. None: "cosine".
        lr_schedule: RateSchedule as "{\"constant\", \"linear\", \"cosine\", \"warmup\"}" = RateSchedule(Schedule::Cosine),
        /// Decay rates of Adam's moment estimates. None: (0.9, 0.99), with an objective (0.5, 0.999).
        betas: (f64, f64) [(0.0..1.0, "each must be at least 0 and below 1")],
        /// Maximum norm of a network's gradient; larger gradients are scaled down to it. None: no limit.
        max_grad_norm: Option<f64> [Above(0.0)],
        /// Half-life, in samples, of the exponential moving average of the weights, which is used for results; shorter
        /// at the start of training. 0 uses the current weights. None: 5,000.
        ema: f64 [0.0..] = 5_000.0,
        "":
        /// Number of channels of X in the samples, which are followed by those of Y.
        inputs: Option<i64>,
        /// Seed of all random numbers.
        seed: u64 = 0,
    }
}
