"""A text coloured by the surprise of a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from ..exceptions import DataError, DtypeError, ShapeError
from ._style import ORANGE, new_axes
from ._values import finite

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Characters in a line, and lines that are drawn.
_WIDTH, _LINES = 80, 40
# Height of a line in inches, and the width of a character of the font, in its size.
_HEIGHT, _ADVANCE = 0.24, 0.602
# Nats from which on the colour stays the same, if no token is above.
_LEAST = 4.0


def surprise(tokens: Sequence[str], values: ArrayLike, ax: Axes | None = None) -> Axes:
    r"""Draw a text with its tokens coloured by their surprise.

    Parameters
    ----------
    tokens : sequence of str
        Tokens of a text. A line break in a token is drawn as "¶" and starts a new line; lines of more than 80
        characters are broken, and after 40 lines the text is cut.
    values : array-like of shape (n,)
        Surprise of each token in nats, the negative logarithm of its probability.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError, DtypeError, DataError
        `values` has another shape or dtype, or there are no tokens.

    Examples
    --------
    >>> from ganvas import plot
    >>> ax = plot.surprise(["the", " cat", " sat"], [0.5, 3.0, 1.2])
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.collections import PatchCollection
    from matplotlib.colors import LinearSegmentedColormap, Normalize
    from matplotlib.patches import Rectangle

    if not all(isinstance(token, str) for token in tokens):
        raise DtypeError("tokens: expected texts")
    if not len(tokens):
        raise DataError("tokens: expected at least one")
    values = finite("values", values)
    if values.shape != (len(tokens),):
        raise ShapeError(f"values: expected ({len(tokens)},), got {values.shape}")
    lines, cells = _placed(tokens)
    if ax is None:
        ax = new_axes(9, 0.7 + _HEIGHT * len(lines))
    colours = LinearSegmentedColormap.from_list("surprise", ["white", ORANGE])
    scale = Normalize(0, max(_LEAST, float(values.max())))
    patches = [Rectangle((column, line), width, 1) for _, line, column, width in cells]
    backgrounds = PatchCollection(patches, facecolors=colours(scale(values[[i for i, *_ in cells]])), linewidths=0)
    ax.add_collection(backgrounds)
    ax.set(xlim=(0, _WIDTH), ylim=(len(lines), 0))
    ax.set_axis_off()
    bar = ax.figure.colorbar(ScalarMappable(scale, colours), ax=ax, fraction=0.02, pad=0.01)
    bar.set_label("surprise in nats")
    bar.outline.set_visible(False)
    # The layout decides how wide the cells are, and with them the characters.
    ax.figure.canvas.figure.draw_without_rendering()
    size = 72 * ax.get_window_extent().width / ax.figure.dpi / (_WIDTH * _ADVANCE)
    for line, text in enumerate(lines):
        # Word by word: hinting rounds the width of a character to pixels.
        for word in re.finditer(r"\S+", text):
            place = (word.start(), line + 0.55)
            ax.text(*place, word.group(), family="monospace", size=size, va="center", parse_math=False)
    return ax


def _placed(tokens: Sequence[str]) -> tuple[list[str], list[tuple[int, int, int, int]]]:
    """Break a text into lines; returns them, and for each part of a token its index, line, column and width."""
    lines, cells = [""], []
    for i, token in enumerate(tokens):
        for part in token.replace("\t", " ").replace("\n", "¶\n").splitlines(keepends=True):
            rest = part.rstrip("\n")
            while rest:
                if len(lines[-1]) == _WIDTH:
                    lines.append("")
                fits, rest = rest[: _WIDTH - len(lines[-1])], rest[_WIDTH - len(lines[-1]) :]
                cells.append((i, len(lines) - 1, len(lines[-1]), len(fits)))
                lines[-1] += fits
            if part.endswith("\n"):
                lines.append("")
    if not lines[-1] and len(lines) > 1:
        lines.pop()
    return lines[:_LINES], [cell for cell in cells if cell[1] < _LINES]
