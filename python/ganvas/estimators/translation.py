"""Translation of pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .. import _core
from .._data.labels import Labels
from .._data.scale import checked_range
from .._data.translated import Form, Pictures, by_stem, halves
from .._run.random import seed_from
from .._run.ranks import Ranks
from .._run.torch import plain_modes
from ..data import load_digits
from ..exceptions import ParameterError
from ..presets import with_preset
from ._trainer import Trainer
from ._translating import Translating

if TYPE_CHECKING:
    from typing_extensions import Self


class TranslationTrainer(Translating, Trainer):
    """A network that turns pictures into pictures.

    Pictures are translated by pairs, ``fit(X, Y)``; repaired, enlarged, coloured or denoised, ``fit(X)`` with a
    `corruption` that the network learns to undo; or translated between two kinds without pairs, ``fit(X, Y)`` with
    ``pairing="none"``. The network is a U-Net; a discriminator of patches is optional: without one, results have the
    smallest error, and with one, they look sharper.

    A parameter that is None takes its value from the preset, else from a rule that depends on the data; the resolved
    value is a fitted attribute with a trailing underscore (``base_channels_``).

    The first ten parameters may be given by position. The others are keyword-only, in groups:
    model, training, data and running.

    Parameters
    ----------
    corruption : str, dict or None
        What is done to X to obtain the network's input, instead of pairs: one of
        {members("corruption")}.
        A dictionary has "name" and may have "factor" (for "downscale"; default 2) or "deviation" (for "noise"; default
        0.1, a fraction of the range of values). None: the input is X, and Y is what it is translated to.
    pairing : {"paired", "none"} or None
        "none" for pictures of two kinds that do not belong together (CycleGAN). None: "paired".
    objective : {members("objective")} or None
        Pair of loss functions of a discriminator of patches. None: for ``pairing="none"`` "non_saturating", else no
        discriminator.
    base_channels : int or None
        For "unet": channels at the largest inner resolution, doubled at each halving up to four times; also of the
        discriminator. None: 32.
    epochs : int or None
        Number of passes over the data. The last batch of an epoch is skipped if it is not full; the order of the
        samples changes with each epoch. None: enough for about 200,000 training samples.
    batch_size : int or None
        Pictures per batch, at most the number in X. None: 32.
    lr : float or None
        Learning rate of Adam. None: 1e-3, with an objective 2e-4.
    preset : str or None
        Name of a preset with published settings, see `ganvas.presets`. Parameters that are not None take precedence.
    random_state : int, numpy.random.RandomState, numpy.random.Generator or None
        Seed of the initial weights, the order of the samples and the noise. On the CPU of one machine, the same integer
        gives bit-identical results; on a CUDA device results agree up to rounding, because some kernels add in any
        order.
    device : str, default "auto"
        "auto", "cpu", "cuda" or "cuda:1".
    net : {members("net", "translation")} or None
        Architecture. None: "unet".
    reconstruction : {"l1", "l2"} or None
        Distance from the wanted picture: "l1", the mean absolute difference, or "l2", the mean squared difference.
        None: "l1".
    reconstruction_weight : float or None
        Weight of this distance. None: 1, with an objective 100.
    cycle_weight : float or None
        For ``pairing="none"``: weight of the distance of a picture from itself after the way there and back. None: 10.
    identity_weight : float or None
        For ``pairing="none"``: weight of the distance of a picture of the other kind from its translation, if both have
        as many channels. None: 5, else 0.
    depth : int or None
        For "unet": number of residual blocks per resolution, on the way down and on the way up. None: 1.
    patch : int or None
        For "unet": the largest inner resolution is that of the pictures divided by 1, 2 or 4. None: 1 up to 64 px, 2 up
        to 128 px, else 4.
    attention : int, bool or None
        For "unet": resolution (side in pixels) of a self-attention layer: the side of X divided by 2, 4, ..., at most
        64. True takes the largest up to 32, False none. None: the smallest.
    hidden : sequence of int or None
        For "mlp": widths of the hidden layers. None: (256, 256, 256).
    activation : {"relu", "leaky_relu", "tanh", "elu", "silu", "gelu", "softplus", "sigmoid", "squared_relu"} or None
        Activation function between the layers. None: "silu".
    discriminator_lr : float or None
        Learning rate of the discriminator, if different. None: `lr`.
    lr_schedule : {"constant", "linear", "cosine", "warmup"} or None
        Schedule of the learning rates over ``epochs``: "linear" and "cosine" decay to a hundredth, "warmup" rises over
        the first tenth. None: "cosine".
    betas : (float, float) or None
        Decay rates of Adam's moment estimates. None: (0.9, 0.99), with an objective (0.5, 0.999).
    max_grad_norm : float or None
        Maximum norm of a network's gradient; larger gradients are scaled down to it. None: no limit.
    ema : float or None
        Half-life, in samples, of the exponential moving average of the weights, which is used for results; shorter at
        the start of training. 0 uses the current weights. None: 5,000.
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
        One row per epoch: epoch, samples, loss, reconstruction (of pairs) or cycle, discriminator_loss, seconds.
    diagnosis_ : tuple of named tuples
        What went wrong in training: ``(name, epoch, evidence, remedy)`` each; empty for a healthy run.
    interrupted_ : bool
        True if the last training ended before its last epoch.

    References
    ----------
    P. Isola, J.-Y. Zhu, T. Zhou, A. A. Efros, "Image-to-Image Translation with Conditional Adversarial Networks", 2017.
    J.-Y. Zhu, T. Park, P. Isola, A. A. Efros, "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial
    Networks", 2017.
    O. Ronneberger, P. Fischer, T. Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation", 2015.

    Examples
    --------
    >>> import ganvas
    >>> digits = ganvas.data.load_digits()
    >>> repair = ganvas.TranslationTrainer(corruption="mask", base_channels=4, epochs=1, random_state=0, verbose=0)
    >>> known = digits[0] >= 0
    >>> known[4:12, 4:12] = False
    >>> repair.fit(digits).transform(digits[:3], known).shape
    (3, 16, 16)
    """

    _layout_type: ClassVar[Any] = Pictures
    _tuples: ClassVar[tuple[str, ...]] = ("betas", "hidden", "value_range")

    # Written by `make face`.
    def __init__(
        self,
        corruption: Any = None,
        pairing: str | None = None,
        objective: str | None = None,
        base_channels: int | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        lr: float | None = None,
        preset: str | None = None,
        random_state: Any = None,
        device: str = "auto",
        *,
        # Model
        net: str | None = None,
        reconstruction: str | None = None,
        reconstruction_weight: float | None = None,
        cycle_weight: float | None = None,
        identity_weight: float | None = None,
        depth: int | None = None,
        patch: int | None = None,
        attention: int | bool | None = None,
        hidden: Any = None,
        activation: str | None = None,
        # Training
        discriminator_lr: float | None = None,
        lr_schedule: str | None = None,
        betas: Any = None,
        max_grad_norm: float | None = None,
        ema: float | None = None,
        # Data
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
        self.corruption = corruption
        self.pairing = pairing
        self.objective = objective
        self.base_channels = base_channels
        self.epochs = epochs
        self.batch_size = batch_size
        self.lr = lr
        self.preset = preset
        self.random_state = random_state
        self.device = device
        self.net = net
        self.reconstruction = reconstruction
        self.reconstruction_weight = reconstruction_weight
        self.cycle_weight = cycle_weight
        self.identity_weight = identity_weight
        self.depth = depth
        self.patch = patch
        self.attention = attention
        self.hidden = hidden
        self.activation = activation
        self.discriminator_lr = discriminator_lr
        self.lr_schedule = lr_schedule
        self.betas = betas
        self.max_grad_norm = max_grad_norm
        self.ema = ema
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

    def fit(
        self,
        X: Any = None,
        Y: Any = None,
        *,
        checkpoint_dir: str | Path | None = None,
        save_every: int = 1,
        resume: str | None = None,
        keep: int = 2,
    ) -> "Self":
        """Train a new model.

        Parameters
        ----------
        X : array-like, path or None
            Pictures ``(n, h, w)``, ``(n, h, w, c)`` or ``(n, c, h, w)`` of one size, with sides from 4 to 256 px:
            arrays, torch tensors, lists of files or of Pillow images, or a folder. All pictures are kept in memory.
            None: `ganvas.data.load_digits`.
        Y : array-like, path, "halves" or None
            What X is translated to, of the same size: as many pictures in the same order, or any number with
            ``pairing="none"``. The pictures of two folders are matched by their names without suffix. "halves": each
            picture of X is two, side by side, of which the right one is Y. None with a corruption.
        checkpoint_dir : path or None
            Folder for checkpoints, which is created. None: none.
        save_every : int, default 1
            Epochs between two checkpoints.
        resume : {"auto"} or None
            "auto" continues from the newest checkpoint of the same training, if there is one.
        keep : int, default 2
            Number of checkpoints that are kept.

        Returns
        -------
        self

        Raises
        ------
        ShapeError, DtypeError, DataError
            X or Y is no set of pictures of one size, or they do not match.
        ParameterError, UnknownNameError
            A parameter is invalid, or Y is given with a corruption or missing without.
        CheckpointError, DivergedError, BusyError
        """
        return self._fit(X, Y, checkpoint_dir=checkpoint_dir, save_every=save_every, resume=resume, keep=keep)

    def partial_fit(self, X: Any = None, Y: Any = None, epochs: int = 1) -> "Self":
        """Continue training, or begin it.

        Parameters
        ----------
        X, Y
            As for `fit`, of the same sizes, channels and range.
        epochs : int, default 1
            Number of passes over the data, at least 1.

        Returns
        -------
        self

        Raises
        ------
        ShapeError, DtypeError, DataError, ParameterError, DivergedError, BusyError
        """
        return self._partial_fit(X, Y, epochs)

    def _new(
        self, X: Any, Y: Any
    ) -> tuple[np.ndarray, np.ndarray | None, _core.Run, tuple[Pictures, Labels, dict[str, Any]]]:
        said = checked_range(self.value_range)
        X, Y = self._given(X, Y)
        x, source = Form.learnt(X, self.channels, said)
        y, target = (None, source) if Y is None else Form.learnt(Y, self.channels, said)
        layout = Pictures(source, target)
        options = {**self._options_for(x), "seed": seed_from(self.random_state)}
        array = layout.combined(x, y, paired=options["pairing"] != "none")
        options = self._settings({**options, "inputs": None if y is None else source.channels})
        with plain_modes():
            data = layout.measured(array)
            run = _core.Run("translation", options, data, len(array), Ranks().device(self.device))
        return array, None, run, (layout, Labels(), {})

    def _more(self, X: Any, Y: Any) -> tuple[np.ndarray, np.ndarray | None]:
        X, Y = self._given(X, Y)
        layout = self._layout
        x = layout.source.read(X, self.channels)
        y = None if Y is None else layout.target.read(Y, self.channels, "Y")
        return layout.combined(x, y, paired=self.pairing_ != "none"), None

    def _given(self, X: Any, Y: Any) -> tuple[Any, Any]:
        """Read folders of pairs, and check that there is a Y where one is needed."""
        X = load_digits() if X is None else X
        corruption = self._options_for(None)["corruption"]
        if corruption is not None:
            if Y is not None:
                raise ParameterError(f"Y: expected None with corruption={corruption!r}, which makes pairs of X")
            return X, None
        if Y is None:
            raise ParameterError(
                'Y: expected the pictures that X is translated to, got None; pass corruption="mask", "downscale", '
                '"grey", "noise" or "edges" to learn from X alone'
            )
        if isinstance(Y, str) and Y == "halves":
            return halves(X)
        return by_stem(X, Y)

    def _options_for(self, data: Any) -> dict[str, Any]:
        return with_preset(self.preset, [type(self).__name__, "TranslationTrainer"], self._params())

    def _settings(self, options: dict[str, Any]) -> dict[str, Any]:
        known = {name: value for name, value in options.items() if name not in ("channels", "value_range")}
        if "inputs" not in known:
            known["inputs"] = self._run.settings()["inputs"]
        return known

    def _before_training(self, data: np.ndarray, y: np.ndarray | None) -> None:
        layout = self._layout
        shown = data[:16]
        self._show(layout.source.unit(shown) if shown.dtype == np.uint8 else shown)


__all__ = ["TranslationTrainer"]
