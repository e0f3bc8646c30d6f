"""Texts for the estimators of texts: reading, and documents for training and validation."""

import dataclasses
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import _core
from .._warnings import warn
from ..data import load_shakespeare, load_texts
from ..data._listing import EXTENSIONS
from ..exceptions import DataError, DtypeError, IgnoredWarning, ShapeError
from .pictures import first_of


@dataclasses.dataclass(frozen=True)
class TextLayout:
    """What an estimator keeps of its first texts.

    Attributes
    ----------
    texts : int
        Number of texts.
    tokens : int
        Number of their tokens.
    left_out : int
        Number of texts that were empty or missing.
    """

    texts: int
    tokens: int
    left_out: int = 0

    def summary(self, data: _core.Data) -> str:
        """Describe the data in a few words."""
        vocabulary = data.vocabulary()
        left_out = f" ({self.left_out:,} empty ones left out)" if self.left_out else ""
        plural = "s" * (self.texts != 1)
        what = (
            f"{self.texts:,} text{plural}{left_out} of {self.tokens:,} tokens" if self.texts else "a model of a folder"
        )
        return f"{what}, vocabulary of {len(vocabulary):,} {vocabulary.name}"

    def words(self) -> dict[str, Any]:
        """Convert the layout to JSON values."""
        return dict(vars(self))

    @classmethod
    def of_words(cls, words: dict[str, Any]) -> "TextLayout":
        """Inverse of `words`."""
        return cls(**words)


@dataclasses.dataclass(frozen=True)
class Documents:
    """Documents for training, packed end to end.

    Attributes
    ----------
    reader : Packed
        The documents, with those held out.
    windows : int
        Number of windows for training.
    train, held_out : list of str or None
        The texts; None if they stay in files.
    """

    reader: _core.Packed
    windows: int
    train: list[str] | None
    held_out: list[str] | None

    def __len__(self) -> int:
        return self.windows


def read_texts(X: Any, y: Any = None) -> tuple[list[str], np.ndarray | None, int]:
    """Read texts.

    Parameters
    ----------
    X : path, iterable of str, or None
        A file or folder of text files, or texts; None uses the works of Shakespeare.
    y : numpy.ndarray or None
        A label for each text, if there are any.

    Returns
    -------
    texts : list of str
        Those that are neither empty nor missing.
    y : numpy.ndarray or None
        Their labels.
    left_out : int
        Number of texts that are empty or missing.

    Raises
    ------
    DataError, DtypeError, ShapeError
    """
    texts = all_texts(X)
    if y is not None and len(y) != len(texts):
        raise ShapeError(f"y: expected a label for each of {len(texts)} texts, got {len(y)}")
    kept = [i for i, text in enumerate(texts) if text]
    if not kept:
        raise DataError(f"X: expected texts, got {len(texts)} that are empty or missing")
    return [texts[i] or "" for i in kept], None if y is None else y[kept], len(texts) - len(kept)


def all_texts(X: Any, name: str = "X") -> list[str | None]:
    """Read texts as `read_texts` does; missing ones are None, and empty ones stay. `name` is that of X in messages."""
    if X is None:
        return [load_shakespeare()]
    if isinstance(X, os.PathLike):
        return list(load_texts(X))
    if isinstance(X, str):
        return list(_of_path(X))
    if isinstance(X, bytes) or not isinstance(X, Iterable):
        raise DtypeError(f"{name}: expected a path or a list of texts, got {type(X).__name__}")
    if getattr(X, "ndim", 1) == 2 and getattr(X, "shape", (0, 0))[1] == 1:
        # A frame or an array of one column.
        X = np.asarray(X)[:, 0]
    if getattr(X, "ndim", 1) != 1:
        raise ShapeError(f"{name}: expected texts in one column, got {tuple(X.shape)}")
    return [checked(name, i, text) for i, text in enumerate(X)]


def present(texts: Sequence[str | None]) -> list[str]:
    """Return texts, of which none may be missing."""
    missing = [i for i, text in enumerate(texts) if text is None]
    if missing:
        raise DataError(f"X: {len(missing)} texts are missing, the first at position {missing[0]}")
    return [text or "" for text in texts]


def is_texts(X: Any, *, named: bool) -> bool:
    """Return True if X is a sequence of texts.

    Strings are also paths of pictures: unless texts are named, by the net, paths that exist and those that end as
    pictures do are taken for such.
    """
    if named:
        # Arrays of numbers stay what they are, for an error that says so.
        return isinstance(X, str | os.PathLike) or getattr(getattr(X, "dtype", None), "kind", "O") in "OUT"
    first = first_of(X)
    if not isinstance(first, str):
        return False
    path = Path(first)
    try:
        return path.suffix.lower() not in EXTENSIONS and not path.expanduser().exists()
    except (OSError, ValueError):
        return True


def _of_path(path: str) -> list[str]:
    try:
        there = Path(path).expanduser().exists()
    except (OSError, ValueError):
        # Too long for a path, or with a null character.
        there = False
    if there:
        return load_texts(path)
    shown = path if len(path) <= 40 else path[:37] + "..."
    raise DataError(
        f"X: expected a path that exists or a list of texts, got the text {shown!r}; pass [text] to use it as one text"
    )


def checked(name: str, i: int, text: Any) -> str | None:
    """Check one text; None if it is missing."""
    if isinstance(text, str):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise DataError(
                f"{name}: text {i} has a lone surrogate, {text[error.start]!r} at position {error.start}, which is no "
                "character"
            ) from None
        return str(text)
    missing = text is None or type(text).__name__ == "NAType" or (isinstance(text, float) and text != text)
    if missing:
        return None
    raise DtypeError(f"{name}: expected texts, got {type(text).__name__} at position {i}")


def split(
    texts: Sequence[str], y: np.ndarray | None, part: float
) -> tuple[list[str], np.ndarray | None, list[str], np.ndarray | None]:
    """Hold out a part of the texts, chosen at random but always the same; of a single text its end.

    Returns
    -------
    texts, y, held_out, held_out_y
    """
    if part <= 0:
        return list(texts), y, [], None
    if len(texts) == 1:
        place = round(len(texts[0]) * (1 - part))
        parts = [texts[0][:place]], y, [texts[0][place:]], y
        return parts if texts[0][:place] and texts[0][place:] else (list(texts), y, [], None)
    kept, out = kept_and_held_out(len(texts), part)
    chosen = (None, None) if y is None else (y[kept], y[out])
    return [texts[i] for i in kept], chosen[0], [texts[i] for i in out], chosen[1]


def kept_and_held_out(n: int, part: float) -> tuple[np.ndarray, np.ndarray]:
    """Split the indices of `n` texts at random but always in the same way; both parts are in order."""
    count = 0 if part <= 0 or n < 2 else min(max(1, round(part * n)), n - 1)
    order = np.random.default_rng(0).permutation(n)
    return np.sort(order[count:]), np.sort(order[:count])


def documents(
    data: _core.Data,
    context: int,
    train: tuple[Sequence[str], np.ndarray | None],
    held_out: tuple[Sequence[str], np.ndarray | None],
) -> Documents:
    """Pack texts and those held out, both with labels or None."""
    packed, measured = (_packed(data, *texts) for texts in (train, held_out))
    reader = packed if not held_out[0] else packed.measured_by(measured)
    return Documents(reader, packed.windows(context), list(train[0]), list(held_out[0]))


def fitting_context(context: int, tokens: int) -> int:
    """Return the context, shortened with a warning if the texts have fewer tokens.

    Raises
    ------
    DataError
        The texts have fewer than two tokens.
    """
    if tokens < 2:
        raise DataError(f"X: expected texts of at least 2 tokens, got {tokens}")
    if tokens - 1 >= context:
        return context
    warn(f"context={context} is shortened to {tokens - 1}: the texts have {tokens} tokens", IgnoredWarning)
    return tokens - 1


def _packed(data: _core.Data, texts: Sequence[str], y: np.ndarray | None) -> _core.Packed:
    return _core.Packed(data, list(texts), None if y is None else y.tolist())
