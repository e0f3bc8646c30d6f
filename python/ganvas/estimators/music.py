"""Models of music."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._checks import choice, integer, number
from .._data.keys import durations, one_key
from .._data.labels import Labels
from .._data.score_streams import Sounding, packed
from .._data.scores import (
    NOTATIONS,
    ScoreLayout,
    Silence,
    Writing,
    described,
    notation_for,
    read_scores,
    with_notes,
    written,
)
from .._data.texts import Documents, documents, fitting_context
from .._run.random import seed_from
from .._run.ranks import Ranks
from .._run.torch import plain_modes
from ..data import ScoreFiles
from ..exceptions import ParameterError
from ..score import Score
from ._composing import Composing

if TYPE_CHECKING:
    from typing_extensions import Self

# Tokens of a training, and of a batch.
_TOKENS, _BATCH = 2_500_000, 2_560
# Tokens that the network sees.
_CONTEXT = 192
# Semitones of transposition of scores in different keys.
_SHIFTS = 5


class MusicTrainer(Composing):
    """A model that composes music.

    Learns from scores, and composes more of their kind: new pieces, continuations, voices for a melody, bars of a gap.
    A model of this size learns styles, such as chorales or dances; it has no plan of a longer piece.

    A parameter that is None takes its value from the preset, else from a rule that depends on the data; the resolved
    value is a fitted attribute with a trailing underscore (``width_``).

    The first ten parameters may be given by position. The others are keyword-only, in groups:
    model, training, labels, data and running.

    Parameters
    ----------
    vocabulary : {"frames", "notes"} or None
        How scores are written: "frames", the pitches that sound in each step, as in a piano roll; "notes", bars with
        positions, instruments, pitches and lengths. None: "frames" for piano rolls and other scores of at most 12 steps
        a quarter note, else "notes".
    net : {members("net", "sequence")} or None
        Architecture. None: "transformer".
    context : int or None
        Number of tokens that the network sees, fewer if the scores are shorter. None: 192.
    width : int or None
        Features of each place between the layers. None: 128 for "transformer", else 256.
    depth : int or None
        Number of blocks or recurrent layers. None: 3 for "transformer", else 2.
    epochs : int or None
        Number of passes over the data. The windows into which it is cut differ between epochs. None: enough for about
        2,500,000 tokens.
    batch_size : int or None
        Windows per batch, at most the number of windows in the data. None: enough for 2,560 tokens.
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
        layer. None: 0.35.
    validation : float or None
        Fraction of the scores that is held out of training and measures it after each epoch; of a single score its end.
        The weights with the lowest validation loss are used for results. 0 trains on all and uses the last weights.
        None: 0.1.
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
        Fraction of the scores whose class is hidden in training, so that the model also composes without one. None:
        0.1.
    resolution : int or None
        Steps of a quarter note to which times are rounded. None: those of the scores up to 12, else 4.
    tracks : {"keep", "merge"} or None
        "keep" learns which instrument plays a note, "merge" gives all notes but percussion to one. None: "merge" for
        "frames", which allow nothing else, and "keep" for "notes".
    transpose : int or None
        Each training score is also learnt in keys up to this many semitones lower and higher. None: 0 if three fifths
        of the scores have the same tonic or the same accidentals, by estimate, else 5.
    parts : float or None
        Fraction of the training texts, 0 to 0.9, that show a part of some bars first: a melody before all voices, or
        what follows a gap. `harmonise` and `infill` need it. None: 0.5.
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
        One row per epoch: epoch, samples (windows), loss and validation_loss in nats a token, seconds. The validation
        measures at most 1,000 windows of the scores held out, each from its start.
    vocabulary_ : Vocabulary
        The tokens, characters of the private use area: ``len(vocabulary_)``.
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
    C.-Z. A. Huang et al., "Music Transformer", 2019.

    Y.-S. Huang, Y.-H. Yang, "Pop Music Transformer: Beat-based Modeling and Generation of Expressive Pop Piano
    Compositions", 2020.

    Examples
    --------
    >>> import ganvas
    >>> chorales = ganvas.data.load_chorales("train")[:20]
    >>> music = ganvas.MusicTrainer(width=32, depth=1, epochs=1, random_state=0, verbose=0).fit(chorales)
    >>> music.sample(bars=2, random_state=0).bars
    2
    """

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
        # Training
        validation: float | None = None,
        lr_schedule: str | None = None,
        betas: Any = None,
        max_grad_norm: float | None = None,
        ema: float | None = None,
        # Labels
        hidden_labels: float | None = None,
        # Data
        resolution: int | None = None,
        tracks: str | None = None,
        transpose: int | None = None,
        parts: float | None = None,
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
        self.validation = validation
        self.lr_schedule = lr_schedule
        self.betas = betas
        self.max_grad_norm = max_grad_norm
        self.ema = ema
        self.hidden_labels = hidden_labels
        self.resolution = resolution
        self.tracks = tracks
        self.transpose = transpose
        self.parts = parts
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
        X : path, Score, iterable of scores, or None
            A MIDI or ABC file or a folder of them; scores, and objects of pretty_midi, music21 and symusic; or piano
            rolls, ``(n, steps, 88)`` or ``(n, steps, 128)``, booleans. Scores without notes are left out.
            `ganvas.data.ScoreFiles` are not loaded into memory. None uses 229 chorales of Bach.
        y : array-like or None
            A class for each score, on which the model is conditioned. None trains an unconditional model.
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
            X or y cannot be used.
        DivergedError
            The loss became NaN or infinite; the last finite weights are kept.
        CheckpointError
            The checkpoint has other settings or data, or no checkpoint in the folder can be read.
        """
        return self._fit(X, y, checkpoint_dir=checkpoint_dir, save_every=save_every, resume=resume, keep=keep)

    def partial_fit(self, X: Any = None, y: Any = None, *, epochs: int = 1) -> "Self":
        """Continue training, for example on scores that a listener likes.

        Weights, optimiser, counters and random streams continue; the notation stays. The first call creates the model
        as `fit` does, with the estimator's ``epochs`` as the length of the schedule, and trains for `epochs` passes.
        Passes beyond it lengthen the schedule, so that the learning rate rises again and decays to the end of the call.
        A part of X is held out, as in `fit`.

        Changes by `set_params` since the last call take effect for ``lr``, ``batch_size`` and ``epochs``; other changes
        are ignored with a warning.

        Parameters
        ----------
        X : path, Score, iterable of scores, or None
            Scores as in `fit`, with instruments and meters that the first ones had.
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
            A score has an instrument or a meter that the first ones did not have.
        """
        return self._partial_fit(X, y, epochs)

    def _new(
        self, X: Any, y: Any
    ) -> tuple[Documents, np.ndarray | None, _core.Run, tuple[ScoreLayout, Labels, dict[str, Any]]]:
        options = {**self._options_for(None), "seed": seed_from(self.random_state)}
        for name, known in (("vocabulary", NOTATIONS), ("tracks", ("keep", "merge"))):
            if options[name] is not None:
                choice(name, options[name], known)
        resolution = None if self.resolution is None else integer("resolution", self.resolution, 1, 96)
        context = _CONTEXT if self.context is None else integer("context", self.context, 2, 65_536)
        if isinstance(X, ScoreFiles):
            return self._streamed(X, y, options, (resolution, context))
        scores, chosen, left_out = with_notes(read_scores(X, resolution), None if y is None else np.asarray(y))
        notation = notation_for(scores, options["vocabulary"], resolution, options["tracks"])
        scores, chosen, others = with_notes(scores, chosen, percussion=notation.tracks() is not None)
        left_out += others
        labels, codes = Labels(), None
        if chosen is not None:
            labels, codes = Labels.learn(chosen, len(scores))
            if labels.kind != "classes":
                raise ParameterError("y: expected classes, integers or strings, got numbers")
        with plain_modes():
            classes = len(labels.classes)
            vocabulary = _core.Vocabulary.learn("characters", [notation.alphabet()])
            texts = written(scores, codes, notation, self._writing(scores, context, self._part(options)))
            data = _core.Data.texts(vocabulary, context, classes)
            made = documents(data, context, *texts)
            context = fitting_context(context, len(made.reader))
            data = _core.Data.texts(vocabulary, context, classes)
            made = documents(data, context, *texts)
            Silence().add(texts[0][0]).warn()
            options = self._filled(options, len(made), context)
            run = _core.Run("sequence", self._settings(options), data, len(made), Ranks().device(self.device))
        return made, None, run, (described(scores, notation, len(made.reader), left_out), labels, {})

    def _streamed(
        self, X: ScoreFiles, y: Any, options: dict[str, Any], sizes: tuple[int | None, int]
    ) -> tuple[Documents, None, _core.Run, tuple[ScoreLayout, Labels, dict[str, Any]]]:
        """Do as `_new`, for scores that stay in files."""
        if y is not None:
            raise ParameterError("y: expected None for ScoreFiles, which have no classes; pass a list of scores")
        resolution, context = sizes
        notation = notation_for(Sounding(X), options["vocabulary"], resolution, options["tracks"])
        scores = Sounding(X, percussion=notation.tracks() is not None)
        with plain_modes():
            vocabulary = _core.Vocabulary.learn("characters", [notation.alphabet()])
            data = _core.Data.texts(vocabulary, context, 0)
            how = self._writing(scores, context, self._part(options))
            made, layout, silence = packed(scores, data, notation, how)
            silence.warn()
            context = fitting_context(context, len(made.reader))
            data = _core.Data.texts(vocabulary, context, 0)
            made = dataclasses.replace(made, windows=made.reader.windows(context))
            options = self._filled(options, len(made), context)
            run = _core.Run("sequence", self._settings(options), data, len(made), Ranks().device(self.device))
        return made, None, run, (layout, Labels(), {})

    def _more(self, X: Any, y: Any) -> tuple[Documents, np.ndarray | None]:
        notation = self._notation()
        percussion = notation.tracks() is not None
        if isinstance(X, ScoreFiles):
            if y is not None or self._labels.kind != "none":
                raise ParameterError("X: expected a list of scores with classes y, got ScoreFiles, which have none")
            files = Sounding(X, percussion=percussion)
            how = self._writing(files, self.context_, self.validation_)
            made, _, _ = packed(files, self._run.data(), notation, how)
            return dataclasses.replace(made, windows=made.reader.windows(self.context_)), None
        scores, chosen, _ = with_notes(
            read_scores(X, self.resolution), None if y is None else np.asarray(y), percussion=percussion
        )
        codes = self._labels.required(chosen, scores)
        texts = written(scores, codes, notation, self._writing(scores, self.context_, self.validation_))
        return documents(self._run.data(), self.context_, *texts), None

    def _writing(self, scores: Iterable[Score], context: int, held_out: float) -> Writing:
        """Return how scores are written for training."""
        parts = 0.5 if self.parts is None else number("parts", self.parts)
        if not 0 <= parts <= 0.9:
            raise ParameterError(f"parts: must be between 0 and 0.9, got {parts}")
        shifts = None if self.transpose is None else integer("transpose", self.transpose, 0, 11)
        if shifts is None:
            shifts = 0 if one_key([durations(score._core) for score in scores]) else _SHIFTS
        return Writing(context, held_out, shifts, parts)

    def _filled(self, options: dict[str, Any], windows: int, context: int) -> dict[str, Any]:
        """Return the options with the usual values of models of music."""
        usual: dict[str, Any] = {"dropout": 0.35, "batch_size": min(max(1, _BATCH // context), windows)}
        usual["epochs"] = max(1, -(-_TOKENS // (windows * context)))
        if options["net"] in (None, "transformer"):
            usual["depth"] = 3
        return {name: usual.get(name) if value is None else value for name, value in options.items()}


__all__ = ["MusicTrainer"]
