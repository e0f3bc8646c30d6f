//! Declaration of the settings of a GAN.

use super::PenaltySpec;
use crate::base::Schedule;
use crate::family::attention::Side;
use crate::family::checks::{MAX_CHANNELS, MAX_COUNT, MAX_LAYERS, MAX_SIZE};
use crate::net::{AnyNorm, DiscriminatorConditioning, GanNet, GeneratorConditioning};
use crate::objective::Objective;
use crate::registry::Chosen;
use crate::settings::Above;
use crate::{choices, settings};

choices! {
    /// Schedule of the learning rates.
    pub RateSchedule: Schedule [Constant, Linear, Cosine, Warmup]
        refuses Plateau: "for a GAN, whose losses do not measure progress";
    /// Schedule of the noise on the discriminator's input.
    pub NoiseSchedule: Schedule [Constant, Linear, Cosine];
}

settings! {
    /// All resolved settings of a run. Fields are named after the estimator's parameters.
    pub struct GanSpec, said by GanOptions {
        "Model":
        /// Architecture; "pianoroll" is for piano rolls. None: "mlp" for rows, else "dcgan" (images with sides from 4 to 256
        /// px, volumes up to 64).
        net: GanNet as "{members(\"net\", \"gan\")}",
        /// Pair of loss functions. None: "non_saturating".
        objective: Chosen<dyn Objective> as "{members(\"objective\")}",
        /// Length of the generator's random input. None: 32 for images up to 16 px, 100 for larger ones, 128 for
        /// "resnet"; for "mlp" 16 for samples of up to 16 values, else 64.
        latent_dim: i64 [1..=MAX_SIZE],
        /// For "dcgan" and "resnet": channels at the largest resolution, doubled at each halving up to eight times.
        /// None: 16, 32 and 64 for images up to 16, up to 32 and above 32 px; for "resnet" 32 up to 32 px, else 64;
        /// at most 16 for volumes. For "pianoroll": channels at the size of a roll, doubled at each reduction up to eight
        /// times. None: 16.
        base_channels: Option<i64> [1..=MAX_CHANNELS],
        /// Number of convolutions ("dcgan") or blocks ("resnet") per resolution. None: 1; for "dcgan" 2 up to 16 px.
        depth: Option<i64> [1..=MAX_LAYERS],
        /// For "mlp": widths of the generator's hidden layers; the discriminator uses them in reverse order. None:
        /// (256, 256).
        hidden: Option<Vec<i64>> [1..=MAX_SIZE],
        /// Normalisation between the layers of both networks. None: "none" for "mlp", else "batch"; for the
        /// discriminator "none" with "resnet" or `spectral_norm`, and "layer" in place of "batch" with a gradient
        /// penalty. "mlp" does not support "instance".
        norm: AnyNorm as "{\"batch\", \"layer\", \"instance\", \"none\"}",
        /// Normalisation in the discriminator, if different. None: `norm`, but "none" in place of "batch" for "mlp" and
        /// "resnet".
        discriminator_norm: AnyNorm as "{\"batch\", \"layer\", \"instance\", \"none\"}",
        /// Divide the discriminator's weights by their largest singular values, instead of normalising activations.
        /// None: False.
        spectral_norm: bool = false,
        /// For "dcgan" and "resnet": resolution (side in pixels) of a self-attention layer in both networks: the side
        /// of X divided by 2, 4, ..., at most 64. True takes the largest up to 32. None: no attention.
        attention: Side,
        /// For "mlp": number of linear pieces of each maxout unit in the discriminator's hidden layers. None:
        /// LeakyReLU.
        maxout: Option<i64>,
        /// Append the standard deviation over the batch to the discriminator's features. None: False.
        minibatch_std: bool = false,
        /// Number of samples that the discriminator judges together; `batch_size` must be a multiple of it. Not
        /// supported with "auxiliary". None: 1.
        pac: i64 [1..=MAX_SIZE] = 1,
        "Training":
        /// Number of passes over the data. The last batch of an epoch is skipped if it is not full; the order of the
        /// samples changes with each epoch. None: enough for about 200,000 training samples.
        epochs: i64 [1..=MAX_COUNT],
        /// Samples per batch, at most the number of samples in X. None: 64, or fewer if X has fewer or `pac` does not
        /// divide it.
        batch_size: i64 [1..=MAX_COUNT],
        /// Learning rate of Adam. None: 1e-3 for "mlp", 5e-4 for "dcgan" up to 16 px, else 2e-4.
        lr: f64 [Above(0.0)],
        /// One or several of {members("penalty")}: terms added to the discriminator's loss; to the generator's for
        /// "path_length", "feature_matching" and "mode_seeking"; "weight_clip" bounds the discriminator's weights. A
        /// dictionary has "name" and may have "weight" (default 10; 2 for "path_length", 1 for "max_gradient",
        /// "feature_matching" and "mode_seeking", 0.3 for "lecam", 0.01 for "weight_clip"), "every" (steps between two
        /// evaluations; the term is multiplied by this number) and "one_sided" (penalise gradient norms above 1 only;
        /// for "gradient" and "dragan"). "r1" and "r2" are half the mean squared gradient norm. None: "weight_clip" for
        /// "wasserstein", else none; an empty sequence means none.
        penalty: Vec<PenaltySpec>,
        /// Discriminator steps per generator step. Training that ends before the first generator step gives a
        /// ConvergenceWarning. None: 5 for "wasserstein", else 1.
        n_critic: i64 [1..=MAX_COUNT],
        /// Learning rate of the discriminator, if different (two time-scale update rule). None: `lr`.
        discriminator_lr: f64 [Above(0.0)],
        /// Schedule of the learning rates over `epochs`: "linear" and "cosine" decay to a hundredth, "warmup" rises
        /// over the first tenth. None: "constant".
        lr_schedule: RateSchedule as "{\"constant\", \"linear\", \"cosine\", \"warmup\"}" = RateSchedule(Schedule::Constant),
        /// Decay rates of Adam's moment estimates. None: (0.5, 0.999).
        betas: (f64, f64) [(0.0..1.0, "each must be at least 0 and below 1")] = (0.5, 0.999),
        /// Maximum norm of a network's gradient; larger gradients are scaled down to it. None: no limit.
        max_grad_norm: Option<f64> [Above(0.0)],
        /// Half-life, in samples, of the exponential moving average of the generator's weights, which is used for
        /// sampling; shorter at the start of training. 0 uses the current weights. None: 10,000.
        ema: f64 [0.0..] = 10_000.0,
        "Labels":
        /// How the labels of ``fit(X, y)`` enter the generator: "concatenation" appends them to its input, "embedding"
        /// appends a learnt vector, "modulation" scales and shifts after each normalisation (conditional batch norm if
        /// the norm is "batch", else FiLM). None: "concatenation", for "resnet" "modulation".
        conditioning: Option<GeneratorConditioning> as "{\"concatenation\", \"embedding\", \"modulation\"}",
        /// How the labels enter the discriminator: "concatenation" appends them to its features, "projection" adds the
        /// dot product of a learnt vector and the features to the score, "auxiliary" learns to predict them (ACGAN).
        /// None: "concatenation", for "resnet" "projection", for `codes` "auxiliary".
        discriminator_conditioning: Option<DiscriminatorConditioning> as "{\"concatenation\", \"projection\", \"auxiliary\"}",
        /// For "auxiliary": weight of the label prediction loss. None: 1.0.
        auxiliary_weight: Option<f64> [0.0..],
        "Noise":
        /// Standard deviation of the noise added to the discriminator's input, in the network's range. None: 0.3 for
        /// tiles, else 0.
        instance_noise: f64 [0.0..],
        /// Schedule of `instance_noise` over `epochs`. None: "constant" for tiles, else "linear", down to a hundredth.
        instance_noise_schedule: NoiseSchedule as "{\"constant\", \"linear\", \"cosine\"}",
        /// Standard deviation of the noise added between the generator's layers in training. None: 0.
        latent_noise: f64 [0.0..] = 0.0,
        /// One-sided label smoothing: amount by which the target of real samples is lowered, below 0.5; for objectives
        /// with a target. None: 0.
        label_smoothing: f64 [0.0..0.5] = 0.0,
        /// Fraction of samples whose target is flipped (real for generated and vice versa) in the discriminator's loss,
        /// below 0.5. None: 0.
        label_flip: f64 [0.0..0.5] = 0.0,
        "":
        /// Seed of all random numbers.
        seed: u64 = 0,
    }
}
