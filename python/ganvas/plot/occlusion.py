"""Samples and their occlusion maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..exceptions import ShapeError
from ._sheet import SMALL, TEXT, pairs, rows_or_images
from ._table import table
from ._values import finite, rgba, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# From values that lower the score to those that support it; both ends are legible to colour-blind readers.
_SIGNED = "PuOr_r"


def occlusion(images: ArrayLike, maps: ArrayLike, scores: ArrayLike | None = None, ax: Axes | None = None) -> Axes:
    """Draw samples with maps of how much each part supports their score.

    Images are drawn in double rows, with the map overlaid in the lower row: orange where the score falls if the part is
    hidden, violet where it rises. Rows of numbers become a table whose cells are coloured by the map. Samples share one
    colour scale, which is symmetric about 0.

    Parameters
    ----------
    images : array-like of shape (n, h, w), (n, h, w, c), (n, c, h, w) or (n, d)
        Images as for `grid`, or rows of numbers; the columns of a DataFrame are named.
    maps : array-like of shape (n, h, w) or (n, d)
        Score of a sample minus its score without this part, of each pixel or column.
    scores : array-like of shape (n,) or None, default None
        Score of each sample, written beside it.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError
        `images` has another shape or is empty, or the shape of `maps` or `scores` does not match.
    DtypeError
        One of the arrays does not contain real numbers.
    DataError
        A value is not finite.

    Examples
    --------
    >>> from ganvas import data, plot
    >>> X = data.load_digits()[:8]
    >>> ax = plot.occlusion(X, X / 255 - 0.5)
    """
    x, change = rows_or_images("images", images), finite("maps", maps).astype(float)
    points = None if scores is None else finite("scores", scores)
    if points is not None and points.shape != (len(x),):
        raise ShapeError(f"scores: expected ({len(x)},), one for each sample, got {points.shape}")
    pixels = None if x.ndim == 2 else rgba(x)
    wanted = x.shape if pixels is None else pixels.shape[:3]
    if change.shape != wanted:
        raise ShapeError(f"maps: expected {wanted}, got {change.shape}")
    most = float(np.abs(change).max())
    texts = [] if points is None else [short(score) for score in points]
    if pixels is None:
        names = [str(name) for name in getattr(images, "columns", range(x.shape[1]))]
        ends = most or 1.0
        return table(x, change, (_SIGNED, -ends, ends), (names, texts, "change of the score"), ax)
    line = f"orange: {short(most)}, violet: {short(-most)}"
    line = line if most else "hiding changes nothing"
    foot = 0.24 if texts else 0.0
    ax, corners, pixel = pairs(pixels, _overlay(pixels, change / (most or 1)), ("sample", "change"), foot, line, ax)
    for (left, right, _, lower), text in zip(corners, texts, strict=False):
        size = float(np.clip(72 * pixel * pixels.shape[2] / (0.6 * len(text)), 4, SMALL))
        place: Any = ((left + right) / 2, lower)
        ax.annotate(text, place, (0, -3), textcoords="offset points", ha="center", va="top", fontsize=size, color=TEXT)
    return ax


def _overlay(pixels: NDArray[np.uint8], change: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Overlay grey images with the colours of changes in -1..1, whose opacity increases with the size."""
    import matplotlib

    grey = pixels[..., :3] @ np.array([0.299, 0.587, 0.114]) / 255
    # Only the saturated parts of the scale; the middle is transparent.
    colour = matplotlib.colormaps[_SIGNED](0.5 + np.sign(change) * (0.2 + 0.25 * np.abs(change)))[..., :3]
    opaque = np.abs(change)[..., None] ** 0.6
    mixed = (1 - opaque) * (0.25 + 0.5 * grey[..., None]) + opaque * colour
    return np.concatenate([np.rint(mixed * 255).astype(np.uint8), pixels[..., 3:]], axis=-1)
