"""Grids of images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from .._checks import integer
from ._cells import arranged, tiled
from ._style import TARGET, picture_axes, picture_scale, pixel_inches
from ._values import rgba

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_POINTS, _SMALLEST, _TEXT = 9.0, 6.0, "#333333"  # of titles
_ABOVE = 0.05  # inches between pictures and titles


def grid(
    images: ArrayLike,
    ax: Axes | None = None,
    columns: int | None = None,
    padding: int = 1,
    titles: Sequence[Any] | None = None,
) -> Axes:
    """Draw images side by side as one picture.

    Parameters
    ----------
    images : array-like of shape (n, h, w), (n, h, w, c) or (n, c, h, w)
        Grey or colour, with c = 1 or 3, or 4 for channels last. uint8 is drawn as it is. The range of floats is taken
        to be 0..1 or -1..1 if they lie within, else their minimum and maximum.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.
    columns : int or None, default None
        Images per row, at least 1. None chooses about as many columns as rows.
    padding : int, default 1
        Width of the gaps in pixels of the images, 0 to 64.
    titles : sequence or None, default None
        Titles of the columns, or one title. Titles that are wider than their column are rotated; long ones are
        truncated.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError
        `images` has another shape, or is empty.
    DtypeError
        `images` does not contain real numbers.
    DataError
        A value is not finite.
    ParameterError
        `columns` or `padding` is out of range, or the number of titles is neither 1 nor the number of columns.

    Examples
    --------
    >>> from ganvas import data, plot
    >>> ax = plot.grid(data.load_digits()[:40])
    """
    tiles = rgba(images)
    columns, _, names = arranged(len(tiles), columns, titles)
    picture = tiled(tiles, columns, integer("padding", padding, 0, 64))
    height, width = picture.shape[:2]
    if ax is None:
        pixel = picture_scale(height, width) / _dots()
        ax = picture_axes(height, width, *_room(names, columns, width * pixel))
    else:
        pixel = pixel_inches(ax, height, width)
    crisp = max(picture.shape[:2]) <= TARGET
    ax.imshow(picture, interpolation="nearest" if crisp else "auto")
    ax.set_axis_off()
    _write(ax, names, columns, width, pixel)
    return ax


def _lengths(names: list[str]) -> list[float]:
    """Return the length of each title in inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FontProperties(size=_POINTS)
    return [float(TextPath((0, 0), name, prop=font).get_extents().x1) / 72 if name.strip() else 0.0 for name in names]


def _tilted(names: list[str], width: float) -> bool:
    """Return True if the titles do not fit side by side in a picture of this width in inches."""
    return len(names) > 1 and max(_lengths(names)) > 0.92 * width / len(names)


def _room(names: list[str], columns: int, width: float) -> tuple[float, float]:
    """Return the room in inches that titles need above a picture of this width, and to its right."""
    if not names:
        return 0.0, 0.0
    line, lengths = _POINTS / 72, _lengths(names)
    if not _tilted(names, width):
        return 1.3 * line + _ABOVE, max(0.0, lengths[0] - width) if len(names) == 1 else 0.0
    slope = math.sqrt(0.5)
    ends = [(i + 0.5) * width / columns + slope * length for i, length in enumerate(lengths)]
    return slope * (max(lengths) + line) + 2 * _ABOVE, max(0.0, max(ends) + _ABOVE - width)


def _write(ax: Axes, names: list[str], columns: int, width: int, pixel: float) -> None:
    """Write titles above a picture of this size in pixels of this size in inches."""
    step = width if len(names) == 1 else (width + 1) / columns
    above = -0.5 - _ABOVE / pixel
    # The distance between rotated titles is less than the line height only if columns are very narrow.
    size = _POINTS if len(names) < 2 else min(_POINTS, max(_SMALLEST, 72 * step * pixel))
    place: dict[str, Any] = {"ha": "center"}
    if _tilted(names, width * pixel):
        place = {"ha": "left", "rotation": 45, "rotation_mode": "anchor"}
    for i, name in enumerate(names):
        ax.text((i + 0.5) * step - 0.5, above, name, fontsize=size, color=_TEXT, va="bottom", **place)


def _dots() -> float:
    import matplotlib

    return float(matplotlib.rcParams["figure.dpi"])
