"""Colours and pictures of tiles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..exceptions import DataError, ParameterError

# Symbols with a usual meaning: air, ground, bricks, question blocks, coins, enemies, pipes.
_USUAL = {
    "-": "#A9D6F5",
    " ": "#A9D6F5",
    ".": "#A9D6F5",
    "X": "#8A5A2B",
    "#": "#8A5A2B",
    "S": "#C98B4B",
    "?": "#F0B429",
    "Q": "#F0B429",
    "o": "#FFE066",
    "E": "#C0392B",
    "<": "#1E8449",
    ">": "#1E8449",
    "[": "#27AE60",
    "]": "#27AE60",
}
# Okabe and Ito's palette, then lighter and darker tones.
_OTHERS = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#999999"]
_OTHERS += ["#332288", "#88CCEE", "#44AA99", "#117733"]


def tile_pictures(symbols: list[Any], tileset: dict[Any, Any]) -> NDArray[np.uint8]:
    """Return a picture (t, t, 4) for each symbol; symbols that `tileset` does not name get default colours."""
    pictures = {
        symbol: np.asarray(tile) for symbol, tile in tileset.items() if not isinstance(tile, str | tuple | list)
    }
    sides = {picture.shape[:2] for picture in pictures.values()}
    for symbol, picture in pictures.items():
        fits = picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] in (3, 4)
        if not fits or picture.shape[0] != picture.shape[1]:
            raise ParameterError(
                f"tileset: expected a colour or a uint8 array of shape (t, t, 3) or (t, t, 4) for {symbol!r}, got "
                f"{picture.dtype} of shape {picture.shape}"
            )
    if len(sides) > 1:
        raise DataError(f"tileset: expected pictures of one size, got {sorted(sides)}")
    side = next(iter(sides))[0] if sides else 1
    tiles = np.full((len(symbols), side, side, 4), 255, np.uint8)
    others = iter(_OTHERS * (len(symbols) // len(_OTHERS) + 1))
    for tile, symbol in zip(tiles, symbols, strict=True):
        if symbol in pictures:
            tile[..., : pictures[symbol].shape[2]] = pictures[symbol]
        else:
            colour = tileset.get(symbol, _USUAL.get(symbol) if isinstance(symbol, str) else None)
            tile[:] = _rgba(symbol, next(others) if colour is None else colour)
    return tiles


def _rgba(symbol: Any, colour: Any) -> NDArray[np.uint8]:
    from matplotlib.colors import is_color_like, to_rgba

    if not is_color_like(colour):
        raise ParameterError(f"tileset: expected a colour or a picture for {symbol!r}, got {colour!r}")
    return np.rint(255 * np.array(to_rgba(colour))).astype(np.uint8)
