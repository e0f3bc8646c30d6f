//! Declaration of the settings of sequence models.

use serde::{Deserialize, Serialize};

use crate::base::Schedule;
use crate::family::checks::{MAX_COUNT, MAX_LAYERS, MAX_SIZE};
use crate::net::{AnyFeed, SequenceNet, SequenceNorm};
use crate::settings::{Above, Named};
use crate::{choices, settings};

/// How a transformer tells places apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Places {
    /// Queries and keys are rotated.
    Rotary,
    /// Each place has a learnt vector.
    Learnt,
}

impl Named for Places {
    fn name(self) -> &'static str {
        match self {
            Places::Rotary => "rotary",
            Places::Learnt => "learnt",
        }
    }
}

choices! {
    /// Schedule of the learning rate.
    pub RateSchedule: Schedule [Constant, Linear, Cosine, Warmup, Plateau];
    /// How a transformer tells places apart.
    pub AnyPlaces: Places [Rotary, Learnt];
}

settings! {
    /// All resolved settings of a run; `None` if a setting does not apply. Fields are named after the estimator's
    /// parameters.
    pub struct SequenceSpec, said by SequenceOptions {
        "Model":
        /// Architecture. None: "transformer".
        net: SequenceNet as "{members(\"net\", \"sequence\")}",
        /// Features of each place between the layers. None: 128 for "transformer", else 256.
        width: i64 [1..=MAX_SIZE],
        /// Number of blocks or recurrent layers. None: 4 for "transformer", else 2.
        depth: i64 [1..=MAX_LAYERS],
        /// For "transformer": number of attention heads, a divisor of `width`. None: one for 32 features.
        heads: Option<i64> [1..=MAX_SIZE],
        /// For "transformer": number of heads of keys and values, a divisor of `heads`, which share them. None: `heads`.
        kv_heads: Option<i64> [1..=MAX_SIZE],
        /// For "transformer": how places are told apart, by rotating queries and keys or by a learnt vector for each
        /// place. None: "rotary".
        positions: Option<AnyPlaces> as "{\"rotary\", \"learnt\"}",
        /// For "transformer": normalisation before each layer, by root mean square or by mean and variance. None: "rms".
        norm: Option<SequenceNorm> as "{\"rms\", \"layer\"}",
        /// For "transformer": activation function of the feed-forward layers; "swiglu" has gates. None: "squared_relu".
        activation: Option<AnyFeed> as "{\"squared_relu\", \"relu\", \"silu\", \"gelu\", \"gelu_tanh\", \"swiglu\"}",
        /// Fraction of the features that is set to 0 in training, after the vectors of tokens and after each block or layer.
        /// None: 0.
        dropout: f64 [0.0..1.0] = 0.0,
        "Training":
        /// Number of passes over the data. The windows into which it is cut differ between epochs. None: enough for about
        /// 2,000,000 tokens.
        epochs: i64 [1..=MAX_COUNT],
        /// Windows per batch, at most the number of windows in the data. None: enough for 2,048 tokens.
        batch_size: i64 [1..=MAX_COUNT],
        /// Learning rate of Adam. None: 3e-3 for a `width` up to 128, less in inverse proportion to larger ones.
        lr: f64 [Above(0.0)],
        /// Fraction of the documents that is held out of training and measures it after each epoch; of a single document its
        /// end. The weights with the lowest validation loss are used for results. 0 trains on all and uses the last weights.
        /// None: 0.1.
        validation: f64 [0.0..0.9] = 0.1,
        /// Schedule of the learning rate over ``epochs``: "linear" and "cosine" decay to a hundredth, "warmup" rises over the
        /// first tenth, "plateau" halves the rate whenever the loss has not fallen for 10 epochs. None: "cosine".
        lr_schedule: RateSchedule as "{\"constant\", \"linear\", \"cosine\", \"warmup\", \"plateau\"}"
            = RateSchedule(Schedule::Cosine),
        /// Decay rates of Adam's moment estimates. None: (0.9, 0.99).
        betas: (f64, f64) [(0.0..1.0, "each must be at least 0 and below 1")] = (0.9, 0.99),
        /// Maximum norm of the gradient; larger gradients are scaled down to it. None: 1.
        max_grad_norm: f64 [Above(0.0)] = 1.0,
        /// Half-life, in windows, of the exponential moving average of the weights, which is used for results. 0 uses the
        /// weights themselves. None: 0.
        ema: f64 [0.0..] = 0.0,
        "Labels":
        /// Fraction of the documents whose class is hidden in training, so that the model also writes without one. None:
        /// 0.1.
        hidden_labels: f64 [0.0..1.0] = 0.1,
        "":
        /// Width of the inner feed-forward layer.
        inner: Option<i64> [1..=MAX_SIZE],
        /// Base of the rotary angles.
        rotary_base: Option<f64> [Above(0.0)],
        /// Constant of the norms.
        eps: Option<f64> [Above(0.0)],
        /// True if products have biases.
        biases: Option<bool>,
        /// True if residual branches are added without a learnt scale.
        plain: Option<bool>,
        /// True if the output has vectors of its own, not those of the input.
        untied: Option<bool>,
        /// Seed of all random numbers.
        seed: u64 = 0,
    }
}
