"""Maps of tiles, as levels of games."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ... import _core, plot
from ..._checks import listed
from ...exceptions import DataError, DtypeError, ShapeError
from ...plot._tileset import tile_pictures
from ..windows import most_frequent
from ._kind import Kind

# A code is one byte.
_MOST = 256


class Tiles(Kind):
    """Maps of tiles; the core has the codes of their symbols.

    Parameters
    ----------
    symbols : list of int or str
        Symbols in the order of their codes; empty before the first fit.
    """

    name = "tiles"
    shapes = "(n, h, w) of integers or one-character strings, or lists of text lines"
    orders = ("nyx",)
    symbolic = True

    def __init__(self, symbols: list[Any] | None = None) -> None:
        self._symbols = np.array(symbols or [])

    def of(self, symbols: list[Any] | None) -> "Tiles":
        return Tiles(symbols)

    def read(self, X: Any) -> Any:
        if isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind in "UO":
            X = X.tolist()
        if not isinstance(X, list | tuple) or not X or not all(isinstance(lines, list | tuple) for lines in X):
            return X
        if not all(isinstance(line, str) for lines in X for line in lines):
            return X
        height, width = len(X[0]), len(X[0][0]) if X[0] else 0
        for number, lines in enumerate(X):
            if len(lines) != height:
                raise ShapeError(
                    f"X: expected maps of one size, map 0 has {height} lines and map {number} has {len(lines)}"
                )
            for row, line in enumerate(lines):
                if len(line) != width:
                    raise ShapeError(
                        f"X: expected lines of one length, line 0 of map 0 has {width} tiles and line {row} of map "
                        f"{number} has {len(line)}"
                    )
        return np.array([[list(line) for line in lines] for lines in X])

    def likely(self, shape: tuple[int, ...], channels: str | None) -> bool:
        return len(shape) == 3

    def symbols(self, array: np.ndarray) -> list[Any]:
        known: list[Any] = np.unique(_checked(array)).tolist()
        if len(known) < 2:
            raise DataError(f"X: expected maps of at least 2 symbols, got {known[0]!r} everywhere")
        if len(known) > _MOST:
            raise DataError(f"X: expected at most {_MOST} symbols, got {len(known)}")
        return known

    def arranged(self, array: np.ndarray, axes: str) -> np.ndarray:
        array = _checked(array)
        same = (array.dtype.kind == "U") == (self._symbols.dtype.kind == "U")
        codes = np.searchsorted(self._symbols, array).clip(max=len(self._symbols) - 1) if same else 0
        unknown = self._symbols[codes] != array if same else np.ones(array.shape, bool)
        if unknown.any():
            place = tuple(int(i) for i in np.argwhere(unknown)[0])
            raise DataError(
                f"X: expected the symbols of the fit, {listed(self._symbols.tolist())}, got {array[place].item()!r} at "
                f"{place}; fit on data that have all symbols"
            )
        return np.ascontiguousarray(codes, np.uint8)

    def restored(self, samples: np.ndarray, axes: str) -> np.ndarray:
        made: np.ndarray = self._symbols[np.rint(samples).astype(np.intp)]
        return made

    def scaled(self, samples: np.ndarray, data: _core.Data) -> np.ndarray:
        # Two one-hot vectors have the distance 1.
        unit = np.float32(1 / np.sqrt(2))
        return (np.rint(samples)[..., None] == np.arange(len(self._symbols))).astype(np.float32) * unit

    def mean(self, samples: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(samples)

    def apart(self, samples: np.ndarray, others: np.ndarray, data: _core.Data) -> np.ndarray:
        return (samples != others).astype(np.float32)

    def occluded(self, samples: np.ndarray, window: tuple[slice, ...], data: _core.Data) -> np.ndarray:
        return most_frequent(samples, window)

    def words(self, data: _core.Data, layout: Any) -> str:
        height, width = data.sizes
        return f"maps of {height}x{width} tiles, {len(self._symbols)} symbols"

    def draw(
        self,
        samples: np.ndarray,
        data: _core.Data,
        ax: Any,
        columns: int | None = None,
        titles: Any = None,
        tileset: Mapping[Any, Any] | None = None,
    ) -> Any:
        symbols = self._symbols.tolist()
        # A symbol has the same colour in all plots, whichever others are drawn.
        tiles = dict(zip(symbols, tile_pictures(symbols, dict(tileset or {})), strict=True))
        return plot.levels(self.restored(samples, "nyx"), ax=ax, columns=columns, titles=titles, tileset=tiles)

    def pictures(self, samples: np.ndarray, data: _core.Data) -> np.ndarray:
        colours = tile_pictures(self._symbols.tolist(), {})[:, 0, 0, :3] / np.float32(255)
        made: np.ndarray = colours[np.rint(samples).astype(np.intp)]
        return made


def _checked(array: np.ndarray) -> np.ndarray:
    """Return integers or one-character strings."""
    if array.dtype.kind == "O" and all(isinstance(value, str) for value in array.flat):
        array = array.astype(str)
    if array.dtype.kind == "S":
        array = np.char.decode(array, "latin-1")
    if array.dtype.kind not in "biuU":
        raise DtypeError(f'X: expected integers or one-character strings for kind="tiles", got {array.dtype}')
    if array.dtype.kind == "U" and array.size and not (np.char.str_len(array) == 1).all():
        wrong = array[np.char.str_len(array) != 1].flat[0].item()
        raise DtypeError(f'X: expected one-character strings for kind="tiles", got {wrong!r}')
    return array
