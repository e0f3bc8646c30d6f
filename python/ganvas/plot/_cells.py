"""Cells in rows and columns, with titles above the columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._checks import integer
from ..exceptions import ParameterError

_LONGEST = 18  # characters of a title


def arranged(n: int, columns: int | None, titles: Sequence[Any] | None) -> tuple[int, int, list[str]]:
    """Return the numbers of columns and rows for `n` cells, and the titles: none, one, or one for each column.

    Without `columns`, the arrangement is between a square and twice as wide as high, with the fewest empty cells.
    """
    columns = fewest_empty(n, math.isqrt(n - 1) + 1) if columns is None else min(integer("columns", columns, 1), n)
    names = [] if titles is None else [str(title) for title in titles]
    if titles is not None and len(names) not in (1, columns):
        raise ParameterError(f"titles: expected one for each of {columns} columns, or one for all, got {len(names)}")
    names = [name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}" for name in names]
    return columns, -(-n // columns), names


def fewest_empty(n: int, least: int) -> int:
    """Return the number of columns, from `least` to twice as many, that leaves the fewest empty cells."""
    return min(range(least, min(2 * least, n) + 1), key=lambda columns: -n % columns)


def tiled(images: NDArray[np.uint8], columns: int, padding: int) -> NDArray[np.uint8]:
    """Arrange the images (n, h, w, 4) in rows; the gaps are transparent."""
    n, height, width, _ = images.shape
    rows = -(-n // columns)
    cells = np.zeros((rows * columns, height + padding, width + padding, 4), np.uint8)
    cells[:n, :height, :width] = images
    # [rows, columns, h, w, 4] -> [rows, h, columns, w, 4]
    picture = cells.reshape(rows, columns, *cells.shape[1:]).swapaxes(1, 2)
    picture = picture.reshape(rows * (height + padding), columns * (width + padding), 4)
    return picture[: picture.shape[0] - padding, : picture.shape[1] - padding]
