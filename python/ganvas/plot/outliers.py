"""Anomalous samples and their anomaly maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..exceptions import ShapeError
from ._sheet import SMALL, TEXT, pairs, rows_or_images
from ._style import ORANGE
from ._table import table
from ._values import finite, number, rgba, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEAT = "autumn"


def anomalies(
    images: ArrayLike, maps: ArrayLike, scores: ArrayLike, threshold: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw samples, the least typical first, with their anomaly maps.

    Images are drawn in double rows, with the anomaly map overlaid in the lower row, and the score. Rows of numbers
    become a table whose cells are coloured by the map, with the scores on the left. All samples share one colour scale.

    Parameters
    ----------
    images : array-like of shape (n, h, w), (n, h, w, c), (n, c, h, w) or (n, d)
        Images as for `grid`, or rows of numbers; the columns of a DataFrame are named.
    maps : array-like of shape (n, h, w), or of the shape of `images`
        Anomaly of each pixel or column: higher = more anomalous. Channels are summed. The scale begins at 0, or at the
        minimum if that is below 0.
    scores : array-like of shape (n,)
        Score of each sample as in `score_samples`: higher = more typical.
    threshold : float or None, default None
        Samples with a lower score are marked.
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
    ParameterError
        `threshold` is not a finite number.

    Examples
    --------
    >>> from ganvas import data, plot
    >>> X = data.load_digits()[:8]
    >>> unusual = abs(X - X.mean(0))
    >>> ax = plot.anomalies(X, unusual, scores=-unusual.mean((1, 2)), threshold=-50)
    """
    x, heat, points = rows_or_images("images", images), finite("maps", maps), finite("scores", scores)
    if points.shape != (len(x),):
        raise ShapeError(f"scores: expected ({len(x)},), one for each sample, got {points.shape}")
    limit = None if threshold is None else number("threshold", threshold)
    order = np.argsort(points, kind="stable")
    points = points[order]
    if x.ndim == 2:
        _fits(heat, [x.shape])
        names = [str(name) for name in getattr(images, "columns", range(x.shape[1]))]
        return _table(x[order], heat[order].astype(float), points, limit, names, ax)
    pixels = rgba(x)
    _fits(heat, [pixels.shape[:3], x.shape])
    if heat.ndim == 4:
        heat = heat.sum(3 if x.shape[1:3] == pixels.shape[1:3] else 1)
    return _double_rows(pixels[order], heat[order].astype(float), points, limit, ax)


def _fits(heat: NDArray[Any], shapes: list[tuple[int, ...]]) -> None:
    if heat.shape not in shapes:
        raise ShapeError(f"maps: expected {' or '.join(map(str, dict.fromkeys(shapes)))}, got {heat.shape}")


def _double_rows(
    pixels: NDArray[np.uint8],
    heat: NDArray[np.float64],
    scores: NDArray[Any],
    limit: float | None,
    ax: Axes | None,
) -> Axes:
    from matplotlib.patches import Rectangle

    line = _marked(scores, limit, "framed")
    ax, corners, pixel = pairs(pixels, _overlay(pixels, heat), ("original", "anomaly"), 0.24, line, ax)
    texts = [short(score) for score in scores]
    room = 72 * pixel * pixels.shape[2] / (0.6 * max(map(len, texts)))
    for (left, right, upper, lower), score, text in zip(corners, scores, texts, strict=True):
        beyond = limit is not None and score < limit
        ax.annotate(
            text,
            ((left + right) / 2, lower),
            (0, -3),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=np.clip(room, 4, SMALL),
            color=ORANGE if beyond else TEXT,
            fontweight="bold" if beyond else "normal",
        )
        if beyond:
            frame = Rectangle((left, upper), right - left, lower - upper, clip_on=False)
            frame.set(fill=False, edgecolor=ORANGE, linewidth=1.6)
            ax.add_patch(frame)
    return ax


def _marked(scores: NDArray[Any], limit: float | None, how: str) -> str:
    """Describe the marked samples."""
    if limit is None:
        return ""
    return f"{how if (scores < limit).any() else 'none'}: score below {short(limit)}"


def _span(heat: NDArray[np.float64]) -> tuple[float, float]:
    low = min(0.0, float(heat.min()))
    high = float(heat.max())
    return low, high if high > low else low + 1.0


def _overlay(pixels: NDArray[np.uint8], heat: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Overlay grey images with heat colours, whose opacity increases with the value."""
    import matplotlib

    low, high = _span(heat)
    heat = (heat - low) / (high - low)
    grey = pixels[..., :3] @ np.array([0.299, 0.587, 0.114]) / 255
    colour = matplotlib.colormaps[_HEAT](heat)[..., :3]
    opaque = (heat**0.6)[..., None]
    mixed = (1 - opaque) * (grey[..., None] * 0.6) + opaque * colour
    return np.concatenate([np.rint(mixed * 255).astype(np.uint8), pixels[..., 3:]], axis=-1)


def _table(
    x: NDArray[Any],
    heat: NDArray[np.float64],
    scores: NDArray[Any],
    limit: float | None,
    names: list[str],
    ax: Axes | None,
) -> Axes:
    low, high = _span(heat)
    ax = table(x, heat, ("OrRd", low, high), (names, [short(score) for score in scores], "anomaly"), ax)
    if limit is not None:
        for text, score in zip(ax.get_yticklabels(), scores, strict=True):
            if score < limit:
                text.set(color=ORANGE, fontweight="bold")
    ax.set_xlabel(_marked(scores, limit, "bold"), fontsize=SMALL, color=TEXT)
    return ax
