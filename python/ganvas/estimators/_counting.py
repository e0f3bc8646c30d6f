"""Models that are compared with counting in their training texts."""

from typing import Any, ClassVar, NamedTuple

import numpy as np

from .. import _core
from .._checks import integer
from .._data.texts import Documents
from .._judging import Report
from .._judging.sequences import Written, counted, measured
from .._run.precision import evaluating
from .._run.random import seed_from
from .._warnings import warn
from ..exceptions import ParameterError
from ._text_model import TextModel

# Texts that are scored between two looks at signals.
_AT_ONCE = 64


class AgainstCounting(NamedTuple):
    """Mean surprise of a token in nats, lower is better.

    Attributes
    ----------
    model : float
        Of the model.
    counting : float
        Of n-grams counted in the training texts.
    order : int
        Length of these n-grams.
    """

    model: float
    counting: float
    order: int


class Counted(TextModel):
    """A model that scores texts, and knows those of its last training in this process."""

    # Lengths of n-grams among which the rival is chosen, and what samples are called in messages.
    _orders: ClassVar[range] = range(1, 8)
    _what: ClassVar[str] = "texts"
    # Texts of the last training and those held out of it; None if they stay in files.
    _texts: tuple[list[str], list[str]] | None

    @property
    def network_(self) -> _core.Network:
        """Map windows of tokens to the logits of the next ones.

        Windows are ``(n, context)``, float32, logits ``(n, tokens, context)``. A window starts with the token
        ``len(vocabulary_)``, which stands before each document. Uses the weights of all results.
        """
        return self._fitted().network("network")

    def evaluate(
        self, X: Any = None, y: Any = None, *, X_train: Any = None, n_samples: int = 64, random_state: Any = 0
    ) -> Report:
        """Measure the model beside real data and counting.

        The surprise at data that the model has not seen is compared with that of n-grams counted in the training data,
        with Witten-Bell smoothing, of the length that is best on X. Generated samples are compared with X, and with
        samples of pairs of tokens, by the longest passage that they share with the training data and by their
        repetitions.

        Parameters
        ----------
        X : as for `score_samples`, or None
            Data that the model has not seen. None: those that the last `fit` held out.
        y : class, array-like or None
            Classes of X, for a conditional model.
        X_train : as for `fit`, or None
            Training data. None: those of the last `fit` or `partial_fit`, which files and pickles do not hold.
        n_samples : int, default 64
            Number of samples to generate.
        random_state : int, RandomState, Generator or None, default 0
            Seed of the samples. The model's own stream is not advanced.

        Returns
        -------
        Report
            A mapping from names to measures with 95 % intervals, displayed as a table.

        Raises
        ------
        NotFittedError
        ParameterError
            X is None and nothing was held out, or X_train is None and the training data are not known.
        """
        self._fitted()
        n_samples, seed = integer("n_samples", n_samples, 2), seed_from(random_state)
        train = self._known("X_train")[0] if X_train is None else self._judged(X_train)
        texts = self._known("X")[1] if X is None else self._judged(X)
        if not texts:
            raise ParameterError(f"X: expected {self._what}, none were held out (validation=0)")
        nats = [-scores.astype(np.float64) for scores in self._token_scores(texts, y)]
        written = Written(texts, self._drawn_texts(n_samples, seed), train, nats)
        measures = measured(written, self._run.data().vocabulary(), self._orders)
        title = f"{type(self).__name__}, {len(texts):,} {self._what} held out, {n_samples} generated"
        notes = [
            "Lower surprise is better; there is no value of real data.",
            "Good values of the other measures are those of real data.",
        ]
        return Report(title, measures, notes)

    def _judged(self, X: Any) -> list[str]:
        """Read data to be judged as texts."""
        raise NotImplementedError

    def _drawn_texts(self, n: int, seed: int) -> list[str]:
        """Generate samples as texts."""
        raise NotImplementedError

    def _before_training(self, data: Documents, y: np.ndarray | None) -> None:
        self._texts = None if data.train is None else (data.train, data.held_out or [])

    def _token_scores(self, texts: list[str], y: Any) -> list[np.ndarray]:
        run = self._fitted()
        codes = self._labels.code(y, len(texts))
        scores: list[np.ndarray] = []
        with evaluating(self):
            writer = run.writer()
            for first in range(0, len(texts), _AT_ONCE):
                part = slice(first, first + _AT_ONCE)
                classes = None if codes is None else [int(code) for code in codes[part]]
                scores += writer.scores(texts[part], classes)
        return scores

    def _known(self, name: str) -> tuple[list[str], list[str]]:
        if "_texts" in self.__dict__ and self._texts is None:
            raise ParameterError(
                f"{name}: needs the training {self._what}, which stay in their files; pass them as a list"
            )
        texts = self.__dict__.get("_texts")
        if texts is None:
            raise ParameterError(f"{name}: needs the training {self._what}, which a loaded model does not have; fit it")
        known: tuple[list[str], list[str]] = texts
        return known

    def _against_counting(self, train: list[str], texts: list[str], order: int | None) -> AgainstCounting:
        """Compare the model with counting on `texts`, with n-grams of this length or of the best."""
        lengths = self._orders if order is None else [integer("order", order, 1, 16)]
        rival, best = counted(train, texts, self._run.data().vocabulary(), lengths)
        counting = float(np.concatenate(rival).mean())
        own = float(-np.concatenate(self._token_scores(texts, None)).mean(dtype=np.float64))
        if own >= counting:
            warn(
                f"the model needs {own:.3f} nats a token, {best}-grams counted in the training {self._what} "
                f"{counting:.3f}; train longer, or on more {self._what}",
                UserWarning,
            )
        return AgainstCounting(own, counting, best)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("_texts", None)
        return state
