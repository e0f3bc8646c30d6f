"""Measures of a model between a trivial rival and real data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..exceptions import DataError
from ._style import GREY, TRACKS, new_axes, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TEXT = "#333333"
# Positions beyond these are drawn at the edge.
_LEFT, _RIGHT = -0.6, 1.6


def report(report: Any, ax: Axes | None = None) -> Axes:
    """Draw measures between the trivial rival and real data.

    Measures without a rival or without real data are left out, as are those in which the rival is not worse than real
    data. Values beyond the ends of the axis are drawn at its edge.

    Parameters
    ----------
    report : Report or mapping of str to Report
        Result of `evaluate`, or several ones by name, which have colours.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    DataError
        No measure has both a rival and real data.
    """
    reports = report if hasattr(next(iter(report.values()), None), "sentences") else {"": report}
    names = list(dict.fromkeys(n for one in reports.values() for n, m in one.items() if not math.isnan(m.position)))
    if not names:
        raise DataError("report: expected a measure with a trivial rival and real data, got none")
    if ax is None:
        ax = new_axes(6.4, 1.3 + 0.36 * len(names))
    quiet(ax)
    ax.grid(visible=False, axis="y")
    for place, name in ((0, "trivial rival"), (1, "real data")):
        ax.axvline(place, color=GREY, linewidth=1.2)
        ax.text(place, -0.65, name, color=TEXT, ha="center", va="bottom")
    for number, (title, one) in enumerate(reports.items()):
        colour = TRACKS[number % len(TRACKS)]
        shift = 0.5 * ((number + 0.5) / len(reports) - 0.5)
        for row, name in enumerate(names):
            if name in one:
                _draw(ax, row + shift, one[name], colour)
        if title:
            ax.plot([], [], marker="o", linestyle="", color=colour, label=title)
    if len(reports) > 1:
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    ax.axvspan(_LEFT - 0.05, 0, color=GREY, alpha=0.12, linewidth=0)
    ax.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    ax.set_ylim(len(names) - 0.4, -0.7)
    ax.set_xlim(_LEFT - 0.05, _RIGHT + 0.05)
    ax.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    return ax


def _draw(ax: Axes, row: float, measure: Any, colour: str) -> None:
    """Draw a value and its interval."""
    if math.isnan(measure.position):
        return
    ends = [measure.placed(end) for end in (measure.low, measure.high)]
    if not any(map(math.isnan, ends)):
        ax.plot([_inside(end) for end in ends], [row, row], color=colour, linewidth=3, alpha=0.35)
    position = _inside(measure.position)
    marker = "<" if position == _LEFT else ">" if position == _RIGHT else "o"
    ax.plot([position], [row], marker=marker, color=colour)


def _inside(position: float) -> float:
    return min(max(position, _LEFT), _RIGHT)
