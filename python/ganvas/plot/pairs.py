"""Data beside their reconstructions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..exceptions import ShapeError
from ._sheet import SMALL, TEXT, pairs, rows_or_images
from ._style import BLUE, GREY, LIGHT, ORANGE, legend, new_axes, quiet
from ._values import finite, rgba, short
from .points import _dots

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WORDS = ("original", "reconstructed")
_PANELS = 4  # per row
_DOTTED = 32  # maximum number of columns that are drawn with dots


def reconstructions(images: ArrayLike, reconstructed: ArrayLike, ax: Axes | None = None) -> Axes:
    """Draw data beside their reconstructions.

    Images are drawn in double rows, the originals above. Rows of two columns become points in the plane, connected to
    their reconstructions; longer rows become curves over the columns, all on one scale.

    Parameters
    ----------
    images : array-like of shape (n, h, w), (n, h, w, c), (n, c, h, w) or (n, d)
        The originals: images as for `grid`, or rows of numbers. Columns of very different scale should be standardised
        first.
    reconstructed : array-like, of the shape of `images`
        Their reconstructions, drawn on the same scale.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError
        `images` has another shape or is empty, or `reconstructed` has another shape than `images`.
    DtypeError
        One of them does not contain real numbers.
    DataError
        A value is not finite.

    Examples
    --------
    >>> from ganvas import data, plot
    >>> X = data.load_digits()[:8]
    >>> ax = plot.reconstructions(X, X // 64 * 64)
    """
    first, second = rows_or_images("images", images), finite("reconstructed", reconstructed)
    if first.shape != second.shape:
        raise ShapeError(f"reconstructed: expected {first.shape} like images, got {second.shape}")
    if first.ndim > 2:
        both = rgba(np.concatenate([first, second]))
        return pairs(both[: len(first)], both[len(first) :], _WORDS, 0, "", ax)[0]
    return (_plane if first.shape[1] == 2 else _panels)(first.astype(float), second.astype(float), ax)


def _plane(first: NDArray[np.float64], second: NDArray[np.float64], ax: Axes | None) -> Axes:
    """Draw points connected to their reconstructions."""
    from matplotlib.collections import LineCollection

    if ax is None:
        ax = new_axes(5.0, 5.0)
    quiet(ax)
    ax.set_aspect("equal")
    ways: Any = np.stack([first, second], axis=1)
    ax.add_collection(LineCollection(ways, colors=GREY, linewidths=0.8, zorder=0.9))
    for points, colour, word in zip((first, second), (BLUE, ORANGE), _WORDS, strict=True):
        _dots(ax, points, colour, word)
    for handle in legend(ax, columns=2).legend_handles:
        if handle is not None:
            handle.set(sizes=[30], alpha=1)
    return ax


def _panels(first: NDArray[np.float64], second: NDArray[np.float64], ax: Axes | None) -> Axes:
    """Draw a small panel per row, all on one scale."""
    from matplotlib.collections import LineCollection

    n, d = first.shape
    columns = min(n, _PANELS)
    rows = -(-n // columns)
    if ax is None:
        ax = new_axes(max(1.8 * columns + 0.5, 3.2), 0.95 * rows + 0.6)
    low, high = min(first.min(), second.min()), max(first.max(), second.max())
    if low == high:
        low, high = low - 1, high + 1
    row, column = np.divmod(np.arange(n), columns)
    left, base = 1.12 * column, -1.3 * row
    across = np.linspace(0, 1, d) if d > 1 else np.array([0.5])
    marker = "o" if d <= _DOTTED else ""
    floor: Any = np.stack([np.stack([left - 0.03, base - 0.05], 1), np.stack([left + 1.03, base - 0.05], 1)], 1)
    ax.add_collection(LineCollection(floor, colors=LIGHT, linewidths=1.0, zorder=0.5))
    for values, colour, word in zip((first, second), (BLUE, ORANGE), _WORDS, strict=True):
        up = (values - low) / (high - low) + base[:, None]
        # One line with breaks, so that the legend has one entry.
        x = np.column_stack([left[:, None] + across, np.full(n, np.nan)]).ravel()
        y = np.column_stack([up, np.full(n, np.nan)]).ravel()
        ax.plot(x, y, color=colour, linewidth=1.2, marker=marker, markersize=2.5, alpha=0.85, label=word)
    ax.spines[:].set_visible(False)
    ax.set_xticks([])
    ax.margins(x=0.01)
    tops = -1.3 * np.arange(rows)
    ax.set_yticks(np.stack([tops, tops + 1], 1).ravel(), [short(low), short(high)] * rows)
    ax.tick_params(length=0, labelsize=SMALL, labelcolor=TEXT)
    ax.set_xlabel(f"columns 0 to {d - 1}" if d > 1 else "column 0", fontsize=SMALL, color=TEXT)
    legend(ax, 2)
    return ax
