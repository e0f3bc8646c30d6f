"""Texts that a model of pairs predicts, and their scores."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from .. import _core, plot
from .._checks import choice, integer, number
from .._data.pairs import Source, pair_lengths, read_sources
from .._data.texts import all_texts
from .._judging import Report
from .._judging.pairs import measured, nearest
from .._run.precision import evaluating
from .._run.random import seed_from
from .._warnings import warn
from ..exceptions import DataError, DtypeError, IgnoredWarning, ParameterError, ShapeError
from ._drafts import ended
from ._overlap import METRICS, overlap
from ._text_model import TextModel

# Sources that are answered between two looks at signals, and texts that are written at a time for them.
_AT_ONCE, _WRITTEN = 32, 128
# Pairs that are shown in training, and characters of their texts.
_SHOWN, _WIDTH = 6, 60
# Maximum number of pairs that are judged.
_JUDGED = 500

Found = TypeVar("Found")


class Answer(NamedTuple):
    """A predicted text.

    Attributes
    ----------
    text : str
        The text.
    log_probability : float
        Natural logarithm of its probability, that of its end included.
    finish : str
        Why it ended: "end", or "length" if the model did not end it.
    coverage : float
        How much of the source was seen, 0 to 1: the mean over its tokens of the attention that each received, at most
        1 a token (Wu et al., 2016). A low value is a sign of a part that was left out.
    """

    text: str
    log_probability: float
    finish: str
    coverage: float


class Answers(TextModel):
    """Methods that predict texts from sources."""

    @property
    def context_(self) -> int:
        """Number of tokens that the network sees of a source."""
        return self._fitted().data().sides[0]

    @property
    def text_context_(self) -> int:
        """Number of tokens that the network sees of a text."""
        return self._fitted().data().sides[1]

    def predict(
        self,
        X: Any,
        *,
        beam: int = 4,
        length_penalty: float = 1.0,
        max_tokens: int | None = None,
        details: bool = False,
    ) -> Any:
        """Predict the most likely text of each source, by beam search.

        Parameters
        ----------
        X : str or sequence
            A source, or several, as in `fit`. An empty source has an empty text.
        beam : int, default 4
            Number of texts of each source that are continued at a time; 1 takes the likeliest token each time.
        length_penalty : float, default 1.0
            Texts are compared by the logarithm of their probability, divided by this power of their number of tokens;
            above 0 favours longer texts.
        max_tokens : int or None
            Maximum number of tokens of a text, at most `text_context_`. None: `text_context_`.
        details : bool, default False
            Return an `Answer` in place of each text.

        Returns
        -------
        list of str or of Answer
            For one source given as a str, its text.

        Raises
        ------
        NotFittedError
        ParameterError
        DataError, DtypeError, ShapeError
            A source is missing, has another number of texts than in `fit`, or has a character that is not in the
            vocabulary.
        """
        self._fitted()
        beam = integer("beam", beam, 1, 1_024)
        penalty = number("length_penalty", length_penalty)
        most = None if max_tokens is None else integer("max_tokens", max_tokens, 1)
        sources = self._sources([X] if isinstance(X, str) else X)
        asked = [i for i, source in enumerate(sources) if any(source)]
        answers = [Answer("", 0.0, "end", 1.0)] * len(sources)

        def search(writer: _core.Writer, part: list[Source]) -> list[Answer]:
            found = writer.search(part, beam, most, penalty)
            if not details:
                return [Answer(*answer, 1.0) for answer in found]
            weights = writer.attention(part, [text for text, _, _ in found])
            seen = [float(np.minimum(each.sum(0), 1).mean()) for each in weights]
            return [Answer(*answer, coverage) for answer, coverage in zip(found, seen, strict=True)]

        for i, answer in zip(asked, self._in_parts(search, [sources[i] for i in asked], beam), strict=True):
            answers[i] = answer
        results: list[Any] = answers if details else [answer.text for answer in answers]
        return results[0] if isinstance(X, str) else results

    def sample(
        self,
        X: Any,
        n: int = 1,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        max_tokens: int | None = None,
        random_state: Any = None,
    ) -> list[str]:
        """Draw texts of each source.

        Parameters
        ----------
        X : str or sequence
            A source, or several, as in `fit`.
        n : int, default 1
            Number of texts of each source.
        temperature : float, default 1.0
            Below 1 the likely tokens become likelier; 0 takes the likeliest one.
        top_k : int or None
            Number of likeliest tokens that are considered. None: all.
        top_p : float or None
            The likeliest tokens are considered whose probabilities first add up to this. None: all.
        max_tokens : int or None
            Maximum number of tokens of a text, at most `text_context_`. None: `text_context_`.
        random_state : int, RandomState, Generator or None
            Seed. None continues the model's own random stream, which `save` and `load` preserve.

        Returns
        -------
        list of str
            ``n`` texts for each source, in the order of the sources.

        Raises
        ------
        NotFittedError
        ParameterError
        DataError, DtypeError, ShapeError
            As for `predict`.
        """
        run = self._fitted()
        temperature = number("temperature", temperature)
        top_k = None if top_k is None else integer("top_k", top_k, 1)
        top_p = None if top_p is None else number("top_p", top_p)
        most = None if max_tokens is None else integer("max_tokens", max_tokens, 0)
        sources = self._sources([X] if isinstance(X, str) else X)
        sources = [source for source in sources for _ in range(integer("n", n, 1))]
        seed, first = (seed_from(random_state), 0) if random_state is not None else run.claim(len(sources))
        done = 0

        def draw(writer: _core.Writer, part: list[Source]) -> list[str]:
            nonlocal done
            draft = writer.answer(
                part,
                temperature=temperature,
                top_k=top_k,
                top_p=top_p,
                max_tokens=most,
                seed=seed,
                first=first + done,
            )
            done += len(part)
            return ended(draft)

        return self._in_parts(draw, sources)

    def score_samples(self, X: Any, y: Any) -> np.ndarray:
        """Compute the log likelihood of the text of each source.

        Parameters
        ----------
        X : sequence
            Sources, as in `fit`.
        y : sequence of str
            The text that belongs to each; an empty one is scored by its end alone.

        Returns
        -------
        numpy.ndarray of shape (n,)
            Nats, float64: the sum over the tokens of a text and its end.

        Raises
        ------
        NotFittedError
        DataError, DtypeError, ShapeError
            A text is missing, has more tokens than the context, or has a character that is not in the vocabulary.
        """
        return np.array([scores.sum(dtype=np.float64) for scores in self._pair_scores(X, y)])

    def perplexity(self, X: Any, y: Any) -> float:
        """Compute the exponential of the mean surprise of a token of the texts, their ends included.

        Parameters
        ----------
        X, y
            As for `score_samples`.
        """
        return float(np.exp(-np.concatenate(self._pair_scores(X, y)).mean(dtype=np.float64)))

    def score(self, X: Any, y: Any, *, metric: str = "chrf", beam: int = 4, lowercase: bool = False) -> float:
        """Compare the predicted texts with those that belong to the sources.

        Parameters
        ----------
        X : sequence
            Sources, as in `fit`.
        y : sequence of str
            The text that belongs to each.
        metric : {"chrf", "bleu", "rouge_l", "exact"}, default "chrf"
            "chrf": F-score of character n-grams (Popović, 2015); "bleu": precision of word n-grams (Papineni et al.,
            2002); "rouge_l": F-score of the longest common subsequence of words (Lin, 2004); "exact": fraction of equal
            texts.
        beam : int, default 4
            As for `predict`.
        lowercase : bool, default False
            Compare lower-case texts.

        Returns
        -------
        float
            0 to 1, higher is better.
        """
        choice("metric", metric, list(METRICS))
        sources, texts = self._pairs(X, y)
        return overlap(self.predict(sources, beam=beam), texts, metric, lowercase)

    def evaluate(
        self, X: Any, y: Any, *, X_train: Any = None, y_train: Any = None, beam: int = 4, random_state: Any = 0
    ) -> Report:
        """Score predicted texts beside those of a trivial rival.

        The rival answers with the text of the most similar other source, of the training pairs or else of X.

        Parameters
        ----------
        X, y
            As for `score`; pairs that the model has not seen, of which at most 500, chosen at random, are predicted.
        X_train, y_train : sequence, or None
            Training pairs. None: the rival looks among the other pairs of X.
        beam : int, default 4
            As for `predict`.
        random_state : int, RandomState, Generator or None, default 0
            Seed of the choice of pairs.

        Returns
        -------
        Report
            A mapping from names to measures with 95 % intervals, displayed as a table.

        Raises
        ------
        NotFittedError, ParameterError, ShapeError, DtypeError, DataError
        """
        self._fitted()
        if (X_train is None) != (y_train is None):
            raise ParameterError("y_train: expected texts of X_train if and only if X_train is given")
        sources, texts = self._pairs(X, y)
        if len(sources) < 2:
            raise ShapeError(f"X: expected at least 2 pairs, got {len(sources)}")
        chosen = np.sort(np.random.default_rng(seed_from(random_state)).permutation(len(sources))[:_JUDGED])
        sources, texts = [sources[i] for i in chosen], [texts[i] for i in chosen]
        known, answers = (sources, texts) if X_train is None else self._pairs(X_train, y_train)
        rival = nearest(sources, known, answers)
        measures = measured(self.predict(sources, beam=beam), texts, rival, overlap)
        title = f"{type(self).__name__}, {len(texts):,} pairs"
        where = "these pairs" if X_train is None else f"{len(known):,} training pairs"
        return Report(
            title, measures, [f"The rival answers with the text of the most similar other source of {where}."]
        )

    def attention(self, x: Any, y: str | None = None) -> tuple[np.ndarray, list[str], list[str]]:
        """Compute how much each token of a text sees each token of its source.

        Parameters
        ----------
        x : str or sequence of str
            A source.
        y : str or None
            A text that belongs to it. None: the predicted one.

        Returns
        -------
        weights : numpy.ndarray of shape (n_text, n_source)
            The mean over all layers and heads; each row adds up to 1.
        source, text : list of str
            Tokens; the end of a text is "".
        """
        [source] = self._sources([x])
        text = self.predict([source])[0] if y is None else y
        self._short_enough([source], [text])
        with evaluating(self):
            [weights] = self._fitted().writer().attention([source], [text])
        vocabulary = self.vocabulary_

        def tokens(part: str) -> list[str]:
            pieces = [vocabulary.bytes(int(token)).decode(errors="replace") for token in vocabulary.encode(part)]
            return [*pieces, ""]

        return weights, [token for part in source for token in tokens(part)], tokens(text)

    def plot_attention(self, x: Any, y: str | None = None, ax: Any = None) -> Any:
        """Draw how much each token of a text sees each token of its source.

        Parameters
        ----------
        x : str or sequence of str
            A source.
        y : str or None
            A text that belongs to it. None: the predicted one.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        weights, source, text = self.attention(x, y)
        return plot.attention(weights, source, text, ax=ax)

    def _sources(self, X: Any) -> list[Source]:
        """Read sources of as many texts as in `fit`; warns of long ones."""
        read, columns = read_sources(X), self._layout.columns
        missing = [i for i, source in enumerate(read) if source is None]
        if missing:
            raise DataError(f"X: {len(missing)} sources are missing, the first at position {missing[0]}")
        sources = [source for source in read if source is not None]
        if sources and len(sources[0]) != columns:
            raise ShapeError(f"X: expected {columns} texts in each source, as in fit, got {len(sources[0])}")
        vocabulary, context = self.vocabulary_, self.context_
        long = [i for i, source in enumerate(sources) if _length(vocabulary, source) > context]
        if long:
            warn(
                f"X: {len(long)} of {len(sources)} sources have more tokens than the context of {context}, the first "
                f"at position {long[0]}; only their beginning is seen",
                IgnoredWarning,
            )
        return sources

    def _pairs(self, X: Any, y: Any) -> tuple[list[Source], list[str]]:
        sources, texts = self._sources(X), all_texts(y, "y") if not isinstance(y, str) else None
        if texts is None:
            raise DtypeError("y: expected a list of texts, got one text")
        if len(texts) != len(sources):
            raise ShapeError(f"y: expected a text for each of {len(sources)} sources, got {len(texts)}")
        missing = [i for i, text in enumerate(texts) if text is None]
        if missing:
            raise DataError(f"y: {len(missing)} texts are missing, the first at position {missing[0]}")
        return sources, [text or "" for text in texts]

    def _short_enough(self, sources: Sequence[Source], texts: Sequence[str]) -> None:
        vocabulary, contexts = self.vocabulary_, (self.context_, self.text_context_)
        for i, (source, text) in enumerate(zip(sources, texts, strict=True)):
            lengths = pair_lengths(vocabulary, source, text)
            for what, length, context in zip(("a source", "a text"), lengths, contexts, strict=True):
                if length > context:
                    raise DataError(f"X, y: pair {i} has {what} of {length} tokens, more than the context of {context}")

    def _pair_scores(self, X: Any, y: Any) -> list[np.ndarray]:
        self._fitted()
        sources, texts = self._pairs(X, y)
        self._short_enough(sources, texts)
        scored = iter(texts)

        def score(writer: _core.Writer, part: list[Source]) -> list[np.ndarray]:
            return writer.pair_scores(part, [next(scored) for _ in part])

        return self._in_parts(score, sources)

    def _in_parts(
        self, answer: Callable[[_core.Writer, list[Source]], list[Found]], sources: list[Source], beam: int = 1
    ) -> list[Found]:
        """Call a function with some sources at a time, and signals in between; `beam` texts are written for each."""
        found: list[Found] = []
        at_once = max(1, min(_AT_ONCE, _WRITTEN // beam))
        with evaluating(self):
            writer = self._fitted().writer()
            for first in range(0, len(sources), at_once):
                found += answer(writer, sources[first : first + at_once])
        return found

    def _draw_samples(self, figure: Any, place: tuple[int, int, int], n: int) -> None:
        lines = list(self._lines(self._examples[: min(n, _SHOWN)]))
        ax = figure.add_subplot(*place)
        ax.set_axis_off()
        ax.text(0, 1, "\n".join(lines), family="monospace", size=8, va="top", parse_math=False)

    # Sources that were held out of the last training, or of it.
    _examples: list[Source]

    def _lines(self, sources: list[Source]) -> Iterator[str]:
        for source, text in zip(sources, self.predict(sources, beam=1), strict=True):
            yield " | ".join(source)[:_WIDTH]
            yield f"  -> {text[:_WIDTH]}"


def _length(vocabulary: _core.Vocabulary, source: Source) -> int:
    return sum(len(vocabulary.encode(text)) + 1 for text in source)
