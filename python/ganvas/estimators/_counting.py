"""Models that are compared with counting in their training texts."""

from typing import Any, NamedTuple

import numpy as np

from .. import _core
from .._checks import integer
from .._data.texts import Documents
from .._run.precision import evaluating
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

    # Texts of the last training and those held out of it; None if they stay in files.
    _texts: tuple[list[str], list[str]] | None

    @property
    def network_(self) -> _core.Network:
        """Map windows of tokens to the logits of the next ones.

        Windows are ``(n, context)``, float32, logits ``(n, tokens, context)``. A window starts with the token
        ``len(vocabulary_)``, which stands before each document. Uses the weights of all results.
        """
        return self._fitted().network("network")

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

    def _known(self, name: str, what: str = "texts") -> tuple[list[str], list[str]]:
        if "_texts" in self.__dict__ and self._texts is None:
            raise ParameterError(f"{name}: needs the training {what}, which stay in their files; pass them as a list")
        texts = self.__dict__.get("_texts")
        if texts is None:
            raise ParameterError(f"{name}: needs the training {what}, which a loaded model does not have; fit it")
        known: tuple[list[str], list[str]] = texts
        return known

    def _against_counting(
        self, train: list[str], texts: list[str], order: int | None, orders: range, what: str = "texts"
    ) -> AgainstCounting:
        """Compare the model with counting on `texts`; `orders` are the lengths of n-grams to choose from."""
        lengths = orders if order is None else [integer("order", order, 1, 16)]
        vocabulary = self._run.data().vocabulary()
        end = np.array([len(vocabulary)], np.uint32)
        documents, others = (
            [np.concatenate([end, vocabulary.encode(text), end]) for text in part] for part in (train, texts)
        )
        count = sum(len(document) - 1 for document in others)

        def nats(length: int) -> float:
            model = _core.Counting(documents, len(vocabulary) + 1, length)
            return float(sum(-model.scores(document).sum() for document in others) / count)

        counting, best = min((nats(length), length) for length in lengths)
        own = float(sum(-scores.sum(dtype=np.float64) for scores in self._token_scores(texts, None)) / count)
        if own >= counting:
            warn(
                f"the model needs {own:.3f} nats a token, {best}-grams counted in the training {what} {counting:.3f}; "
                f"train longer, or on more {what}",
                UserWarning,
            )
        return AgainstCounting(own, counting, best)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("_texts", None)
        return state
