"""Scores of music under a model."""

from typing import Any, ClassVar

import numpy as np

from .. import _core
from .._data.scores import ScoreLayout, read_scores
from ..exceptions import DataError, ParameterError, ShapeError
from ._counting import AgainstCounting, Counted


class MusicScores(Counted):
    """Methods that judge scores."""

    _layout_type: ClassVar[Any] = ScoreLayout
    _orders: ClassVar[range] = range(1, 9)
    _what: ClassVar[str] = "scores"
    _reading: ClassVar[tuple[str, ...]] = ("vocabulary", "context", "resolution", "tracks", "transpose", "parts")

    resolution: int | None
    tracks: str | None
    transpose: int | None
    parts: float | None

    @property
    def context_(self) -> int:
        """Number of tokens that the network sees."""
        return self._fitted().data().sizes[0] - 1

    def score_samples(self, X: Any, y: Any = None) -> np.ndarray:
        """Compute the mean log likelihood of a step of each score.

        Each token is predicted from those before it. A score that is longer than the context is seen in windows, so
        that each token has at least half of the context before it. The values rank scores by how typical they are of
        the training scores: after `partial_fit` with what a listener likes, of these.

        Parameters
        ----------
        X : path, Score or iterable of scores
            Scores as in `fit`.
        y : class, array-like or None
            Classes, for a conditional model. None scores music of any class.

        Returns
        -------
        numpy.ndarray of shape (n,)
            Nats a step (the quarter note divided by the resolution), float64; higher is more typical.

        Raises
        ------
        NotFittedError
        DataError
            A score has no steps, or an instrument or a meter that the training scores did not have.
        """
        nats, steps = self._nats(X, y)
        return -nats / steps

    def score(self, X: Any, y: Any = None) -> float:
        """Compute the mean log likelihood of all steps, higher is better, as scikit-learn's searches expect.

        Parameters
        ----------
        X, y
            As for `score_samples`.

        Returns
        -------
        float
            Nats a step.
        """
        nats, steps = self._nats(X, y)
        return -float(nats.sum() / steps.sum())

    def evaluate_against_counting(self, X: Any = None, order: int | None = None) -> AgainstCounting:
        """Compare the model with counting: n-grams of the training scores, interpolated by the rule of Witten and Bell.

        Parameters
        ----------
        X : path, Score, iterable of scores, or None
            Scores that neither has seen. None: those held out of the last `fit` or `partial_fit`.
        order : int or None
            Length of the n-grams, 1 to 16. None: the best of 1 to 8 on X, in favour of counting.

        Returns
        -------
        AgainstCounting
            Mean surprise of a token in nats, of the model and of counting. Warns if the model is not better.

        Raises
        ------
        ParameterError
            The model was loaded from a file or a pickle, or X is None and no scores were held out.

        References
        ----------
        I. Witten, T. Bell, "The Zero-Frequency Problem", 1991.
        """
        self._fitted()
        train, held_out = self._known("this method")
        texts = held_out if X is None else self._written(X)[0]
        if not texts:
            raise ParameterError("X: expected scores, no scores were held out (validation=0)")
        return self._against_counting(train, texts, order)

    def _notation(self) -> _core.Notation:
        self._fitted()
        return _core.Notation.of_words(self._layout.notation)

    def _written(self, X: Any) -> tuple[list[str], np.ndarray]:
        """Write scores as texts; also returns their numbers of steps."""
        notation = self._notation()
        cores = [score._core for score in read_scores(X, self.resolution)]
        steps = np.array([notation.steps(core) for core in cores], float)
        if not steps.all():
            raise DataError(f"X: expected scores with steps, got one of length 0 at position {int(np.argmin(steps))}")
        return [notation.write(core) for core in cores], steps

    def _judged(self, X: Any) -> list[str]:
        return self._written(X)[0]

    def _nats(self, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        """Measure the surprise of each score in nats; also returns its number of steps."""
        texts, steps = self._written(X)
        nats = [-scores.sum(dtype=np.float64) for scores in self._token_scores(texts, y)]
        return np.array(nats), steps

    def _codes(self, y: Any, n: int) -> list[int] | None:
        """Encode classes; None for none, or for any."""
        codes = self._labels.code(y, n)
        if codes is None:
            return None
        if len(codes) != n:
            raise ShapeError(f"y: expected one class, or one for each of {n} scores, got {len(codes)}")
        return [int(code) for code in np.asarray(codes)]
