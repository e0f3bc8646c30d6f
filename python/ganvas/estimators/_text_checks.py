"""Checks of a model of texts against its training texts and against counting."""

from typing import Any

from .._data.texts import read_texts
from .._judging.sequences import joined, longest
from .._warnings import warn
from ..exceptions import CopyWarning, DtypeError, ParameterError
from ._counting import AgainstCounting
from ._text_scores import TextScores

# Characters from which on a copied passage is worth a warning, if it is also half of the text.
_LONG = 60


class TextChecks(TextScores):
    """Methods that compare a model with its training texts and with counting."""

    def copied(self, samples: Any, X: Any = None) -> list[str]:
        """Find the longest passage of each text that occurs in the training texts.

        Warns if such a passage is at least half of a text and has at least 60 characters.

        Parameters
        ----------
        samples : str or sequence of str
            Texts, as `generate` returns them.
        X : path, iterable of str, or None
            The training texts. None: those of the last `fit` or `partial_fit`, which files and pickles do not hold.

        Returns
        -------
        list of str
            A passage for each text; empty if they have no character in common.

        Raises
        ------
        ParameterError
            X is None, and the model was loaded from a file or a pickle.
        """
        self._fitted()
        samples = [samples] if isinstance(samples, str) else list(samples)
        wrong = next((text for text in samples if not isinstance(text, str)), None)
        if wrong is not None:
            raise DtypeError(f"samples: expected texts, got {type(wrong).__name__}")
        train = self._known("X")[0] if X is None else read_texts(X)[0]
        corpus = joined(train)
        found = [longest(text, corpus) for text in samples]
        copies = [i for i, text in enumerate(samples) if len(found[i]) >= max(_LONG, len(text) / 2)]
        if copies:
            warn(
                f"{len(copies)} of {len(samples)} texts are mostly copied, the first with {len(found[copies[0]])} "
                "characters of the training texts; train for fewer epochs, or raise dropout or temperature",
                CopyWarning,
            )
        return found

    def evaluate_against_counting(self, X: Any = None, order: int | None = None) -> AgainstCounting:
        """Compare the model with n-grams counted in its training texts, with Witten-Bell smoothing.

        Warns if the model is not better: it has then learnt less than a table of frequencies holds.

        Parameters
        ----------
        X : path, iterable of str, or None
            Texts to be scored. None: those that the last `fit` held out.
        order : int or None
            Length of the n-grams, 1 to 16. None: the best on X from 1 to 7.

        Returns
        -------
        AgainstCounting
            Nats a token, the ends of texts included.

        Raises
        ------
        ParameterError
            The model was loaded from a file or a pickle, or X is None and no texts were held out.

        References
        ----------
        I. Witten, T. Bell, "The Zero-Frequency Problem", 1991.
        """
        self._fitted()
        train, held_out = self._known("this method")
        texts = held_out if X is None else read_texts(X)[0]
        if not texts:
            raise ParameterError("X: expected texts, no texts were held out (validation=0)")
        return self._against_counting(train, texts, order)

    def _judged(self, X: Any) -> list[str]:
        return read_texts(X)[0]
