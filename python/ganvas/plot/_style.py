"""Common style of the plots: figures, colours, axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend

# Okabe and Ito's palette for colour-blind readers.
BLUE, ORANGE, GREEN, PINK, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9"
# Colours of tracks, readable on light and dark backgrounds.
TRACKS = (BLUE, ORANGE, GREEN, PINK, SKY, "#E69F00")
TARGET = 600  # approximate width or height of a new figure in pixels ...
_MOST = 800  # ... and its maximum
GREY, LIGHT = "#9A9A9A", "#E3E3E3"


def new_axes(width: float, height: float) -> Axes:
    """Make a figure of this size in inches with one Axes."""
    import matplotlib.pyplot as plt

    return plt.figure(figsize=(width, height), layout="constrained").add_subplot()


def picture_scale(height: int, width: int) -> float:
    """Return the number of figure pixels per image pixel: an integer, if possible."""
    longest = max(height, width)
    return min(max(1, round(TARGET / longest)), _MOST / longest)


def picture_axes(height: int, width: int, above: float = 0.0, beside: float = 0.0) -> Axes:
    """Create a figure for a picture of this size in pixels, with this room in inches above it and to its right."""
    import matplotlib.pyplot as plt
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    scale = picture_scale(height, width)
    figure = plt.figure(layout=ConstrainedLayoutEngine(w_pad=0, h_pad=0, wspace=0, hspace=0))
    figure.set_size_inches(width * scale / figure.dpi + beside, height * scale / figure.dpi + above)
    ax = figure.add_subplot()
    # Rounding of the titles' room must not clip them.
    ax.set_anchor("SW")
    return ax


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


def legend(ax: Axes, columns: int, handles: Sequence[Artist] | None = None) -> Legend:
    """Place the legend in a row above the data, of these handles or of what is drawn."""
    return ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=columns,
        frameon=False,
        borderaxespad=0.2,
        handlelength=1.2,
    )
