"""Images decoded along the axes of a latent space."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..exceptions import ParameterError, ShapeError
from ._cells import tiled
from ._sheet import gap, inches, label, sheet, table_of_images
from ._style import GREY, new_axes, picture_axes
from ._values import finite, texts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIDE = 6.0  # maximum size in inches of a new manifold with latent values
_TICKED = 7  # maximum number of images that have their latent values beside them


def manifold(images: ArrayLike, extent: Sequence[float] | None = None, ax: Axes | None = None) -> Axes:
    """Draw images decoded on a grid of a latent plane, without gaps.

    Parameters
    ----------
    images : array-like of shape (rows, columns, h, w), (rows, columns, h, w, c) or (rows, columns, c, h, w)
        The image in row 0 and column 0 is drawn at the upper left. Values as for `grid`.
    extent : (left, right, bottom, top) or None, default None
        Latent values of the first and last column and of the last and first row, evenly spaced; shown as ticks. None
        draws no axes.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError
        `images` has another shape, or is empty.
    DtypeError
        `images` does not contain real numbers.
    DataError
        A value is not finite.
    ParameterError
        `extent` is not four finite numbers, or has no width or height with several images.

    Examples
    --------
    >>> from ganvas import data, plot
    >>> X = data.load_digits()[:40].reshape(5, 8, 16, 16)
    >>> ax = plot.manifold(X, extent=(-3, 3, -2, 2))
    """
    from matplotlib.ticker import MaxNLocator

    tiles, rows, columns = table_of_images("rows, columns", images)
    picture = tiled(tiles, columns, 0)
    height, width = picture.shape[:2]
    if extent is None:
        if ax is None:
            ax = picture_axes(height, width)
        ax.imshow(picture, aspect="equal")
        ax.set_axis_off()
        return ax
    left, right, bottom, top = _edges(extent, rows, columns)
    if ax is None:
        pixel = min(_SIDE / width, _SIDE / height)
        ax = new_axes(max(width * pixel, 1.0) + 0.7, max(height * pixel, 1.0) + 0.6)
    # Pixels are square, regardless of the units of the axes.
    aspect = abs((height / (top - bottom)) / (width / (right - left)))
    ax.imshow(picture, extent=(left, right, bottom, top), aspect=aspect)
    ax.spines[:].set_visible(False)
    for axis, first, last, n in ((ax.xaxis, left, right, columns), (ax.yaxis, bottom, top, rows)):
        if n <= _TICKED:
            half = (last - first) / n / 2
            places = np.linspace(first + half, last - half, n)
            axis.set_ticks(places, texts(places))
        else:
            axis.set_major_locator(MaxNLocator(_TICKED))
    ax.tick_params(color=GREY)
    ax.set_xlabel("latent 0")
    ax.set_ylabel("latent 1")
    return ax


def _edges(extent: Sequence[float], rows: int, columns: int) -> tuple[float, float, float, float]:
    """Compute the edges of the picture from the latent values at the centres of its outer images."""
    values = np.asarray(extent, dtype=object)
    if values.shape != (4,) or not all(isinstance(value, Real) and math.isfinite(value) for value in values):
        raise ParameterError(f"extent: expected four finite numbers (left, right, bottom, top), got {extent!r}")
    left, right, bottom, top = values.astype(float).tolist()
    for low, high, n in ((left, right, columns), (bottom, top, rows)):
        if low == high and n > 1:
            raise ParameterError(f"extent: expected different values at the ends of {n} images, got {low:g} twice")
    x = (right - left) / (columns - 1) if columns > 1 else (right - left) or 1.0
    y = (top - bottom) / (rows - 1) if rows > 1 else (top - bottom) or 1.0
    if columns == 1:
        left = right = (left + right) / 2
    if rows == 1:
        bottom = top = (bottom + top) / 2
    return left - x / 2, right + x / 2, bottom - y / 2, top + y / 2


def traversal(
    images: ArrayLike, values: ArrayLike | None = None, names: Sequence[Any] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw how an image changes along latent dimensions, one per row.

    Parameters
    ----------
    images : array-like of shape (dims, steps, h, w), (dims, steps, h, w, c) or (dims, steps, c, h, w)
        Images decoded at the steps along each dimension. Values as for `grid`.
    values : array-like of shape (steps,) or None, default None
        Latent value of each column, written below.
    names : sequence of length dims or None, default None
        Texts at the left of each row; None writes latent 0, latent 1 and so on.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError
        `images` has another shape or is empty, `values` is not (steps,), or the length of `names` is not dims.
    DtypeError
        `images` or `values` does not contain real numbers.
    DataError
        A value is not finite.

    Examples
    --------
    >>> from ganvas import data, plot
    >>> X = data.load_digits()[:27].reshape(3, 9, 16, 16)
    >>> ax = plot.traversal(X, values=[-4, -3, -2, -1, 0, 1, 2, 3, 4], names=["slant", "width", "weight"])
    """
    tiles, dims, steps = table_of_images("dims, steps", images)
    at = None if values is None else finite("values", values)
    if at is not None and at.shape != (steps,):
        raise ShapeError(f"values: expected ({steps},), one for each step, got {at.shape}")
    words = [f"latent {i}" for i in range(dims)] if names is None else [str(name) for name in names]
    if len(words) != dims:
        raise ShapeError(f"names: expected {dims}, one for each row, got {len(words)}")
    _, height, width, _ = tiles.shape
    between = gap(height, width)
    picture = tiled(tiles, steps, between)
    pixel = inches(picture.shape[0], picture.shape[1], max(height, width), ax)
    written = [] if at is None else texts(at)
    ax = sheet(picture, pixel, words, written, "latent component" if written else "", ax)
    label(ax, "y", np.arange(dims) * (height + between) + (height - 1) / 2, words, height * pixel)
    if written:
        # As many as fit, including the middle one.
        every = int(np.ceil(max(map(len, written)) * 0.085 / ((width + between) * pixel)))
        shown = range(steps // 2 % every, steps, every)
        places = np.array(shown) * (width + between) + (width - 1) / 2
        label(ax, "x", places, [written[i] for i in shown], 1.0)
    return ax
