"""Models of music."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._checks import choice, integer, number
from .._data.keys import durations, one_key
from .._data.labels import Labels
from .._data.scores import (
    Labelled,
    ScoreLayout,
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
from ..exceptions import ParameterError
from ..score import Score
from ._composing import Composing

if TYPE_CHECKING:
    from typing_extensions import Self

# Tokens of a training, and of a batch.
_TOKENS, _BATCH = 4_000_000, 2_560
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
    def __init__(self) -> None:
        pass

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
            rolls, ``(n, steps, 88)`` or ``(n, steps, 128)``, booleans. Scores without notes are left out. None uses 229
            chorales of Bach.
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
        for name, known in (("vocabulary", ("frames", "notes")), ("tracks", ("keep", "merge"))):
            if options[name] is not None:
                choice(name, options[name], known)
        resolution = None if self.resolution is None else integer("resolution", self.resolution, 1, 96)
        context = _CONTEXT if self.context is None else integer("context", self.context, 2, 65_536)
        scores, chosen, left_out = with_notes(read_scores(X, resolution), None if y is None else np.asarray(y))
        labels, codes = Labels(), None
        if chosen is not None:
            labels, codes = Labels.learn(chosen, len(scores))
            if labels.kind != "classes":
                raise ParameterError("y: expected classes, integers or strings, got numbers")
        with plain_modes():
            notation = notation_for(scores, options["vocabulary"], resolution, options["tracks"])
            classes = len(labels.classes)
            vocabulary = _core.Vocabulary.learn("characters", [notation.alphabet()])
            texts = self._texts(scores, codes, notation, context, self._part(options))
            data = _core.Data.texts(vocabulary, context, classes)
            made = documents(data, context, *texts)
            context = fitting_context(context, len(made.reader))
            data = _core.Data.texts(vocabulary, context, classes)
            made = documents(data, context, *texts)
            options = self._filled(options, len(made), context)
            run = _core.Run("sequence", self._settings(options), data, len(made), Ranks().device(self.device))
        return made, None, run, (described(scores, notation, len(made.reader), left_out), labels, {})

    def _more(self, X: Any, y: Any) -> tuple[Documents, np.ndarray | None]:
        notation = self._notation()
        scores, chosen, _ = with_notes(read_scores(X, self.resolution), None if y is None else np.asarray(y))
        codes = self._labels.required(chosen, len(scores))
        texts = self._texts(scores, codes, notation, self.context_, self.validation_)
        return documents(self._run.data(), self.context_, *texts), None

    def _texts(
        self, scores: list[Score], codes: np.ndarray | None, notation: _core.Notation, context: int, held_out: float
    ) -> tuple[Labelled, Labelled]:
        """Write texts for training and for validation, with their codes."""
        parts = 0.5 if self.parts is None else number("parts", self.parts)
        if not 0 <= parts <= 0.9:
            raise ParameterError(f"parts: must be between 0 and 0.9, got {parts}")
        shifts = None if self.transpose is None else integer("transpose", self.transpose, 0, 11)
        if shifts is None:
            shifts = 0 if one_key([durations(score._core) for score in scores]) else _SHIFTS
        return written(scores, codes, notation, Writing(context, held_out, shifts, parts))

    def _filled(self, options: dict[str, Any], windows: int, context: int) -> dict[str, Any]:
        """Return the options with the usual values of models of music."""
        usual: dict[str, Any] = {"dropout": 0.35, "batch_size": min(max(1, _BATCH // context), windows)}
        usual["epochs"] = max(1, -(-_TOKENS // (windows * context)))
        if options["net"] in (None, "transformer"):
            usual["depth"] = 3
        return {name: usual.get(name) if value is None else value for name, value in options.items()}


__all__ = ["MusicTrainer"]
