"""Pairs of texts for the estimators: reading, and windows for training and validation."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import _core
from .._warnings import warn
from ..exceptions import DataError, DtypeError, IgnoredWarning, ShapeError
from .texts import all_texts, kept_and_held_out

# Number of examples.
_EXAMPLES = 6

# Texts of one source.
Source = tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class PairLayout:
    """What an estimator keeps of its first pairs.

    Attributes
    ----------
    pairs : int
        Number of pairs.
    tokens : int
        Number of their tokens.
    left_out : int
        Number of pairs with an empty or missing text.
    columns : int
        Number of texts of a source.
    """

    pairs: int
    tokens: int
    left_out: int
    columns: int

    def summary(self, data: _core.Data) -> str:
        """Describe the data in a few words."""
        vocabulary = data.vocabulary()
        left_out = f" ({self.left_out:,} with an empty text left out)" if self.left_out else ""
        what = f"{self.pairs:,} pair{'s' * (self.pairs != 1)}{left_out} of {self.tokens:,} tokens"
        return f"{what}, vocabulary of {len(vocabulary):,} {vocabulary.name}"

    def words(self) -> dict[str, Any]:
        """Convert the layout to JSON values."""
        return dict(vars(self))

    @classmethod
    def of_words(cls, words: dict[str, Any]) -> "PairLayout":
        """Inverse of `words`."""
        return cls(**words)


@dataclasses.dataclass(frozen=True)
class Pairs:
    """Pairs for training.

    Attributes
    ----------
    reader : Packed
        The pairs, with those held out.
    windows : int
        Number of windows for training.
    examples : list of (str, ...)
        Some sources, of pairs that are held out if there are any.
    """

    reader: _core.Packed
    windows: int
    examples: list[Source]

    def __len__(self) -> int:
        return self.windows


def read_sources(X: Any) -> list[Source | None]:
    """Read sources of one or several texts each; one with a missing text is None.

    Parameters
    ----------
    X : sequence of str, or of sequences of str; array or frame of one or several columns of texts

    Raises
    ------
    DtypeError, DataError, ShapeError
    """
    if isinstance(X, str | bytes):
        raise DtypeError(f"X: expected a list of texts, got one text; pass [{X[:20]!r}]")
    rows = _rows(X)
    columns = [all_texts(column) for column in zip(*rows, strict=True)]
    return [None if None in row else tuple(map(str, row)) for row in zip(*columns, strict=True)]


def _rows(X: Any) -> list[tuple[Any, ...]]:
    """Return the texts of each source."""
    shape = getattr(X, "shape", None)
    if shape is not None and len(shape) == 2:
        return [tuple(row) for row in np.asarray(X, dtype=object)]
    if shape is not None and len(shape) != 1:
        raise ShapeError(f"X: expected texts in one or several columns, got {tuple(shape)}")
    try:
        rows = [tuple(x) if isinstance(x, list | tuple | np.ndarray) else (x,) for x in X]
    except TypeError:
        raise DtypeError(f"X: expected a list of texts, got {type(X).__name__}") from None
    widths = sorted({len(row) for row in rows})
    if len(widths) > 1 or widths == [0]:
        raise ShapeError(f"X: expected as many texts in each row, got rows of {' and '.join(map(str, widths))}")
    return rows


def read_pairs(X: Any, y: Any) -> tuple[list[Source], list[str], int]:
    """Read pairs.

    Parameters
    ----------
    X
        Sources, as for `read_sources`.
    y : sequence of str
        The text that belongs to each.

    Returns
    -------
    sources : list of (str, ...)
    texts : list of str
    left_out : int
        Number of pairs with a missing text or an empty one.

    Raises
    ------
    DataError, DtypeError, ShapeError
    """
    if y is None:
        raise DtypeError("y: expected a text for each source, got None")
    if isinstance(y, str | bytes):
        raise DtypeError("y: expected a list of texts, got one text")
    sources, texts = read_sources(X), all_texts(y, "y")
    if len(sources) != len(texts):
        raise ShapeError(f"y: expected a text for each of {len(sources)} sources, got {len(texts)}")
    kept = [(x, text) for x, text in zip(sources, texts, strict=True) if x is not None and all(x) and text]
    if not kept:
        raise DataError(f"X: expected pairs of texts, got {len(texts)} with an empty or missing text")
    return [x for x, _ in kept], [text for _, text in kept], len(texts) - len(kept)


def pair_lengths(vocabulary: _core.Vocabulary, source: Source, text: str) -> tuple[int, int]:
    """Return the numbers of tokens of a source and of its text, with the end of each."""
    return sum(len(vocabulary.encode(part)) + 1 for part in source), len(vocabulary.encode(text)) + 1


def pairs(data: _core.Data, sources: Sequence[Source], texts: Sequence[str], part: float) -> Pairs:
    """Pack pairs, and hold out a part of them.

    Raises
    ------
    DataError
        All pairs are longer than the windows.
    """
    kept, out = kept_and_held_out(len(texts), part)
    packed, measured = (
        _core.Packed.pairs(data, [sources[i] for i in rows], [texts[i] for i in rows]) for rows in (kept, out)
    )
    of_sources, of_texts = data.sides
    said = of_sources if of_sources == of_texts else (of_sources, of_texts)
    long = packed.left_out + measured.left_out
    if packed.left_out == len(kept):
        raise DataError(f"X: all pairs have more tokens than context={said}; pass a larger context")
    if long:
        warn(
            f"{long} of {len(texts)} pairs have a text of more tokens than context={said} and are left out; pass a "
            "larger context",
            IgnoredWarning,
        )
    reader = packed if measured.left_out == len(out) else packed.measured_by(measured)
    return Pairs(reader, packed.windows(of_texts), [sources[i] for i in (out if len(out) else kept)[:_EXAMPLES]])
