"""Tables of numbers whose cells are coloured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ._sheet import SMALL, TEXT
from ._style import GREY, new_axes
from ._values import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WRITTEN = 12  # maximum number of columns of a table with values in its cells
_UPRIGHT = 6  # longer column names are rotated


def table(
    x: NDArray[Any],
    heat: NDArray[np.float64],
    colours: tuple[str, float, float],
    words: tuple[Sequence[str], Sequence[str], str],
    ax: Axes | None,
) -> Axes:
    """Draw rows of numbers as a table, with a colour bar if it has a label.

    Parameters
    ----------
    x : ndarray of shape (n, d)
        Values, which are written if there are few columns.
    heat : ndarray of shape (n, d)
        Values of the colours.
    colours : (str, float, float)
        Name of a colour map that is dark at its ends, if these are not 0, and the values there.
    words : (sequence of str, sequence of str, str)
        Names of the columns, a score for each row or none, and the label of the colour bar or an empty text.
    ax : matplotlib Axes or None
    """
    (n, d), (name, low, high), (names, scores, heading) = x.shape, colours, words
    if ax is None:
        ax = new_axes(float(np.clip(0.55 * d + 1.6, 3, 8)), float(np.clip(0.26 * n + 0.9, 1.6, 8)))
    image = ax.imshow(heat, cmap=name, vmin=low, vmax=high, aspect="auto", interpolation="nearest")
    if heading:
        bar: Any = ax.figure.colorbar(image, ax=ax, aspect=25, pad=0.02)
        bar.outline.set_visible(False)
        bar.set_label(heading, fontsize=SMALL, color=TEXT)
        bar.ax.tick_params(color=GREY, labelsize=SMALL, labelcolor=TEXT)
    if d <= _WRITTEN:
        pale = 0.0 if low == -high else low
        for (i, j), value in np.ndenumerate(x):
            dark = abs(heat[i, j] - pale) > 0.6 * (high - pale)
            colour = "white" if dark else "black"
            ax.text(j, i, short(value), ha="center", va="center", fontsize=SMALL, color=colour)
    ax.spines[:].set_visible(False)
    ax.set_yticks(range(len(scores)), scores)
    shown = range(0, d, -(-d // 25))
    ax.set_xticks(shown, [names[i] for i in shown])
    ax.tick_params(length=0, labelsize=SMALL, labelcolor=TEXT)
    if max(map(len, names)) > _UPRIGHT:
        for word in ax.get_xticklabels():
            word.set(rotation=35, ha="right", rotation_mode="anchor")
    if len(scores):
        ax.set_ylabel("score", fontsize=SMALL, color=TEXT)
    return ax
