"""Many images as one picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import integer
from ..exceptions import DataError, ShapeError
from ._checks import real

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TARGET = 600  # a new figure is about so many pixels wide or high ...
_MOST = 800  # ... and never wider or higher than this


def grid(images: ArrayLike, ax: Axes | None = None, columns: int | None = None, padding: int = 1) -> Axes:
    """Draw images side by side as one picture.

    Parameters
    ----------
    images : array-like of shape (n, h, w), (n, h, w, c) or (n, c, h, w)
        Grey or colour, with c = 1 or 3, or 4 where the channels come last. uint8 is drawn as it is. Floats are taken
        to lie in 0..1, else in -1..1, else between their own minimum and maximum.
    ax : matplotlib Axes or None, default None
        Where to draw; None makes a new figure.
    columns : int or None, default None
        Images in a row, at least 1. None takes about as many columns as rows.
    padding : int, default 1
        Width of the gaps in pixels of the images, 0 to 64.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError
        `images` has another shape, or holds no image.
    DtypeError
        `images` does not hold real numbers.
    DataError
        A value is not finite.
    ParameterError
        `columns` or `padding` is outside its range.

    Examples
    --------
    >>> from ganvas import data, plot
    >>> ax = plot.grid(data.load_digits()[:40])
    """
    tiles = _rgba(images)
    columns = _columns(len(tiles)) if columns is None else min(integer("columns", columns, 1), len(tiles))
    picture = _tile(tiles, columns, integer("padding", padding, 0, 64))
    if ax is None:
        ax = _new_axes(*picture.shape[:2])
    crisp = max(picture.shape[:2]) <= _TARGET
    ax.imshow(picture, interpolation="nearest" if crisp else "auto")
    ax.set_axis_off()
    return ax


def _rgba(images: ArrayLike) -> NDArray[np.uint8]:
    """Convert images of any accepted form to uint8 (n, h, w, 4)."""
    x = real("images", images)
    channels_last = x.ndim == 3 or x.shape[-1:] in [(1,), (3,), (4,)]
    if x.ndim not in (3, 4) or x.size == 0 or not (channels_last or x.shape[1] in (1, 3)):
        raise ShapeError(f"images: expected (n, h, w), (n, h, w, c) or (n, c, h, w), got {x.shape}")
    pixels = x if x.dtype == np.uint8 else _to_uint8(x)
    if x.ndim == 3:
        pixels = pixels[..., None]
    elif not channels_last:
        pixels = pixels.transpose(0, 2, 3, 1)
    rgba = np.full((*pixels.shape[:3], 4), 255, np.uint8)
    rgba[..., : max(3, pixels.shape[3])] = pixels
    return rgba


def _to_uint8(x: NDArray[Any]) -> NDArray[np.uint8]:
    wrong = np.argwhere(~np.isfinite(x))
    if len(wrong):
        raise DataError(f"images: {len(wrong)} values are not finite, the first at {tuple(wrong[0].tolist())}")
    low, high = float(x.min()), float(x.max())
    if low >= 0 and high <= 1:
        low, high = 0, 1
    elif low >= -1 and high <= 1:
        low, high = -1, 1
    return np.rint((x.astype(np.float64) - low) * (255 / ((high - low) or 1))).astype(np.uint8)


def _columns(n: int) -> int:
    """Choose from square to twice as wide the grid with the fewest empty places."""
    square = math.isqrt(n - 1) + 1
    return min(range(square, min(2 * square, n) + 1), key=lambda columns: -n % columns)


def _tile(images: NDArray[np.uint8], columns: int, padding: int) -> NDArray[np.uint8]:
    """Lay the images (n, h, w, 4) out in rows; the gaps are transparent."""
    n, height, width, _ = images.shape
    rows = -(-n // columns)
    cells = np.zeros((rows * columns, height + padding, width + padding, 4), np.uint8)
    cells[:n, :height, :width] = images
    # [rows, columns, h, w, 4] -> [rows, h, columns, w, 4]
    picture = cells.reshape(rows, columns, *cells.shape[1:]).swapaxes(1, 2)
    picture = picture.reshape(rows * (height + padding), columns * (width + padding), 4)
    return picture[: picture.shape[0] - padding, : picture.shape[1] - padding]


def _new_axes(height: int, width: int) -> Axes:
    """Make a figure on which each pixel of the picture is a whole number of pixels, if it fits."""
    import matplotlib.pyplot as plt
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    longest = max(height, width)
    scale = min(max(1, round(_TARGET / longest)), _MOST / longest)
    figure = plt.figure(layout=ConstrainedLayoutEngine(w_pad=0, h_pad=0, wspace=0, hspace=0))
    figure.set_size_inches(width * scale / figure.dpi, height * scale / figure.dpi)
    return figure.add_subplot()
