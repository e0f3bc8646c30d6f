"""Flow matching."""

from typing import Any, ClassVar

import numpy as np

from .. import _core
from .._checks import integer, number
from .._data.frames import index_of
from .._data.known import read_known
from .._data.labels import Labels
from .._data.streams import Stream
from .._run.precision import evaluating
from .._run.random import seed_from
from ..exceptions import ParameterError
from ._clustered import Clustered

# Directions along which the divergence is measured, by default.
_DRAWS = 16
# Default number of clusters, and of images for each of them.
_CLUSTERS, _EACH = 50, 50


class FlowTrainer(Clustered):
    """A network that moves noise to samples along straight paths.

    Flow matching: at a random point between noise and a sample, the network learns the velocity from one to the other.
    The loss is a squared error, which falls as the model improves, and no discriminator can be fooled by few modes.
    Samples cost two passes of the network for each of a few steps.

    Images without labels, 1,000 or more in memory, are learnt with `clusters` in place of labels, if no parameter but
    those of sizes is given; the line at the start of the training says so.

    A parameter that is None takes its value from a rule that depends on the data; the resolved value is a fitted
    attribute with a trailing underscore (``base_channels_``).

    The first ten parameters may be given by position. The others are keyword-only, in groups:
    model, training, labels, data and running.

    Parameters
    ----------
    net : {members("net", "flow")} or None
        Architecture. None: "unet" for images with sides from 4 to 256 px, series and volumes up to 64, else "mlp".
    base_channels : int or None
        For "unet": channels at the largest inner resolution, doubled at each halving up to four times. None: 32; 16 for
        volumes.
    epochs : int or None
        Number of passes over the data. The last batch of an epoch is skipped if it is not full; the order of the
        samples changes with each epoch. None: enough for about 400,000 training samples; 1,000,000 for "mlp".
    batch_size : int or None
        Samples per batch, at most the number of samples in X. None: 32; 128 for "mlp".
    lr : float or None
        Learning rate of Adam. None: 2e-3.
    label_dropout : float or None
        Fraction of the samples whose label is hidden in training, so that the model also generates without one, which
        ``guidance`` needs (Ho and Salimans, "Classifier-Free Diffusion Guidance", 2022). None: 0.1 with labels.
    ema : float or None
        Half-life, in samples, of the exponential moving average of the weights, which is used for results; shorter at
        the start of training. 0 uses the current weights. None: 10,000.
    preset : str or None
        Name of a preset with published settings, see `ganvas.presets`. Parameters that are not None take precedence.
    random_state : int, numpy.random.RandomState, numpy.random.Generator or None
        Seed of the initial weights, the order of the samples and the noise. On the CPU of one machine, the same integer
        gives bit-identical results; on a CUDA device results agree up to rounding, because some kernels add in any
        order.
    device : str, default "auto"
        "auto", "cpu", "cuda" or "cuda:1".
    depth : int or None
        For "unet": number of residual blocks per resolution, on the way down and on the way up. None: 1.
    patch : int or None
        For "unet": the largest inner resolution is that of the samples divided by 1, 2 or 4. None: 1 up to 12 px, 2 up
        to 64 px, else 4.
    attention : int, bool or None
        For "unet": resolution (side in pixels) of a self-attention layer: the side of X divided by 2, 4, ..., at most
        64. True takes the largest up to 32, False none. None: the smallest.
    hidden : sequence of int or None
        For "mlp": widths of the hidden layers. None: (256, 256, 256).
    activation : {"relu", "leaky_relu", "tanh", "elu", "silu", "gelu", "softplus", "sigmoid", "squared_relu"} or None
        Activation function between the layers. None: "silu".
    lr_schedule : {"constant", "linear", "cosine", "warmup", "plateau"} or None
        Schedule of the learning rate over ``epochs``: "linear" and "cosine" decay to a hundredth, "warmup" rises over
        the first tenth, "plateau" halves the rate whenever the loss has not fallen for 10 epochs. None: "cosine".
    betas : (float, float) or None
        Decay rates of Adam's moment estimates. None: (0.9, 0.99).
    max_grad_norm : float or None
        Maximum norm of the gradient; larger gradients are scaled down to it. None: no limit.
    clusters : int or None
        For unlabelled data in memory: number of clusters, by k-means on principal components, that take the place of
        labels (Liu et al., "Diverse Image Generation via Self-Conditioned GANs", 2020; they cluster features of the
        discriminator, again and again). Samples are drawn of all clusters by their frequency. None: no clusters.
    kind : {members("kind", "flow")} or None
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
        One row per epoch: epoch, samples, loss, seconds.
    classes_ : numpy.ndarray
        Classes, if `fit` was given classes.
    diagnosis_ : tuple of named tuples
        What went wrong in training: ``(name, epoch, evidence, remedy)`` each; empty for a healthy run.
    interrupted_ : bool
        True if the last training ended before its last epoch.
    n_features_in_ : int
        Number of columns of X, for rows.

    References
    ----------
    Y. Lipman et al., "Flow Matching for Generative Modeling", 2023.
    X. Liu, C. Gong, Q. Liu, "Flow Straight and Fast: Learning to Generate and Transfer Data with Rectified Flow", 2023.
    P. Esser et al., "Scaling Rectified Flow Transformers for High-Resolution Image Synthesis", 2024.

    Examples
    --------
    >>> import ganvas
    >>> X, y = ganvas.data.load_digits(return_y=True)
    >>> flow = ganvas.FlowTrainer(base_channels=8, epochs=1, random_state=0, verbose=0).fit(X, y)
    >>> flow.sample(3, y=7, steps=4, guidance=2.0).shape
    (3, 16, 16)
    """

    _tuples: ClassVar[tuple[str, ...]] = ("betas", "hidden", "value_range")

    # Written by `make face`.
    def __init__(
        self,
        net: str | None = None,
        base_channels: int | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        lr: float | None = None,
        label_dropout: float | None = None,
        ema: float | None = None,
        preset: str | None = None,
        random_state: Any = None,
        device: str = "auto",
        *,
        # Model
        depth: int | None = None,
        patch: int | None = None,
        attention: int | bool | None = None,
        hidden: Any = None,
        activation: str | None = None,
        # Training
        lr_schedule: str | None = None,
        betas: Any = None,
        max_grad_norm: float | None = None,
        # Labels
        clusters: int | None = None,
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
        self.base_channels = base_channels
        self.epochs = epochs
        self.batch_size = batch_size
        self.lr = lr
        self.label_dropout = label_dropout
        self.ema = ema
        self.preset = preset
        self.random_state = random_state
        self.device = device
        self.depth = depth
        self.patch = patch
        self.attention = attention
        self.hidden = hidden
        self.activation = activation
        self.lr_schedule = lr_schedule
        self.betas = betas
        self.max_grad_norm = max_grad_norm
        self.clusters = clusters
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
        return _core.Run("flow", options, data, len(array), device)

    def _settings(self, options: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in options.items() if name != "clusters"}

    def _learn_labels(self, options: dict[str, Any], y: Any, array: Any) -> tuple[Labels, np.ndarray | None]:
        clusters = options.pop("clusters")
        if clusters is None and self._takes_clusters(y, array):
            clusters = min(_CLUSTERS, len(array) // _EACH)
        if clusters is not None:
            return self._found_clusters(clusters, y, array)
        return Labels.learn(y, len(array))

    def sample(
        self,
        n_samples: int = 1,
        y: Any = None,
        random_state: Any = None,
        steps: int | None = None,
        guidance: float | None = None,
    ) -> Any:
        """Generate samples.

        Parameters
        ----------
        n_samples : int, default 1
            Number of samples, at least 1.
        y : label, array-like or None
            Labels, for a conditional model: one per sample, or one for all. None draws labels: classes by their
            frequency in the training data, numeric labels from at most 2,000 training samples.
        random_state : int, RandomState, Generator or None
            Seed. None continues the model's own random stream, which `save` and `load` preserve.
        steps : int or None
            Steps from noise to a sample by Heun's method, each of two passes of the network, at least 1. None: 10; 40
            for rows.
        guidance : float or None
            For a conditional model: strength of the labels, at least 0. 0 ignores them, 1 generates as trained, more
            exaggerates what distinguishes a label, for more typical and less varied samples (Ho and Salimans,
            "Classifier-Free Diffusion Guidance", 2022). Other values than 1 double the cost. None: 1.

        Returns
        -------
        samples
            In the form of X: container, dtype, range and axis order.

        Raises
        ------
        NotFittedError, ParameterError
        """
        self._fitted()
        n_samples = integer("n_samples", n_samples, 1)
        seed = None if random_state is None else seed_from(random_state)
        ask = self._asked(steps, guidance)
        with evaluating(self):
            return self._layout.restore(self._run.sample(n_samples, seed, self._labels.code(y, n_samples), **ask))

    def inpaint(
        self,
        X: Any,
        known: Any,
        y: Any = None,
        random_state: Any = None,
        steps: int | None = None,
        guidance: float | None = None,
    ) -> Any:
        """Complete samples of which only some values are known.

        On the way from noise to a sample, known values are replaced at each step by the mixture of noise and value that
        belongs to its time. Each step is made four times with new noise, so that the generated values fit to the known
        ones.

        Parameters
        ----------
        X : array-like
            Samples in the form of the training data, at least one. Unknown values are ignored; they may be NaN.
        known : array-like of bool, or of the integers 0 and 1
            True where a value is known, as ``~np.isnan(X)``; inverted masks, True in the hole, are passed as ``~mask``.
            Of the shape of X, without its axis of channels (of features, for series), or also without its axis of
            samples, for one mask of all samples; axes of size 1 are repeated.
        y : array-like, label or None
            Labels, for a conditional model. None: completed without labels.
        random_state : int, RandomState, Generator or None
            Seed. Another seed finds another completion. None continues the model's own random stream.
        steps : int or None
            Steps from noise to a sample, at least 1. None: 10; 40 for rows.
        guidance : float or None
            As in `sample`; without `y`, None.

        Returns
        -------
        samples
            In the form of the training data; for a pandas frame with its index. Known values equal those of X.

        Raises
        ------
        NotFittedError, ShapeError, DtypeError, DataError, ParameterError

        References
        ----------
        A. Lugmayr et al., "RePaint: Inpainting using Denoising Diffusion Probabilistic Models", 2022.

        Examples
        --------
        >>> import ganvas
        >>> digits = ganvas.data.load_digits(8)
        >>> flow = ganvas.FlowTrainer(base_channels=8, epochs=1, random_state=0, verbose=0).fit(digits)
        >>> known = digits[0] >= 0
        >>> known[4:] = False
        >>> completed = flow.inpaint(digits[:2], known, steps=2)
        >>> completed.shape, bool((completed == digits[:2])[:, known].all())
        ((2, 8, 8), True)
        """
        self._fitted()
        seed = None if random_state is None else seed_from(random_state)
        ask = self._asked(steps, guidance)
        if y is None and guidance is not None:
            raise ParameterError(f"guidance: expected None without y, which it makes stronger, got {guidance}")
        X, y = self._opened(X, y)
        array, marks = read_known(self, X, known, self.channels, self._layout)
        codes = self._labels.code(y, len(array))
        with evaluating(self):
            made = self._run.complete(array, marks.astype(np.float32), seed, codes, **ask)
        return self._layout.restore(np.where(marks, array, made), index_of(X))

    def score_samples(
        self, X: Any, y: Any = None, *, draws: int = _DRAWS, steps: int | None = None, return_std: bool = False
    ) -> Any:
        """Compute the log density of each sample.

        Samples are moved back to noise, whose density is known; the change of the density along the path is the
        integral of the divergence of the velocity.

        Parameters
        ----------
        X : array-like
            Samples, in the form of the training data.
        y : array-like, label or None
            Labels, for a conditional model. None: the density of the model without labels.
        draws : int, default 16
            Number of random directions along which the divergence is measured (Hutchinson, 1990), at least 1. Samples
            of no more values are measured along their axes, which is exact up to the steps. The directions are equal at
            each call.
        steps : int or None
            Steps of Heun's method, at least 1. None: 10; 40 for rows.
        return_std : bool, default False
            Also return the standard errors that the random directions cause.

        Returns
        -------
        scores : numpy.ndarray of shape (n,), float64
            Nats, higher = more likely, in the units of X. Values outside the fitted range are clipped and penalised, as
            by `VaeTrainer.score_samples`.
        errors : numpy.ndarray of shape (n,), float64
            Only with `return_std`: 0 along axes, NaN for a single direction.

        Raises
        ------
        NotFittedError, ShapeError, DtypeError, DataError, ParameterError

        Notes
        -----
        The density of a continuous model at pixels of 256 levels is not a probability: it grows without bound as
        training concentrates on the levels. It compares samples under one model, and is not
        comparable with a bound of a VAE.
        """
        self._fitted()
        draws, ask = integer("draws", draws, 1, 10**6), self._asked(steps, None)
        if not isinstance(return_std, bool | np.bool_):
            raise ParameterError(f"return_std: expected True or False, got {return_std!r}")
        array, codes = self._read(X, y)
        # Clusters stand for no labels.
        codes = None if self.clusters_ else codes
        with evaluating(self):
            found = self._run.densities(array, codes, draws, ask["steps"]).astype(np.float64)
        return (found[:, 0], found[:, 1]) if return_std else found[:, 0]

    def score(self, X: Any, y: Any = None) -> float:
        """Mean log density of samples, for model selection.

        Parameters
        ----------
        X, y : array-like
            As for `score_samples`.

        Returns
        -------
        float
            Nats per sample, higher = better.
        """
        return float(self.score_samples(X, y).mean())

    def _samples(self, n: int, y: Any, seed: int | None) -> np.ndarray:
        return self._fitted().sample(n, seed, self._labels.code(y, n))

    def _asked(self, steps: int | None, guidance: float | None) -> dict[str, Any]:
        """Check how samples are generated; as arguments of the core."""
        if guidance is not None:
            guidance = number("guidance", guidance)
            if not 0 <= guidance < np.inf:
                raise ParameterError(f"guidance: must be at least 0 and finite, got {guidance}")
            if self._labels.kind in ("none", "clusters"):
                raise ParameterError(
                    f"guidance: expected None for a model without labels; pass y to fit, got {guidance}"
                )
        return {"steps": None if steps is None else integer("steps", steps, 1, 10**6), "guidance": guidance}


__all__ = ["FlowTrainer"]
