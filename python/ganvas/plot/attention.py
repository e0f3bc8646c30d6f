"""How much each token of a text sees each token of its source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..exceptions import DataError, ShapeError
from ._style import new_axes
from ._values import finite

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Size of a cell in inches, and the largest side of a figure.
_CELL, _MOST = 0.32, 10.0


def attention(weights: ArrayLike, source: Sequence[str], text: Sequence[str], ax: Axes | None = None) -> Axes:
    r"""Draw how much each token of a text sees each token of its source.

    Parameters
    ----------
    weights : array-like of shape (n_text, n_source)
        Weights, 0 to 1; those of a token of the text add up to 1.
    source, text : sequence of str
        Tokens, as labels of the columns and of the rows.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError, DtypeError, DataError
        `weights` has another shape or dtype, or there are no tokens.

    Examples
    --------
    >>> from ganvas import plot
    >>> ax = plot.attention([[0.9, 0.1], [0.2, 0.8]], ["ein", "Hund"], ["a", "dog"])
    """
    if not len(source) or not len(text):
        raise DataError("source, text: expected at least one token each")
    values = finite("weights", weights)
    if values.shape != (len(text), len(source)):
        raise ShapeError(f"weights: expected {(len(text), len(source))}, got {values.shape}")
    if ax is None:
        width, height = (min(_MOST, 1.5 + _CELL * len(tokens)) for tokens in (source, text))
        ax = new_axes(width, height)
    ax.imshow(values, cmap="Blues", vmin=0, vmax=max(float(np.max(values)), 1e-6), aspect="auto")
    ax.xaxis.tick_top()
    ax.set_xticks(range(len(source)), list(map(_shown, source)), rotation=60, ha="left", rotation_mode="anchor")
    ax.set_yticks(range(len(text)), list(map(_shown, text)))
    ax.tick_params(length=0, labelsize=8)
    for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        label.set_parse_math(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    # Lines between the cells.
    ax.set_xticks(np.arange(1, len(source)) - 0.5, minor=True)
    ax.set_yticks(np.arange(1, len(text)) - 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=1)
    ax.tick_params(which="minor", length=0)
    return ax


def _shown(token: str) -> str:
    """Return a token with its spaces visible."""
    return token.replace("\n", "¶").replace(" ", "·") or "∅"
