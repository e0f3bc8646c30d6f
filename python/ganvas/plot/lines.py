"""Lines of several features over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..exceptions import ShapeError
from ._cells import arranged
from ._style import BLUE, GREEN, ORANGE, PINK, SKY, new_axes
from ._values import finite

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = (BLUE, ORANGE, GREEN, PINK, SKY)
_GAP = 0.15  # between cells, in cells


def lines(
    series: ArrayLike, ax: Axes | None = None, columns: int | None = None, titles: Sequence[Any] | None = None
) -> Axes:
    """Draw windows over time side by side, with a line for each feature.

    The lines of a feature have one scale in all windows, from its minimum to its maximum.

    Parameters
    ----------
    series : array-like of shape (n, t) or (n, t, features)
        Windows over time.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.
    columns : int or None, default None
        Windows per row, at least 1. None chooses about as many columns as rows.
    titles : sequence or None, default None
        Titles of the columns, or one title.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError, DtypeError, DataError
        `series` has another shape or dtype, is empty, or has values that are not finite.
    ParameterError
        `columns` or `titles` is invalid.

    Examples
    --------
    >>> import numpy as np
    >>> from ganvas import plot
    >>> time = np.linspace(0, 6, 50)
    >>> ax = plot.lines(np.stack([np.sin(time), np.cos(time)], axis=-1)[None])
    """
    from matplotlib.collections import LineCollection

    x = finite("series", series)
    x = x[..., None] if x.ndim == 2 else x
    if x.ndim != 3 or x.size == 0:
        raise ShapeError(f"series: expected (n, t) or (n, t, features), got {x.shape}")
    n, steps, features = x.shape
    columns, rows, names = arranged(n, columns, titles)
    low, high = x.min((0, 1)), x.max((0, 1))
    heights = np.where(high > low, (x - low) / np.where(high > low, high - low, 1), 0.5)
    if ax is None:
        side = min(1.6, 8 / columns)
        ax = new_axes(columns * side, rows * side * 0.75)
    cells = np.arange(n)
    across = np.linspace(0, 1, steps) if steps > 1 else np.array([0.0])
    time = (cells % columns)[:, None] * (1 + _GAP) + across
    floor = (cells // columns)[:, None, None] * (1 + _GAP)
    for feature in range(features):
        up = -floor[..., 0] - 1 + heights[..., feature]
        colour = _COLOURS[feature % len(_COLOURS)]
        ax.add_collection(LineCollection(list(np.stack([time, up], axis=-1)), colors=colour, linewidths=0.9))
    for i, name in enumerate(names):
        ax.text(i * (1 + _GAP) + 0.5, 0.05, name, ha="center", va="bottom", fontsize=9)
    ax.set_xlim(-_GAP, columns * (1 + _GAP))
    ax.set_ylim(-rows * (1 + _GAP), _GAP if names else 0.05)
    ax.set_axis_off()
    return ax
