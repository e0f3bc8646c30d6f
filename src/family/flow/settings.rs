//! Declaration of the settings of a flow.

use crate::base::Schedule;
use crate::family::attention::Side;
use crate::family::checks::{MAX_CHANNELS, MAX_COUNT, MAX_LAYERS, MAX_SIZE};
use crate::layer::{AnyFunction, Function};
use crate::net::MapNet;
use crate::settings::Above;
use crate::{choices, settings};

choices! {
    /// Schedule of the learning rate.
    pub RateSchedule: Schedule [Constant, Linear, Cosine, Warmup, Plateau];
}

settings! {
    /// All resolved settings of a run; `None` if a setting does not apply. Fields are named after the estimator's
    /// parameters.
    pub struct FlowSpec, said by FlowOptions {
        "Model":
        /// Architecture. None: "unet" for images with sides from 4 to 256 px, series and volumes up to 64, else "mlp".
        net: MapNet as "{members(\"net\", \"flow\")}",
        /// For "unet": channels at the largest inner resolution, doubled at each halving up to four times. None: 32; 16
        /// for volumes.
        base_channels: Option<i64> [1..=MAX_CHANNELS],
        /// For "unet": number of residual blocks per resolution, on the way down and on the way up. None: 1.
        depth: Option<i64> [1..=MAX_LAYERS],
        /// For "unet": the largest inner resolution is that of the samples divided by 1, 2 or 4. None: 1 up to 12 px, 2 up
        /// to 64 px, else 4.
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
        /// samples changes with each epoch. None: enough for about 400,000 training samples;
        /// 1,000,000 for "mlp".
        epochs: i64 [1..=MAX_COUNT],
        /// Samples per batch, at most the number of samples in X. None: 32; 128 for "mlp".
        batch_size: i64 [1..=MAX_COUNT],
        /// Learning rate of Adam. None: 2e-3.
        lr: f64 [Above(0.0)],
        /// Schedule of the learning rate over ``epochs``: "linear" and "cosine" decay to a hundredth, "warmup" rises
        /// over the first tenth, "plateau" halves the rate whenever the loss has not fallen for 10 epochs. None:
        /// "cosine".
        lr_schedule: RateSchedule as "{\"constant\", \"linear\", \"cosine\", \"warmup\", \"plateau\"}"
            = RateSchedule(Schedule::Cosine),
        /// Decay rates of Adam's moment estimates. None: (0.9, 0.99).
        betas: (f64, f64) [(0.0..1.0, "each must be at least 0 and below 1")] = (0.9, 0.99),
        /// Maximum norm of the gradient; larger gradients are scaled down to it. None: no limit.
        max_grad_norm: Option<f64> [Above(0.0)],
        /// Half-life, in samples, of the exponential moving average of the weights, which is used for results; shorter
        /// at the start of training. 0 uses the current weights. None: 10,000.
        ema: f64 [0.0..] = 10_000.0,
        "Labels":
        /// Fraction of the samples whose label is hidden in training, so that the model also generates without one, which
        /// ``guidance`` needs (Ho and Salimans, "Classifier-Free Diffusion Guidance", 2022). None: 0.1 with labels.
        label_dropout: Option<f64> [0.0..1.0],
        "":
        /// Seed of all random numbers.
        seed: u64 = 0,
    }
}
