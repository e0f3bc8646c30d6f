//! Declaration of the settings of autoencoders.

use crate::base::Schedule;
use crate::bottleneck::Bottleneck;
use crate::bound::Bound;
use crate::family::checks::{MAX_CHANNELS, MAX_COUNT, MAX_LAYERS, MAX_SIZE};
use crate::layer::{AnyFunction, Function};
use crate::likelihood::{Binarize, Likelihood};
use crate::net::AutoencoderNet;
use crate::prior::Prior;
use crate::registry::Chosen;
use crate::settings::Above;
use crate::{choices, settings};

choices! {
    /// Schedule of the learning rate.
    pub RateSchedule: Schedule [Constant, Linear, Cosine, Warmup, Plateau];
    /// Schedule of the weight of the divergence.
    pub BetaSchedule: Schedule [Constant, Warmup, Cyclical];
}

settings! {
    /// All resolved settings of a run; `None` if a setting does not apply. Fields are named after the estimators'
    /// parameters.
    pub struct AutoencoderSpec, said by AutoencoderOptions {
        "Model":
        /// Architecture. None: "conv" for images with sides from 8 to 128 px and volumes from 8 to 64, "lstm" for texts,
        /// else "mlp".
        net: AutoencoderNet as "{members(\"net\", \"autoencoder\")}",
        /// Length of a latent. None: 20, above 32 px 64, for texts 32, for "mlp" at most half the number of values of a
        /// sample.
        latent_dim: i64 [1..=MAX_SIZE],
        /// Number of codes in the codebook. None: 512.
        n_codes: Option<i64> [1..=MAX_SIZE],
        /// Distribution of a sample given the decoder's output; all accept images of any range. None: "bernoulli" for
        /// images of one channel, "categorical" for tiles and texts, which need it, else "gaussian".
        likelihood: Chosen<dyn Likelihood> as "{members(\"likelihood\")}",
        /// How a latent is computed: "gaussian" draws it from a diagonal Gaussian, "iaf" transforms such a draw by an
        /// inverse autoregressive flow. "plain" and "vector_quantized" are deterministic, see `AutoencoderTrainer` and
        /// `VqVaeTrainer`. None: "gaussian".
        bottleneck: Chosen<dyn Bottleneck> as "{members(\"bottleneck\")}",
        /// Distribution of the latents, for sampling and in the divergence. None: "gaussian_mixture" if `n_components`
        /// is given, else "standard_normal".
        prior: Option<Chosen<dyn Prior>> as "{members(\"prior\")}",
        /// Number of components of a "gaussian_mixture", or of pseudo-inputs of a "vamp". None: 50 and 500.
        n_components: Option<i64> [1..=MAX_SIZE],
        /// Widths of the encoder's dense layers; the decoder uses them in reverse order. None: (400,); (256,) after
        /// convolutions.
        hidden: Option<Vec<i64>> [1..=MAX_SIZE],
        /// For "conv" and "resnet": channels at the largest inner resolution, doubled at each halving up to four times.
        /// None: 32; 16 for volumes.
        base_channels: Option<i64> [1..=MAX_CHANNELS],
        /// For "lstm" and "gru": length of the vectors of tokens and of the states. None: 256.
        width: Option<i64> [1..=MAX_SIZE],
        /// For "conv" and "resnet": number of convolutions or residual blocks per inner resolution; for "lstm" and "gru"
        /// number of recurrent layers. None: 1.
        depth: Option<i64> [1..=MAX_LAYERS],
        /// Activation function between the layers, except for "lstm" and "gru". None: "relu".
        activation: AnyFunction as "{\"relu\", \"leaky_relu\", \"tanh\", \"elu\", \"silu\", \"gelu\", \"softplus\", \"sigmoid\", \"squared_relu\"}"
            = AnyFunction(Function::Relu),
        /// For "gaussian" and "laplace": variance of each value in the network's range (-1..1, rows standardised).
        /// None: learnt, one per channel or column.
        variance: Option<f64> [(Above(0.0), "must be above 0 and finite, or None")],
        /// For "categorical" and "discretised_logistic": number of levels of a value. None: 16 and 256.
        levels: Option<i64> [(2..=MAX_SIZE, "must be from 2 to 65536")],
        /// For "bernoulli": "dynamic" samples each pixel as black or white at each step, with its value as the
        /// probability of white (Salakhutdinov and Murray, 2008). None: grey values are used as targets.
        binarize: Option<Binarize> as "{\"dynamic\"}",
        "Training":
        /// Number of passes over the data. The last batch of an epoch is skipped if it is not full; the order of the
        /// samples changes with each epoch. None: enough for about 200,000 training samples.
        epochs: i64 [1..=MAX_COUNT],
        /// Samples per batch, at most the number of samples in X. None: 128.
        batch_size: i64 [1..=MAX_COUNT],
        /// Learning rate of Adam. None: 1e-3, for texts 2e-3.
        lr: f64 [Above(0.0)],
        /// Objective to minimise. Terms are summed over the values of a sample, so that "elbo" with ``beta=1`` is the
        /// exact bound. None: "elbo".
        bound: Chosen<dyn Bound> as "{members(\"bound\")}",
        /// Latents drawn per sample in training. None: 5 for "importance_weighted" and "doubly_reparameterized" (the
        /// same bound with a gradient of lower variance), else 1.
        n_importance: Option<i64> [1..=MAX_SIZE],
        /// Weight of the squared norm of the latents, as in a regularised autoencoder. None: 0.
        l2: Option<f64> [0.0..],
        /// Weight of the squared distance between the encoder's output and its code. None: 0.25.
        commitment: Option<f64> [0.0..],
        /// Weight of the KL divergence, of the total correlation or of the MMD. If an objective is written as ``L_Q +
        /// beta * L_P`` with the reconstruction last, its beta is the inverse of this one, up to scale. None: 1, 6 for
        /// "total_correlation", 100 for "mmd".
        beta: Option<f64> [0.0..],
        /// Schedule of `beta`: "warmup" rises from 0 once; "cyclical" repeats a rise from 0 and a constant phase of
        /// equal length. None: "constant".
        beta_schedule: Option<BetaSchedule> as "{\"constant\", \"warmup\", \"cyclical\"}",
        /// Number of epochs of one rise of `beta` or `capacity`. None: a quarter of all epochs, an eighth for
        /// "cyclical".
        warmup_epochs: Option<f64> [0.0..],
        /// Divergence per latent dimension, in nats, that is not penalised. None: 0, for texts 0.25, which keep
        /// the decoder from ignoring them.
        free_bits: Option<f64> [0.0..],
        /// For texts: fraction of the tokens that the decoder does not see in training when it predicts the next ones, so
        /// that it has to use the latent (Bowman et al., "Generating Sentences from a Continuous Space", 2016). None:
        /// 0.1.
        word_dropout: Option<f64> [0.0..1.0],
        /// Target of the divergence in nats, which rises from 0 to this value. None: the divergence is minimised.
        capacity: Option<f64> [0.0..],
        /// Schedule of the learning rate over ``epochs``: "linear" and "cosine" decay to a hundredth, "warmup" rises
        /// over the first tenth, "plateau" halves the rate whenever the loss has not fallen for 10 epochs. None:
        /// "constant".
        lr_schedule: RateSchedule as "{\"constant\", \"linear\", \"cosine\", \"warmup\", \"plateau\"}"
            = RateSchedule(Schedule::Constant),
        /// Decay rates of Adam's moment estimates. None: (0.9, 0.999).
        betas: (f64, f64) [(0.0..1.0, "each must be at least 0 and below 1")] = (0.9, 0.999),
        /// Half-life, in samples, of the exponential moving average of the weights, which is used for results. 0 uses
        /// the current weights. None: 0.
        ema: f64 [0.0..] = 0.0,
        "":
        /// Seed of all random numbers.
        seed: u64 = 0,
    }
}
