"""Language models."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .. import _core
from .._data.labels import Labels
from .._data.text_streams import learnt, packed
from .._data.texts import Documents, TextLayout, documents, fitting_context, read_texts, split
from .._run.random import seed_from
from .._run.ranks import Ranks
from .._run.torch import plain_modes
from ..data import TextFiles
from ..exceptions import ParameterError
from ._folders import Folders
from ._text_checks import TextChecks
from ._writing import Writing

if TYPE_CHECKING:
    from typing_extensions import Self


class TextTrainer(Writing, TextChecks, Folders):
    """A model that writes text, token by token.

    Learns the styles, names, commands and forms of its texts, and writes more of their kind. A model of this size has
    no knowledge of the world and does not answer open questions.

    A parameter that is None takes its value from the preset, else from a rule that depends on the data; the resolved
    value is a fitted attribute with a trailing underscore (``width_``).

    The first ten parameters may be given by position. The others are keyword-only, in groups:
    model, training, labels and running.

    Parameters
    ----------
    vocabulary : {members("vocabulary")} or None
        Tokens of the texts: "characters", those of X; "bytes" of UTF-8, which accept all texts; "bpe", frequent
        sequences of bytes, which accept all texts as well; "words", frequent words, others are spelt. None:
        "characters".
    net : {members("net", "sequence")} or None
        Architecture. None: "transformer".
    context : int or None
        Number of tokens that the network sees, fewer if the texts are shorter. None: 128.
    width : int or None
        Features of each place between the layers. None: 128 for "transformer", else 256.
    depth : int or None
        Number of blocks or recurrent layers. None: 4 for "transformer", else 2.
    epochs : int or None
        Number of passes over the data. The windows into which it is cut differ between epochs. None: enough for about
        2,000,000 tokens.
    batch_size : int or None
        Windows per batch, at most the number of windows in the data. None: enough for 2,048 tokens.
    lr : float or None
        Learning rate of Adam. None: 3e-3 for a `width` up to 128, less in inverse proportion to larger ones.
    random_state : int, numpy.random.RandomState, numpy.random.Generator or None
        Seed of the initial weights, the order of the samples and the noise. On the CPU of one machine, the same integer
        gives bit-identical results; on a CUDA device results agree up to rounding, because some kernels add in any
        order.
    device : str, default "auto"
        "auto", "cpu", "cuda" or "cuda:1".
    heads : int or None
        For "transformer": number of attention heads, a divisor of `width`. None: one for 32 features.
    kv_heads : int or None
        For "transformer": number of heads of keys and values, a divisor of `heads`, which share them. None: `heads`.
    positions : {"rotary", "learnt"} or None
        For "transformer": how places are told apart, by rotating queries and keys or by a learnt vector for each place.
        None: "rotary".
    norm : {"rms", "layer"} or None
        For "transformer": normalisation before each layer, by root mean square or by mean and variance. None: "rms".
    activation : {"squared_relu", "relu", "silu", "gelu", "gelu_tanh", "swiglu"} or None
        For "transformer": activation function of the feed-forward layers; "swiglu" has gates. None: "squared_relu".
    dropout : float or None
        Fraction of the features that is set to 0 in training, after the vectors of tokens and after each block or
        layer. None: 0.
    vocabulary_size : int or None
        For "bpe" and "words": maximum number of tokens. None: 512 and 10,000.
    validation : float or None
        Fraction of the documents that is held out of training and measures it after each epoch; of a single document
        its end. The weights with the lowest validation loss are used for results. 0 trains on all and uses the last
        weights. None: 0.1.
    lr_schedule : {"constant", "linear", "cosine", "warmup", "plateau"} or None
        Schedule of the learning rate over ``epochs``: "linear" and "cosine" decay to a hundredth, "warmup" rises over
        the first tenth, "plateau" halves the rate whenever the loss has not fallen for 10 epochs. None: "cosine".
    betas : (float, float) or None
        Decay rates of Adam's moment estimates. None: (0.9, 0.99).
    max_grad_norm : float or None
        Maximum norm of the gradient; larger gradients are scaled down to it. None: 1.
    ema : float or None
        Half-life, in windows, of the exponential moving average of the weights, which is used for results. 0 uses the
        weights themselves. None: 0.
    hidden_labels : float or None
        Fraction of the documents whose class is hidden in training, so that the model also writes without one. None:
        0.1.
    preset : str or None
        Name of a preset with published settings, see `ganvas.presets`. Parameters that are not None take precedence.
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
        One row per epoch: epoch, samples (windows), loss in nats a token, validation_loss, bits_per_byte of the texts
        held out, seconds. The validation measures at most 1,000 windows, each from its start.
    vocabulary_ : Vocabulary
        The tokens: ``len(vocabulary_)``, ``vocabulary_.encode(text)``.
    context_ : int
        Number of tokens that the network sees.
    classes_ : numpy.ndarray
        Classes, if `fit` was given labels.
    diagnosis_ : tuple of named tuples
        What went wrong in training: ``(name, epoch, evidence, remedy)`` each; empty for a healthy run.
    interrupted_ : bool
        True if the last training ended before its last epoch.

    References
    ----------
    A. Vaswani et al., "Attention Is All You Need", 2017.

    A. Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.

    Examples
    --------
    >>> import ganvas
    >>> names = ganvas.data.load_names()[:2000]
    >>> text = ganvas.TextTrainer(context=16, width=32, epochs=1, random_state=0, verbose=0).fit(names)
    >>> len(text.generate(n=3, random_state=0))
    3
    """

    _layout_type: ClassVar[Any] = TextLayout
    _usual: ClassVar[tuple[str, int | None]] = ("characters", None)

    # Written by `make face`.
    def __init__(
        self,
        vocabulary: str | None = None,
        net: str | None = None,
        context: int | None = None,
        width: int | None = None,
        depth: int | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        lr: float | None = None,
        random_state: Any = None,
        device: str = "auto",
        *,
        # Model
        heads: int | None = None,
        kv_heads: int | None = None,
        positions: str | None = None,
        norm: str | None = None,
        activation: str | None = None,
        dropout: float | None = None,
        vocabulary_size: int | None = None,
        # Training
        validation: float | None = None,
        lr_schedule: str | None = None,
        betas: Any = None,
        max_grad_norm: float | None = None,
        ema: float | None = None,
        # Labels
        hidden_labels: float | None = None,
        # Running
        preset: str | None = None,
        executor: str = "auto",
        precision: str | None = None,
        profile: Any = None,
        progress: bool | str | None = None,
        verbose: int = 1,
        callbacks: Any = (),
        on_interrupt: str | None = None,
        on_divergence: str = "raise",
    ) -> None:
        self.vocabulary = vocabulary
        self.net = net
        self.context = context
        self.width = width
        self.depth = depth
        self.epochs = epochs
        self.batch_size = batch_size
        self.lr = lr
        self.random_state = random_state
        self.device = device
        self.heads = heads
        self.kv_heads = kv_heads
        self.positions = positions
        self.norm = norm
        self.activation = activation
        self.dropout = dropout
        self.vocabulary_size = vocabulary_size
        self.validation = validation
        self.lr_schedule = lr_schedule
        self.betas = betas
        self.max_grad_norm = max_grad_norm
        self.ema = ema
        self.hidden_labels = hidden_labels
        self.preset = preset
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
        y: Any = None,
        *,
        checkpoint_dir: str | Path | None = None,
        save_every: int = 1,
        resume: str | None = None,
        keep: int = 2,
    ) -> "Self":
        """Train a new model.

        Parameters
        ----------
        X : path, iterable of str, or None
            A text file, a folder of ``*.txt`` files, or texts: a list, an array, or a column of a frame. Each file or
            element is one text; empty and missing ones are left out. `ganvas.data.TextFiles` are not loaded into
            memory. None uses the works of Shakespeare.
        y : array-like or None
            A class for each text, on which the model is conditioned. None trains an unconditional model.
        checkpoint_dir : path, optional
            Folder for checkpoints, also written on Ctrl-C and SIGTERM.
        save_every : int, default 1
            Epochs between two checkpoints.
        resume : {"auto"} or None
            "auto" continues from the newest checkpoint in ``checkpoint_dir``, if there is one, up to ``epochs`` in
            total; the result equals that of an uninterrupted run.
        keep : int, default 2
            Number of checkpoints to keep.

        Returns
        -------
        self

        Raises
        ------
        ParameterError, UnknownNameError
            A parameter is invalid; the estimator is unchanged.
        DataError, DtypeError, ShapeError
            X or y cannot be used. A text in place of a list of texts is refused unless it is a path.
        DivergedError
            The loss became NaN or infinite; the last finite weights are kept.
        CheckpointError
            The checkpoint has other settings or data, or no checkpoint in the folder can be read.
        """
        return self._fit(X, y, checkpoint_dir=checkpoint_dir, save_every=save_every, resume=resume, keep=keep)

    def partial_fit(self, X: Any = None, y: Any = None, *, epochs: int = 1) -> "Self":
        """Continue training, for example on texts of another author.

        Weights, optimiser, counters and random streams continue; the vocabulary stays. The first call creates the model
        as `fit` does, with the estimator's ``epochs`` as the length of the schedule, and trains for `epochs` passes.
        Passes beyond it lengthen the schedule, so that the learning rate rises again and decays to the end of the call.
        A part of X is held out, as in `fit`.

        Changes by `set_params` since the last call take effect for ``lr``, ``batch_size`` and ``epochs``; other changes
        are ignored with a warning.

        Parameters
        ----------
        X : path, iterable of str, or None
            Texts as in `fit`, which the vocabulary can express.
        y : array-like or None
            Classes; required if and only if `fit` was given classes.
        epochs : int, default 1
            Number of passes through X.

        Returns
        -------
        self

        Raises
        ------
        DataError
            A text has a character that is not in the vocabulary.
        """
        return self._partial_fit(X, y, epochs)

    def _new(
        self, X: Any, y: Any
    ) -> tuple[Documents, np.ndarray | None, _core.Run, tuple[TextLayout, Labels, dict[str, Any]]]:
        options = {**self._options_for(None), "seed": seed_from(self.random_state)}
        name, size, context = self._tokens_of(options)
        context = 128 if context is None else context
        if isinstance(X, TextFiles):
            return self._streamed(X, y, options, (name, size, context))
        labels, codes = Labels(), None
        texts, chosen, left_out = read_texts(X, None if y is None else np.asarray(y))
        if chosen is not None:
            labels, codes = Labels.learn(chosen, len(texts))
            if labels.kind != "classes":
                raise ParameterError("y: expected classes, integers or strings, got numbers")
        kept, kept_codes, out, out_codes = split(texts, codes, self._part(options))
        with plain_modes():
            vocabulary = _core.Vocabulary.learn(name, texts, size)
            classes = len(labels.classes)
            data = _core.Data.texts(vocabulary, context, classes)
            made = documents(data, context, (kept, kept_codes), (out, out_codes))
            context = fitting_context(context, len(made.reader))
            data = _core.Data.texts(vocabulary, context, classes)
            made = dataclasses.replace(made, windows=made.reader.windows(context))
            device = Ranks().device(self.device)
            run = _core.Run("sequence", self._settings(options), data, len(made), device)
        return made, None, run, (TextLayout(len(texts), len(made.reader), left_out), labels, {})

    def _streamed(
        self, X: TextFiles, y: Any, options: dict[str, Any], tokens: tuple[str, int | None, int]
    ) -> tuple[Documents, None, _core.Run, tuple[TextLayout, Labels, dict[str, Any]]]:
        """Do as `_new`, for texts that stay in files."""
        if y is not None:
            raise ParameterError("y: expected None for TextFiles, which have no classes; pass a list of texts")
        name, size, context = tokens
        with plain_modes():
            vocabulary = learnt(X, name, size)
            made, layout = packed(X, _core.Data.texts(vocabulary, context, 0), self._part(options))
            context = fitting_context(context, len(made.reader))
            data = _core.Data.texts(vocabulary, context, 0)
            made = dataclasses.replace(made, windows=made.reader.windows(context))
            run = _core.Run("sequence", self._settings(options), data, len(made), Ranks().device(self.device))
        return made, None, run, (layout, Labels(), {})

    def _more(self, X: Any, y: Any) -> tuple[Documents, np.ndarray | None]:
        if isinstance(X, TextFiles):
            if y is not None or self._labels.kind != "none":
                raise ParameterError("X: expected a list of texts with classes y, got TextFiles, which have none")
            made, _ = packed(X, self._run.data(), self.validation_)
            return dataclasses.replace(made, windows=made.reader.windows(self.context_)), None
        texts, chosen, _ = read_texts(X, None if y is None else np.asarray(y))
        codes = self._labels.required(chosen, texts)
        kept, kept_codes, out, out_codes = split(texts, codes, self.validation_)
        data = self._run.data()
        made = documents(data, self.context_, (kept, kept_codes), (out, out_codes))
        return made, None


__all__ = ["TextTrainer"]
