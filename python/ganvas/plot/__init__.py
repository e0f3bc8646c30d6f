"""Pictures of data, samples and training, drawn with matplotlib.

Each function draws on one Axes and returns it, changes no global setting and never shows the figure: a notebook does
that by itself, and a script calls `ax.figure.savefig`.
"""

from .curves import history
from .points import scatter2d
from .tiles import grid

__all__ = ["grid", "history", "scatter2d"]
