"""Texts and scores as samples of an estimator of arrays, one a sample."""

from typing import Any, cast

import numpy as np

from .. import _core
from .._checks import choice, integer
from .._data.arrays import Layout
from .._data.kinds import TEXT, Text
from .._data.scores import NOTATIONS, described, is_scores, notation_for, read_scores, with_notes
from .._data.streams import Stream
from .._data.texts import is_texts, read_texts
from .._run.random import seed_from
from .._run.ranks import Ranks
from .._run.torch import plain_modes
from .._warnings import warn
from ..exceptions import DataError, IgnoredWarning, ParameterError
from ._array_trainer import ArrayTrainer

# Parameters of texts, and those of arrays.
TEXTS, _ARRAYS = ("vocabulary", "vocabulary_size", "max_tokens"), ("channels", "value_range")
# Longest text by default.
_MOST = 128


class Sentences(ArrayTrainer):
    """Methods of an estimator that reads arrays or texts."""

    vocabulary: str | None
    vocabulary_size: int | None
    max_tokens: int | None

    @property
    def vocabulary_(self) -> _core.Vocabulary:
        """The tokens of a model of texts."""
        self._fitted()
        if not self._of_texts:
            raise AttributeError(f"{type(self).__name__} was fitted without texts")
        return self._run.data().vocabulary()

    @property
    def _of_texts(self) -> bool:
        """True if the model was fitted on texts, or on scores, which are written as texts."""
        return isinstance(self._layout.kind, Text)

    @property
    def _texts(self) -> Text:
        """The kind of data, if it is texts or scores."""
        return cast(Text, self._layout.kind)

    def _new(self, X: Any, y: Any) -> tuple[Any, np.ndarray | None, _core.Run, tuple[Layout, Any, dict[str, Any]]]:
        options = {**self._options(()), "seed": seed_from(self.random_state)}
        nets = [name for name, _ in _core.members("net", "sequence")]
        scores = is_scores(X)
        if not scores and self.kind != TEXT.name and not is_texts(X, named=options["net"] in nets):
            _unused(self, TEXTS, "data that are no texts")
            return super()._new(X, y)
        what = "scores" if scores else "texts"
        _unused(self, _ARRAYS, what)
        if self.kind not in ((None,) if scores else (None, TEXT.name)):
            known = "None for scores" if scores else '"text" or None for texts'
            raise ParameterError(f"kind: expected {known}, got {self.kind!r}")
        most = options.get("max_tokens")
        most = _MOST if most is None else integer("max_tokens", most, 1, 65_535)
        make = _music if scores else _language
        texts, y, vocabulary, music = make(X, _labels(y), options)
        if len(texts) < 2:
            raise DataError(f"X: expected at least 2 {what} that are not empty, got {len(texts)}")
        labels, codes = self._learn_labels(options, y, texts)
        with plain_modes():
            array = _encoded(texts, vocabulary, what, most, None)
            data = _core.Data.sentences(vocabulary, array.shape[1]).labelled(labels.describe())
            run = self._create(options, data, array, Ranks().device(self.device))
        return array, codes, run, (Layout("list", "str", TEXT.orders[0], music=music), labels, {})

    def _more(self, X: Any, y: Any) -> tuple[np.ndarray | Stream, np.ndarray | None]:
        if not self._of_texts:
            return super()._more(X, y)
        if self._layout.music is None:
            texts, y, _ = read_texts(X, _labels(y))
        else:
            scores, y, _ = with_notes(read_scores(X), _labels(y))
            texts = self._texts.written(scores)
        codes = self._labels.required(y, texts)
        return self._tokens(texts), codes

    def _read(self, X: Any, y: Any = None) -> tuple[np.ndarray, np.ndarray | None]:
        """Read samples and labels for a fitted model."""
        self._fitted()
        if not self._of_texts:
            return super()._read(X, y)
        array = self._tokens(self._texts.written(X))
        return array, self._labels.code(y, len(array))

    def _restored(self, samples: np.ndarray, index: Any = None) -> Any:
        """Convert samples of the core to the form of the training data."""
        if self._of_texts:
            return self._texts.samples(self._texts.texts(samples, self._run.data()))
        return self._layout.restore(samples, index)

    def _tokens(self, texts: list[str]) -> np.ndarray:
        data = self._run.data()
        return _encoded(texts, data.vocabulary(), self._texts.plural, data.sizes[0] - 1, data.sizes[0])


# Texts, a label for each or None, their tokens, and the words of a ScoreLayout or None.
_Written = tuple[list[str], np.ndarray | None, _core.Vocabulary, dict[str, Any] | None]


def _language(X: Any, y: np.ndarray | None, options: dict[str, Any]) -> _Written:
    """Read texts, and learn their vocabulary."""
    name, size = options.get("vocabulary") or "words", options.get("vocabulary_size")
    choice("vocabulary", name, [known for known, _ in _core.members("vocabulary")])
    if size is not None and name in ("bytes", "characters"):
        raise ParameterError(f'vocabulary_size: expected None for vocabulary="{name}", got {size!r}')
    size = None if size is None else integer("vocabulary_size", size, 1, 2**20)
    texts, y, left_out = read_texts(X, y)
    if left_out:
        warn(f"X: {left_out} texts are empty or missing, and left out", IgnoredWarning)
    with plain_modes():
        return texts, y, _core.Vocabulary.learn(name, texts, size), None


def _music(X: Any, y: np.ndarray | None, options: dict[str, Any]) -> _Written:
    """Read scores, and write them as texts."""
    name, size = options.get("vocabulary"), options.get("vocabulary_size")
    if name is not None:
        choice("vocabulary", name, NOTATIONS)
    if size is not None:
        raise ParameterError(f"vocabulary_size: expected None for scores, got {size!r}")
    scores = read_scores(X)
    notation = notation_for(scores, name, None, None)
    scores, y, left_out = with_notes(scores, y, percussion=notation.tracks() is not None)
    if left_out:
        warn(f"X: {left_out} scores have no notes, and are left out", IgnoredWarning)
    texts = [notation.write(score._core) for score in scores]
    layout = described(scores, notation, sum(map(len, texts)), left_out)
    return texts, y, _core.Vocabulary.learn("characters", [notation.alphabet()]), layout.words()


def _encoded(texts: list[str], vocabulary: _core.Vocabulary, what: str, most: int, places: int | None) -> np.ndarray:
    """Encode texts as the core takes them, float32 ``(n, places)``; None leaves room for longer ones."""
    tokens = [vocabulary.encode(text) for text in texts]
    longer = sum(len(row) > most for row in tokens)
    if longer:
        longest = max(map(len, tokens))
        warn(
            f"X: {longer} of {len(texts)} {what} have more than {most} tokens, up to {longest}; what follows these is "
            "not read, see max_tokens",
            IgnoredWarning,
        )
    # Later texts may be up to twice as long; empty places cost memory only.
    places = places or min(most, 2 * max(map(len, tokens))) + 1
    array = np.full((len(texts), places), -1, np.float32)
    for row, own in zip(array, tokens, strict=True):
        row[: min(len(own), most)] = own[:most]
        if len(own) <= most:
            row[len(own)] = len(vocabulary)
    return array


def _labels(y: Any) -> np.ndarray | None:
    if isinstance(y, str):
        raise ParameterError(f"y: expected a label for each text, got {y!r}")
    return None if y is None else np.asarray(y)


def _unused(estimator: Any, names: tuple[str, ...], what: str) -> None:
    for name in names:
        value = getattr(estimator, name, None)
        if value is not None:
            raise ParameterError(f"{name}: expected None for {what}, got {value!r}")
