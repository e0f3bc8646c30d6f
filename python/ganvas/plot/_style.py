"""Common style of the plots: figures, colours, axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend

# Okabe and Ito's palette for colour-blind readers.
BLUE, ORANGE, GREEN, PINK, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9"
GREY, LIGHT = "#9A9A9A", "#E3E3E3"


def new_axes(width: float, height: float) -> Axes:
    """Make a figure of this size in inches with one Axes."""
    import matplotlib.pyplot as plt

    return plt.figure(figsize=(width, height), layout="constrained").add_subplot()


def pixel_inches(ax: Axes, height: int, width: int) -> float:
    """Return the size in inches of a pixel of a picture of this size on `ax`."""
    box = ax.get_window_extent().transformed(ax.figure.dpi_scale_trans.inverted())
    return min(box.width / width, box.height / height)


def quiet(ax: Axes) -> None:
    """Keep two thin spines and draw a light grid behind the data."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(GREY)
    ax.tick_params(color=GREY)
    ax.grid(color=LIGHT, linewidth=0.8)
    ax.set_axisbelow(True)


def legend(ax: Axes, columns: int) -> Legend:
    """Place the legend in a row above the data."""
    return ax.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, frameon=False, borderaxespad=0.2, handlelength=1.2
    )
