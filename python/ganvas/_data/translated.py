"""Pictures that are translated: the forms of X and Y, and what the core sees of them."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import numpy as np

from .. import _core
from ..data.folder import ImageFolder
from ..exceptions import DataError, ShapeError
from .arrays import Layout, check_fitted, measure, numbers_of, read
from .kinds import Kind

# The network's range.
_UNIT = (-1.0, 1.0)


class AnySize:
    """Takes the place of a fitted estimator, for pictures of any size."""


@dataclasses.dataclass(frozen=True)
class Form:
    """The form of pictures, and their range (low, high), which is mapped to the network's -1..1.

    Attributes
    ----------
    layout : Layout
    channels : int
    """

    layout: Layout
    channels: int

    @property
    def ends(self) -> tuple[float, float]:
        """Range (low, high)."""
        low, high = self.layout.range or _UNIT
        return low, high

    @classmethod
    def learnt(cls, X: Any, channels: str | None, said: tuple[float, float] | None) -> "tuple[np.ndarray, Form]":
        """Read the pictures of a first fit, ``(n, h, w, c)``."""
        array, layout = read(AnySize(), _folder(X), channels, None, kind="image")
        data = measure([array], layout, array.shape[1:], said)
        layout = dataclasses.replace(layout, range=list(data.range or _UNIT))
        if said is not None:
            check_fitted(array, layout, layout, "as value_range says")
        return array, cls(layout, array.shape[-1])

    def read(self, X: Any, channels: str | None, what: str = "X") -> np.ndarray:
        """Read more pictures of this form, of any size, ``(n, h, w, c)``."""
        array, _ = read(AnySize(), _folder(X), channels, self.layout, least=1)
        if array.shape[-1] != self.channels:
            raise ShapeError(f"{what}: expected pictures of {_colours(self.channels)}, got {_colours(array.shape[-1])}")
        return array

    def unit(self, array: np.ndarray) -> np.ndarray:
        """Bring pictures into the network's range; values outside the range are clipped."""
        low, high = self.ends
        scaled = (array.astype(np.float64) - low) * (2.0 / (high - low)) - 1.0
        return np.ascontiguousarray(scaled.clip(-1, 1), dtype=np.float32)

    def units(self, array: np.ndarray) -> np.ndarray:
        """Bring pictures of the network's range into the user's."""
        low, high = self.ends
        return (array.astype(np.float64) + 1.0) * ((high - low) / 2.0) + low

    def restored(self, array: np.ndarray) -> Any:
        """Bring pictures of the network's range into the user's container, dtype and axes."""
        return self.layout.restore(self.units(array))

    def bare(self, array: np.ndarray) -> Any:
        """As `restored`, for pictures of one channel in place of several."""
        if self.channels == 1:
            return self.restored(array)
        axes = self.layout.axes.replace("c", "")
        layout = dataclasses.replace(self.layout, axes=axes)
        return layout.restore(self.units(array))

    def words(self) -> dict[str, Any]:
        """Convert to JSON values."""
        return {"layout": self.layout.words(), "channels": self.channels}

    @classmethod
    def of_words(cls, words: dict[str, Any]) -> "Form":
        """Inverse of `words`."""
        return cls(Layout.of_words(words["layout"]), words["channels"])


@dataclasses.dataclass(frozen=True)
class Pictures:
    """The forms of the pictures of a translation.

    Attributes
    ----------
    source : Form
        The form of X; of a corruption, of the whole pictures.
    target : Form
        The form of Y.
    """

    source: Form
    target: Form

    @property
    def kind(self) -> Kind:
        """The kind of data."""
        return self.target.layout.kind

    def summary(self, data: _core.Data) -> str:
        """Describe the data in a few words."""
        height, width, _ = data.sizes
        named = [f"{form.channels} channel{'s' * (form.channels > 1)}" for form in (self.source, self.target)]
        return f"pictures {height}x{width}, {named[0]} to {named[1]}"

    def words(self) -> dict[str, Any]:
        """Convert to JSON values."""
        return {"source": self.source.words(), "target": self.target.words()}

    @classmethod
    def of_words(cls, words: dict[str, Any]) -> "Pictures":
        """Inverse of `words`."""
        return cls(Form.of_words(words["source"]), Form.of_words(words["target"]))

    def combined(self, x: np.ndarray, y: np.ndarray | None, *, paired: bool) -> np.ndarray:
        """Combine pictures for the core: the channels of Y after those of X, in the network's range or as bytes.

        Pictures that do not belong together are combined in turn; the smaller number is repeated.
        """
        if y is None:
            return x if self._bytes() else self.source.unit(x)
        if x.shape[1:3] != y.shape[1:3]:
            raise ShapeError(
                f"Y: expected pictures of {x.shape[1]}x{x.shape[2]} like X, got {y.shape[1]}x{y.shape[2]}; resize them"
            )
        if paired and len(x) != len(y):
            raise ShapeError(
                f'Y: expected {len(x)} pictures, one for each of X, got {len(y)}; pass pairing="none" for pictures '
                "that do not belong together"
            )
        if not self._bytes():
            x, y = self.source.unit(x), self.target.unit(y)
        n = max(len(x), len(y))
        x, y = (array if len(array) == n else array[np.arange(n) % len(array)] for array in (x, y))
        return np.ascontiguousarray(np.concatenate([x, y], -1))

    def measured(self, array: np.ndarray) -> _core.Data:
        """Describe combined pictures for the core."""
        if self._bytes():
            return _core.Data.measured([array], "image", array.shape[1:], "u1", None)
        return _core.Data.measured([array], "image", array.shape[1:], "f", _UNIT)

    def _bytes(self) -> bool:
        """Return True if all pictures are bytes."""
        forms = (self.source, self.target)
        return all(numbers_of(form.layout) == "u1" and form.ends == (0.0, 255.0) for form in forms)


def halves(X: Any) -> tuple[np.ndarray, np.ndarray]:
    """Split pictures, of which the left half is X and the right half Y.

    Raises
    ------
    ShapeError
        The width is odd.
    """
    array = np.asarray(_folder(X))
    if array.ndim not in (3, 4) or array.shape[2] % 2:
        raise ShapeError(f"X: expected (n, h, w) or (n, h, w, c) with an even width, two pictures, got {array.shape}")
    left, right = np.split(array, 2, 2)
    return left, right


def by_stem(X: Any, Y: Any) -> tuple[Any, Any]:
    """Read the pictures of two folders, matched by their names without suffix; other arguments are returned unchanged.

    Raises
    ------
    DataError
        A name is missing in one of the folders, or occurs twice.
    """
    if not (isinstance(X, str | os.PathLike) and isinstance(Y, str | os.PathLike)):
        return X, Y
    found: list[tuple[dict[str, int], ImageFolder]] = []
    for path in (X, Y):
        files = ImageFolder(path, size=None)
        stems = {Path(name).stem: place for place, name in enumerate(files._names)}
        if len(stems) < len(files):
            raise DataError(f"{path}: several pictures have the same name without suffix; rename them")
        found.append((stems, files))
    for own, other, path in ((0, 1, Y), (1, 0, X)):
        missing = sorted(found[own][0].keys() - found[other][0].keys())
        if missing:
            others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise DataError(f'{path}: no picture named "{missing[0]}"{others}; pairs have the same name without suffix')
    first, second = ([stems[stem] for stem in sorted(stems)] for stems, _ in found)
    return found[0][1][first], found[1][1][second]


def _folder(X: Any) -> Any:
    """Read a folder of pictures of one size."""
    return ImageFolder(X, size=None).load() if isinstance(X, str | os.PathLike) else X


def _colours(channels: int) -> str:
    return f"{channels} channel{'s' * (channels > 1)}"
