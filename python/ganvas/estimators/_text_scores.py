"""Scores of texts under a model."""

import math
from typing import Any, NamedTuple

import numpy as np

from .. import plot
from .._data.texts import all_texts, present
from ..exceptions import DataError, DtypeError
from ._counting import Counted


class TokenScores(NamedTuple):
    """Tokens of a text and their scores.

    Attributes
    ----------
    tokens : list of str
        The tokens; a part of a character is shown as U+FFFD.
    scores : numpy.ndarray
        Natural logarithm of the probability of each token, from those before it, and of the end of the text,
        ``(n + 1,)``.
    """

    tokens: list[str]
    scores: np.ndarray


class TextScores(Counted):
    """Methods that score texts."""

    @property
    def context_(self) -> int:
        """Number of tokens that the network sees."""
        return self._fitted().data().sizes[0] - 1

    def score_samples(self, X: Any, y: Any = None) -> np.ndarray:
        """Compute the log likelihood of each text.

        The sum over its tokens and its end, each predicted from those before it. A text that is longer than the context
        is seen in windows, so that each token has at least half of the context before it.

        Parameters
        ----------
        X : path or iterable of str
            Texts; an empty text is scored by its end alone.
        y : class, array-like or None
            Classes, for a conditional model. None scores texts of any class.

        Returns
        -------
        numpy.ndarray of shape (n,)
            Nats, float64; higher is more typical.

        Raises
        ------
        NotFittedError
        DataError
            A text is missing, or has a character that is not in the vocabulary.
        """
        return np.array([scores.sum(dtype=np.float64) for scores in self._token_scores(self._read(X), y)])

    def score(self, X: Any, y: Any = None) -> float:
        """Compute the negative of `bits_per_byte`, so that higher is better, as scikit-learn's searches expect.

        Parameters
        ----------
        X, y
            As for `score_samples`.
        """
        return -self.bits_per_byte(X, y)

    def perplexity(self, X: Any, y: Any = None) -> float:
        """Compute the exponential of the mean surprise of a token, the ends of texts included.

        Depends on the vocabulary; `bits_per_byte` does not.

        Parameters
        ----------
        X, y
            As for `score_samples`.
        """
        scores = np.concatenate(self._token_scores(self._read(X), y))
        return math.exp(-scores.mean(dtype=np.float64))

    def bits_per_byte(self, X: Any, y: Any = None) -> float:
        """Compute the number of bits that the model needs for each byte of the texts in UTF-8, their ends included.

        Parameters
        ----------
        X, y
            As for `score_samples`.

        Raises
        ------
        DataError
            All texts are empty.
        """
        texts = self._read(X)
        size = sum(len(text.encode()) for text in texts)
        if not size:
            raise DataError("X: expected texts that are not empty")
        nats = sum(-scores.sum(dtype=np.float64) for scores in self._token_scores(texts, y))
        return float(nats / math.log(2) / size)

    def token_scores(self, text: str, y: Any = None) -> TokenScores:
        """Score each token of a text.

        Parameters
        ----------
        text : str
        y : class or None
            Class of the text, for a conditional model. None scores a text of any class.

        Returns
        -------
        TokenScores
            Tokens and scores.
        """
        if not isinstance(text, str):
            raise DtypeError(f"text: expected a text, got {type(text).__name__}")
        [scores] = self._token_scores([text], y)
        vocabulary = self.vocabulary_
        tokens = [vocabulary.bytes(int(token)).decode(errors="replace") for token in vocabulary.encode(text)]
        return TokenScores(tokens, scores)

    def plot_surprise(self, text: str, y: Any = None, ax: Any = None) -> Any:
        """Draw a text with each token coloured by its surprise, the negative of its score.

        Parameters
        ----------
        text : str
        y : class or None
            As for `token_scores`.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        tokens, scores = self.token_scores(text, y)
        return plot.surprise(tokens, -scores[: len(tokens)], ax=ax)

    def _read(self, X: Any) -> list[str]:
        self._fitted()
        return present(all_texts(X))
