"""Loss curves."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from ..exceptions import DataError
from ._style import BLUE, GREEN, ORANGE, PINK, SKY, legend, new_axes, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SUFFIX = "_loss"
# Terms of an autoencoder's loss.
_TERMS = {"loss": BLUE, "reconstruction": ORANGE, "kl": GREEN}
# Generator and discriminator have fixed colours, regardless of the order of the columns.
_PLAYERS = {"discriminator": BLUE, "generator": ORANGE}
_OTHERS = (GREEN, PINK, SKY)


def history(history: Any, ax: Axes | None = None) -> Axes:
    """Draw the losses against the number of samples seen.

    Parameters
    ----------
    history : History, DataFrame or dict of 1-D arrays
        Every column whose name ends in `_loss`, and `loss`, `reconstruction` and `kl`, is drawn against `samples`.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    DataError
        There is no column `samples`, or no column with losses.

    Examples
    --------
    >>> from ganvas import plot
    >>> ax = plot.history({"samples": [1000, 2000], "generator_loss": [0.9, 0.7]})
    """
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    columns = [str(name) for name in getattr(history, "columns", history)]
    losses = [name for name in columns if name.endswith(_SUFFIX) or name in _TERMS]
    if "samples" not in columns or not losses:
        raise DataError(f"history: expected the columns samples and ..._loss, got {', '.join(columns) or 'none'}")
    if ax is None:
        ax = new_axes(6.4, 3.6)
    quiet(ax)
    samples = np.asarray(history["samples"])
    marker = "o" if len(samples) == 1 else ""
    others = cycle(_OTHERS)
    for name in losses:
        label = name.removesuffix(_SUFFIX)
        colour = _PLAYERS.get(label) or _TERMS.get(name) or next(others)
        ax.plot(samples, np.asarray(history[name]), marker=marker, color=colour, linewidth=1.6, label=label)
    ax.set_xlabel("samples seen")
    ax.set_ylabel("loss" if losses[0].endswith(_SUFFIX) else "nats")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    legend(ax, len(losses))
    return ax
