"""Level maps of games."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..exceptions import DtypeError, ShapeError
from ._tileset import tile_pictures
from .tiles import grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def levels(
    maps: ArrayLike,
    ax: Axes | None = None,
    columns: int | None = None,
    tileset: Mapping[Any, Any] | None = None,
    titles: Sequence[Any] | None = None,
) -> Axes:
    """Draw level maps side by side, with a colour or picture per tile.

    Parameters
    ----------
    maps : array-like of shape (n, h, w)
        Symbols: integers or strings.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.
    columns : int or None, default None
        Maps per row, at least 1. None chooses about as many columns as rows.
    tileset : mapping or None, default None
        Maps symbols to matplotlib colours or pictures: uint8 arrays of shape (t, t, 3) or (t, t, 4), all of one size.
        Other symbols get default colours. None: default colours for the symbols of platform games.
    titles : sequence or None, default None
        Titles of the columns, or one title.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError, DtypeError, DataError
        `maps` has another shape or dtype, or is empty; pictures differ in size.
    ParameterError
        A value of `tileset` is neither a colour nor a picture, or `columns` or `titles` is invalid.

    Examples
    --------
    >>> from ganvas import data, plot
    >>> ax = plot.levels(data.platform_levels(6, random_state=0))
    """
    symbols = np.asarray(maps)
    if symbols.dtype.kind not in "biuUS":
        raise DtypeError(f"maps: expected integers or strings, got {symbols.dtype}")
    if symbols.ndim != 3 or symbols.size == 0:
        raise ShapeError(f"maps: expected (n, h, w), got {symbols.shape}")
    known, codes = np.unique(symbols, return_inverse=True)
    tiles = tile_pictures([symbol.item() for symbol in known], dict(tileset or {}))
    n, height, width = symbols.shape
    side = tiles.shape[1]
    # [n, h, w, t, t, 4] -> [n, h, t, w, t, 4]
    pictures = tiles[codes.reshape(symbols.shape)].transpose(0, 1, 3, 2, 4, 5)
    return grid(
        pictures.reshape(n, height * side, width * side, 4), ax, columns, padding=max(1, side // 2), titles=titles
    )
