"""Sheets: many images in one picture, with text at the edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..exceptions import ShapeError
from ._cells import fewest_empty, tiled
from ._style import new_axes, pixel_inches
from ._values import finite, rgba

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TEXT = "#555555"
SMALL = 8.0  # points
_WIDTH, _HEIGHT, _IMAGE = 6.5, 7.0, 0.9  # inches, approximate maximum: of a new picture, of an image in it
_LINE = 0.19  # inches per line of text
_LONG = 1.6  # minimum ratio of width to height of a sheet of pairs


def rows_or_images(name: str, values: ArrayLike) -> NDArray[Any]:
    """Return (n, d) or images as a finite array, or raise."""
    array = finite(name, values)
    if array.ndim not in (2, 3, 4) or array.size == 0:
        raise ShapeError(f"{name}: expected (n, d), (n, h, w), (n, h, w, c) or (n, c, h, w), got {array.shape}")
    return array


def table_of_images(names: str, images: ArrayLike) -> tuple[NDArray[np.uint8], int, int]:
    """Return a 2-d grid of images as uint8 (rows * columns, h, w, 4) with its rows and columns, or raise."""
    x = finite("images", images)
    colours = x.ndim == 5 and (x.shape[4] in (1, 3, 4) or x.shape[2] in (1, 3))
    if x.size == 0 or not (x.ndim == 4 or colours):
        raise ShapeError(f"images: expected ({names}, h, w), ({names}, h, w, c) or ({names}, c, h, w), got {x.shape}")
    return rgba(x.reshape(-1, *x.shape[2:])), x.shape[0], x.shape[1]


def inches(height: int, width: int, image: int, ax: Axes | None) -> float:
    """Return the size of a pixel in inches on `ax`, or on a new figure, for a picture and images of these sizes."""
    if ax is None:
        import matplotlib

        pixel = min(_WIDTH / width, _HEIGHT / height, _IMAGE / image)
        dots = matplotlib.rcParams["figure.dpi"]
        # Rounded to whole dots if the size hardly changes.
        return round(pixel * dots) / dots if pixel * dots > 2.5 else pixel
    return pixel_inches(ax, height, width)


def gap(height: int, width: int) -> int:
    """Return the gap in pixels between images of this size."""
    return max(1, round(0.06 * max(height, width)))


def sheet(
    picture: NDArray[np.uint8], pixel: float, beside: Sequence[str], below: Sequence[str], line: str, ax: Axes | None
) -> Axes:
    """Draw a picture without frame above a line of text; a new figure has room for it and the texts of `label`."""
    if ax is None:
        height, width = picture.shape[0] * pixel, picture.shape[1] * pixel
        # The line is centred below the picture and may extend beyond its right edge.
        wide = max(width, (width + _room([line])) / 2 + 0.05) + _room(beside) + 0.15
        ax = new_axes(wide, height + 0.1 + _LINE * (bool(below) + bool(line)))
        # The edges with text keep their positions if there is spare room.
        ax.set_anchor("SW")
    ax.imshow(picture, aspect="equal")
    ax.spines[:].set_visible(False)
    ax.set(xticks=[], yticks=[])
    ax.set_xlabel(line, fontsize=SMALL, color=TEXT)
    return ax


def _room(words: Sequence[str]) -> float:
    """Return the width of the longest text in inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FontProperties(size=SMALL)
    return max(TextPath((0, 0), word, prop=font).get_extents().x1 if word.strip() else 0.0 for word in words) / 72


def label(ax: Axes, axis: str, places: Any, words: list[str], room: float) -> None:
    """Write texts beside or below a picture, at most `room` inches high."""
    axis_ = ax.yaxis if axis == "y" else ax.xaxis
    axis_.set_ticks(places, words)
    size = float(np.clip(room * 72 * 0.8, 3, SMALL))
    axis_.set_tick_params(length=0, labelsize=size, labelcolor=TEXT)


def strips(
    rows: Sequence[NDArray[np.uint8]], words: Sequence[str], below: Sequence[str], line: str, ax: Axes | None
) -> Axes:
    """Draw rows of images (n, h, w, 4), with a word beside each row, texts below the columns and a line of text."""
    n, height, width, _ = rows[0].shape
    between = gap(height, width)
    picture = tiled(np.concatenate(rows), n, between)
    pixel = inches(picture.shape[0], picture.shape[1], max(height, width), ax)
    ax = sheet(picture, pixel, words, below, line, ax)
    label(ax, "y", np.arange(len(rows)) * (height + between) + (height - 1) / 2, list(words), height * pixel)
    if below:
        label(ax, "x", np.arange(n) * (width + between) + (width - 1) / 2, list(below), 1.6 * width * pixel / 4)
    return ax


def pairs(
    above: NDArray[np.uint8], below: NDArray[np.uint8], words: tuple[str, str], foot: float, line: str, ax: Axes | None
) -> tuple[Axes, NDArray[np.float64], float]:
    """Draw each image above its partner, in as many double rows as needed.

    Parameters
    ----------
    above, below : ndarray of uint8 (n, h, w, 4)
    words : (str, str)
        Upper and lower images.
    foot : float
        Room for a caption below each pair, in inches.
    line : str
        Text below the picture.
    ax : matplotlib Axes or None

    Returns
    -------
    ax : matplotlib Axes
    corners : ndarray of shape (n, 4)
        Left, right, upper and lower edges of each pair.
    pixel : float
        Approximate size of a pixel in inches.
    """
    n, height, width, _ = above.shape
    between = gap(height, width)
    tall = 2 * height + between
    # Sheets of pairs are wide.
    columns = fewest_empty(n, min(math.ceil(math.sqrt(_LONG * n * tall / width)), n))
    rows = -(-n // columns)
    pixel = inches(rows * (tall + 2 * between), columns * (width + between), max(height, width), ax)
    space = max(2 * between, math.ceil(foot / pixel))
    cells = np.zeros((n, tall + space - between, width, 4), np.uint8)
    cells[:, :height], cells[:, height + between : tall] = above, below
    picture = tiled(cells, columns, between)
    if not foot:
        picture = picture[: picture.shape[0] - (space - between)]
    ax = sheet(picture, pixel, words, (), line, ax)
    row, column = np.divmod(np.arange(n), columns)
    left, upper = column * (width + between) - 0.5, row * (tall + space) - 0.5
    tops = np.arange(rows) * (tall + space)
    centres = np.stack([tops, tops + height + between], axis=1).ravel() + (height - 1) / 2
    label(ax, "y", centres, list(words) * rows, height * pixel)
    return ax, np.stack([left, left + width, upper, upper + tall], axis=1), pixel
