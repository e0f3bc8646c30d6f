"""Generative adversarial networks."""

import dataclasses
from typing import Any, ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .. import _core
from .._data.labels import Labels
from .._data.streams import Stream
from .._warnings import warn
from ..exceptions import ParameterError
from ..presets import with_preset
from ._clustered import Clustered
from ._gan_inversion import GanInversion
from ._gan_samples import GanSamples
from ._gan_scores import GanScores

# Preset for images without labels, and the side above which it applies as a whole.
_USUAL, _SMALL = "self-conditioned", 16
# Number of images below which there are fewer clusters than in the preset, and this number.
_MANY, _FEW = 10_000, 20


class GanTrainer(Clustered, GanSamples, GanScores, GanInversion):
    """A generator and a discriminator trained against each other.

    A parameter that is None takes its value from the preset, else from a rule that depends on the data; the resolved
    value is a fitted attribute with a trailing underscore (``latent_dim_``).

    If no parameter but those of sizes is given, 1,000 or more images without labels are learnt with `clusters` in place
    of labels, above 16 px with the whole preset "self-conditioned"; the line at the start of the training says so.

    The first ten parameters may be given by position. The others are keyword-only, in groups:
    model, training, labels, noise, data and running.

    Parameters
    ----------
    net : {members("net", "gan")} or None
        Architecture; "pianoroll" is for piano rolls. None: "mlp" for rows, else "dcgan" (images with sides from 4 to
        256 px, volumes up to 64).
    objective : {members("objective")} or None
        Pair of loss functions. None: "non_saturating".
    latent_dim : int or None
        Length of the generator's random input. None: 32 for images up to 16 px, 100 for larger ones, 128 for "resnet";
        for "mlp" 16 for samples of up to 16 values, else 64.
    epochs : int or None
        Number of passes over the data. The last batch of an epoch is skipped if it is not full; the order of the
        samples changes with each epoch. None: enough for about 200,000 training samples.
    batch_size : int or None
        Samples per batch, at most the number of samples in X. None: 64, or fewer if X has fewer or `pac` does not
        divide it.
    lr : float or None
        Learning rate of Adam. None: 1e-3 for "mlp", 5e-4 for "dcgan" up to 16 px, else 2e-4.
    penalty : str, dict, sequence of these, or None
        One or several of
        {members("penalty")}:
        terms added to the discriminator's loss; to the generator's for "path_length", "feature_matching" and
        "mode_seeking"; "weight_clip" bounds the discriminator's weights. A dictionary has "name" and may have "weight"
        (default 10; 2 for "path_length", 1 for "max_gradient", "feature_matching" and "mode_seeking", 0.3 for "lecam",
        0.01 for "weight_clip"), "every" (steps between two evaluations; the term is multiplied by this number) and
        "one_sided" (penalise gradient norms above 1 only; for "gradient" and "dragan"). "r1" and "r2" are half the mean
        squared gradient norm. None: "weight_clip" for "wasserstein", else none; an empty sequence means none.
    preset : str or None
        Name of a preset with published settings, see `ganvas.presets`. Parameters that are not None take precedence.
    random_state : int, numpy.random.RandomState, numpy.random.Generator or None
        Seed of the initial weights, the order of the samples and the noise. On the CPU of one machine, the same integer
        gives bit-identical results; on a CUDA device results agree up to rounding, because some kernels add in any
        order.
    device : str, default "auto"
        "auto", "cpu", "cuda" or "cuda:1".
    base_channels : int or None
        For "dcgan" and "resnet": channels at the largest resolution, doubled at each halving up to eight times. None:
        16, 32 and 64 for images up to 16, up to 32 and above 32 px; for "resnet" 32 up to 32 px, else 64; at most 16
        for volumes. For "pianoroll": channels at the size of a roll, doubled at each reduction up to eight times. None:
        16.
    depth : int or None
        Number of convolutions ("dcgan") or blocks ("resnet") per resolution. None: 1; for "dcgan" 2 up to 16 px.
    hidden : sequence of int or None
        For "mlp": widths of the generator's hidden layers; the discriminator uses them in reverse order. None: (256,
        256).
    norm : {"batch", "layer", "instance", "none"} or None
        Normalisation between the layers of both networks. None: "none" for "mlp", else "batch"; for the discriminator
        "none" with "resnet" or `spectral_norm`, and "layer" in place of "batch" with a gradient penalty. "mlp" does not
        support "instance".
    discriminator_norm : {"batch", "layer", "instance", "none"} or None
        Normalisation in the discriminator, if different. None: `norm`, but "none" in place of "batch" for "mlp" and
        "resnet".
    spectral_norm : bool or None
        Divide the discriminator's weights by their largest singular values, instead of normalising activations. None:
        False.
    attention : int, bool or None
        For "dcgan" and "resnet": resolution (side in pixels) of a self-attention layer in both networks: the side of X
        divided by 2, 4, ..., at most 64. True takes the largest up to 32. None: no attention.
    maxout : int or None
        For "mlp": number of linear pieces of each maxout unit in the discriminator's hidden layers. None: LeakyReLU.
    minibatch_std : bool or None
        Append the standard deviation over the batch to the discriminator's features. None: False.
    pac : int or None
        Number of samples that the discriminator judges together; `batch_size` must be a multiple of it. Not supported
        with "auxiliary". None: 1.
    n_critic : int or None
        Discriminator steps per generator step. Training that ends before the first generator step gives a
        ConvergenceWarning. None: 5 for "wasserstein", else 1.
    discriminator_lr : float or None
        Learning rate of the discriminator, if different (two time-scale update rule). None: `lr`.
    lr_schedule : {"constant", "linear", "cosine", "warmup"} or None
        Schedule of the learning rates over `epochs`: "linear" and "cosine" decay to a hundredth, "warmup" rises over
        the first tenth. None: "constant".
    betas : (float, float) or None
        Decay rates of Adam's moment estimates. None: (0.5, 0.999).
    max_grad_norm : float or None
        Maximum norm of a network's gradient; larger gradients are scaled down to it. None: no limit.
    ema : float or None
        Half-life, in samples, of the exponential moving average of the generator's weights, which is used for sampling;
        shorter at the start of training. 0 uses the current weights. None: 10,000.
    conditioning : {"concatenation", "embedding", "modulation"} or None
        How the labels of ``fit(X, y)`` enter the generator: "concatenation" appends them to its input, "embedding"
        appends a learnt vector, "modulation" scales and shifts after each normalisation (conditional batch norm if the
        norm is "batch", else FiLM). None: "concatenation", for "resnet" "modulation".
    discriminator_conditioning : {"concatenation", "projection", "auxiliary"} or None
        How the labels enter the discriminator: "concatenation" appends them to its features, "projection" adds the dot
        product of a learnt vector and the features to the score, "auxiliary" learns to predict them (ACGAN). None:
        "concatenation", for "resnet" "projection", for `codes` "auxiliary".
    auxiliary_weight : float or None
        For "auxiliary": weight of the label prediction loss. None: 1.0.
    codes : int, (int, int) or None
        For unlabelled data: numbers of categories and of continuous values in -1..1 that the model discovers (InfoGAN).
        ``sample(n, y=3)`` selects a category, ``sample(n, y=[[3, 0.5]])`` a category and values. None: no codes.
    clusters : int or None
        For unlabelled data in memory: number of clusters, by k-means on principal components, that take the place of
        labels (Liu et al., "Diverse Image Generation via Self-Conditioned GANs", 2020; they cluster features of the
        discriminator, again and again). Samples are drawn of all clusters by their frequency. None: no clusters.
    balanced : bool, default False
        Draw all classes equally often in training and sampling, regardless of their frequency; for data in memory only.
    instance_noise : float or None
        Standard deviation of the noise added to the discriminator's input, in the network's range. None: 0.3 for tiles,
        else 0.
    instance_noise_schedule : {"constant", "linear", "cosine"} or None
        Schedule of `instance_noise` over `epochs`. None: "constant" for tiles, else "linear", down to a hundredth.
    latent_noise : float or None
        Standard deviation of the noise added between the generator's layers in training. None: 0.
    label_smoothing : float or None
        One-sided label smoothing: amount by which the target of real samples is lowered, below 0.5; for objectives with
        a target. None: 0.
    label_flip : float or None
        Fraction of samples whose target is flipped (real for generated and vice versa) in the discriminator's loss,
        below 0.5. None: 0.
    kind : {members("kind", "gan")} or None
        Kind of data: "row" for ``(n, d)``; "image"; "volume"; "series" for windows ``(n, t, features)``, which are
        standardised by feature; "tiles" for maps ``(n, h, w)`` of symbols; "roll" for piano rolls ``(n, bars, steps,
        pitches)`` of two values. None: determined from the axes, see `fit`; "series", "roll" and tiles that are
        integers must be named. Warns if columns of images ``(n, ?, ?)`` have unlike ranges.
    channels : {"first", "last"} or None
        Position of the channel axis in ``(n, ?, ?, ?)``. None: the end that gives 1, 3 or 4 channels or square images;
        otherwise the end whose size is smaller than the image sides. Raises an error if both ends fit equally well.
    value_range : (float, float) or None
        Minimum and maximum value of images, and of rows if the likelihood needs a range. Values outside are clipped.
        None: derived from the type and values of X, see `fit`.
    executor : {"auto", "native", "cuda_graph", "tch"}, default "auto"
        Implementation that runs the networks in training: "tch" is libtorch; "native" is faster on the CPU and supports
        fewer layers; "cuda_graph" launches all kernels of a step at once, on CUDA; "auto" takes the fastest that
        supports the model. Results agree up to rounding.
    precision : {"fp32", "tf32", "bf16"} or None
        Precision of computations on a CUDA device, in training and for results; None is "tf32" there. CPUs support
        "fp32" only.
    profile : path, "nvtx" or None
        File for a profile of the training: a Chrome trace, for chrome://tracing or https://ui.perfetto.dev. On a CUDA
        device its spans measure the calls, not the kernels; "nvtx" annotates operators for NVIDIA's profilers instead.
    progress : bool, "live" or None
        Show a progress bar with losses and samples/s; "live" adds a `ganvas.callbacks.LivePlot` in a notebook and shows
        a bar elsewhere. None: a bar on a terminal or in a notebook, unless ``verbose=0``.
    verbose : int, default 1
        0: silent. 1: one line at the start. 2: losses every 100 steps.
    callbacks : sequence of ganvas.callbacks.Callback, default ()
        Callbacks called during training.
    on_interrupt : {"return", "raise"} or None
        Effect of Ctrl-C or the notebook's stop button. "return": `fit` and `partial_fit` print the progress so far and
        return the estimator in its current state, with `interrupted_` True; a loop around them continues. "raise":
        KeyboardInterrupt; the estimator keeps its current state. None: "return" in a notebook, IPython or Python's
        prompt, else "raise"; also "raise" before the first step and with several processes.
    on_divergence : {"raise", "rewind"}, default "raise"
        Effect of a loss that is NaN or infinite. "raise": DivergedError; the estimator keeps its last finite weights.
        "rewind": training goes on from the last finite weights with half the learning rates, at most three times in a
        run, and then raises the error. Each time is printed and added to `diagnosis_`.

    Attributes
    ----------
    history_ : mapping of str to numpy.ndarray
        One row per epoch: epoch, samples, discriminator_loss, real_score, fake_score, generator_loss, seconds; penalty,
        generator_penalty and auxiliary_loss (weighted) if they are used.
    classes_ : numpy.ndarray
        Classes, if `fit` was given classes; the categories of `codes`.
    generator_, discriminator_ : callable
        The networks in evaluation mode, called on torch tensors.
    diagnosis_ : tuple of named tuples
        What went wrong in training: ``(name, epoch, evidence, remedy)`` each; empty for a healthy run.
    interrupted_ : bool
        True if the last training ended before its last epoch.
    n_features_in_ : int
        Number of columns of X, for rows.

    References
    ----------
    I. Goodfellow et al., "Generative Adversarial Nets", 2014.
    A. Radford, L. Metz, S. Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative
    Adversarial Networks", 2016.

    Examples
    --------
    >>> import ganvas
    >>> gan = ganvas.GanTrainer(epochs=2, random_state=0, verbose=0).fit(ganvas.data.ring(512, random_state=0))
    >>> gan.sample(5).shape
    (5, 2)
    """

    n_critic_: int

    _tuples: ClassVar[tuple[str, ...]] = (*Clustered._tuples, "codes")

    # Written by `make face`.
    def __init__(
        self,
        net: str | None = None,
        objective: str | None = None,
        latent_dim: int | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        lr: float | None = None,
        penalty: Any = None,
        preset: str | None = None,
        random_state: Any = None,
        device: str = "auto",
        *,
        # Model
        base_channels: int | None = None,
        depth: int | None = None,
        hidden: Any = None,
        norm: str | None = None,
        discriminator_norm: str | None = None,
        spectral_norm: bool | None = None,
        attention: int | bool | None = None,
        maxout: int | None = None,
        minibatch_std: bool | None = None,
        pac: int | None = None,
        # Training
        n_critic: int | None = None,
        discriminator_lr: float | None = None,
        lr_schedule: str | None = None,
        betas: Any = None,
        max_grad_norm: float | None = None,
        ema: float | None = None,
        # Labels
        conditioning: str | None = None,
        discriminator_conditioning: str | None = None,
        auxiliary_weight: float | None = None,
        codes: Any = None,
        clusters: int | None = None,
        balanced: bool = False,
        # Noise
        instance_noise: float | None = None,
        instance_noise_schedule: str | None = None,
        latent_noise: float | None = None,
        label_smoothing: float | None = None,
        label_flip: float | None = None,
        # Data
        kind: str | None = None,
        channels: str | None = None,
        value_range: Any = None,
        # Running
        executor: str = "auto",
        precision: str | None = None,
        profile: Any = None,
        progress: bool | str | None = None,
        verbose: int = 1,
        callbacks: Any = (),
        on_interrupt: str | None = None,
        on_divergence: str = "raise",
    ) -> None:
        self.net = net
        self.objective = objective
        self.latent_dim = latent_dim
        self.epochs = epochs
        self.batch_size = batch_size
        self.lr = lr
        self.penalty = penalty
        self.preset = preset
        self.random_state = random_state
        self.device = device
        self.base_channels = base_channels
        self.depth = depth
        self.hidden = hidden
        self.norm = norm
        self.discriminator_norm = discriminator_norm
        self.spectral_norm = spectral_norm
        self.attention = attention
        self.maxout = maxout
        self.minibatch_std = minibatch_std
        self.pac = pac
        self.n_critic = n_critic
        self.discriminator_lr = discriminator_lr
        self.lr_schedule = lr_schedule
        self.betas = betas
        self.max_grad_norm = max_grad_norm
        self.ema = ema
        self.conditioning = conditioning
        self.discriminator_conditioning = discriminator_conditioning
        self.auxiliary_weight = auxiliary_weight
        self.codes = codes
        self.clusters = clusters
        self.balanced = balanced
        self.instance_noise = instance_noise
        self.instance_noise_schedule = instance_noise_schedule
        self.latent_noise = latent_noise
        self.label_smoothing = label_smoothing
        self.label_flip = label_flip
        self.kind = kind
        self.channels = channels
        self.value_range = value_range
        self.executor = executor
        self.precision = precision
        self.profile = profile
        self.progress = progress
        self.verbose = verbose
        self.callbacks = callbacks
        self.on_interrupt = on_interrupt
        self.on_divergence = on_divergence

    def _create(self, options: dict[str, Any], data: _core.Data, array: np.ndarray | Stream, device: str) -> _core.Run:
        if data.words()["labels"].get("balanced") and isinstance(array, Stream):
            raise ParameterError("balanced: expected data in memory, with random access, got a stream; pass an array")
        return _core.Run("gan", options, data, len(array), device)

    def _settings(self, options: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in options.items() if name not in ("codes", "balanced", "clusters")}

    def _learn_labels(self, options: dict[str, Any], y: Any, array: Any) -> tuple[Labels, np.ndarray | None]:
        if self._takes_clusters(y, array):
            usual = with_preset(_USUAL, [GanTrainer.__name__], dict.fromkeys(options))
            # Images that small are learnt as well without its other settings, and faster.
            names = usual if max(array.shape[1:3]) > _SMALL else ["clusters"]
            options.update({name: usual[name] for name in names if options[name] is None})
            if len(array) < _MANY:
                options["clusters"] = _FEW
        codes, balanced, clusters = (options.pop(name) for name in ("codes", "balanced", "clusters"))
        if not isinstance(balanced, bool | np.bool_):
            raise ParameterError(f"balanced: expected True or False, got {balanced!r}")
        if codes is not None:
            Labels.refuse(y)
            if clusters is not None:
                raise ParameterError("clusters: expected None with codes, which take the place of labels")
            return Labels.codes(codes), None
        if clusters is not None:
            if balanced:
                raise ParameterError("balanced: needs classes; pass y to fit, got True")
            return self._found_clusters(clusters, y, array)
        labels, y = Labels.learn(y, len(array))
        if balanced and labels.kind != "classes":
            raise ParameterError("balanced: needs classes; pass y to fit, got True")
        return dataclasses.replace(labels, balanced=bool(balanced)), y

    def _after_training(self) -> None:
        steps = self._run.progress().step
        if steps < self.n_critic_:
            warn(
                f"the generator has not been trained: the discriminator made {steps} steps, n_critic={self.n_critic_}; "
                "raise epochs, or lower batch_size or n_critic",
                ConvergenceWarning,
            )

    @property
    def codes_(self) -> tuple[int, int] | None:
        """Numbers of categories and continuous values of `codes`, if used."""
        self._fitted()
        return (self._labels.categories, self._labels.continuous) if self._labels.kind == "codes" else None

    @property
    def balanced_(self) -> bool:
        """True if all classes are trained on and sampled equally often."""
        self._fitted()
        return self._labels.balanced

    @property
    def generator_(self) -> _core.Network:
        """Map latents ``(n, latent_dim)`` to samples in the network's range.

        Images are ``(n, c, h, w)`` in -1..1, rows ``(n, d)`` standardised. Labels are a second argument: tensors of
        indices into `classes_`, or of numbers. Uses the weights of `sample` (averaged), with batch norm in evaluation
        mode. Twice differentiable.
        """
        return self._fitted().network("generator")

    @property
    def discriminator_(self) -> _core.Network:
        """Map samples in the network's range to scores, higher = more real.

        Scores are ``(n,)``, with `pac` one per group of samples; labels are a second argument as in `generator_`,
        except for "auxiliary". Twice differentiable.
        """
        return self._fitted().network("discriminator")


__all__ = ["GanTrainer"]
