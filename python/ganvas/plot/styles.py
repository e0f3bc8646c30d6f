"""Photos, styles, and the photos in these styles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from ..exceptions import ShapeError
from ._sheet import TEXT
from ._style import picture_axes
from ._values import rgba

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT, _GAP = 192, 6  # of a row in pixels, and between pictures
_WORDS = ("photo", "style", "result")


def styles(
    photos: Sequence[ArrayLike], pictures: Sequence[ArrayLike], results: Sequence[ArrayLike], ax: Axes | None = None
) -> Axes:
    """Draw photos, the pictures of a style, and the photos in this style.

    Each photo has a row, with the pictures of the style stacked in the middle.

    Parameters
    ----------
    photos : sequence of array-like of shape (h, w) or (h, w, c)
        Uint8, or floats in 0..1; of any sizes.
    pictures : sequence of array-like of shape (h, w) or (h, w, c)
        The style, of any sizes.
    results : sequence of array-like of shape (h, w) or (h, w, c)
        One for each photo.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError
        The numbers of photos and results differ, or there are no photos or pictures.
    DtypeError
        One of them does not contain real numbers.
    DataError
        A value is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from ganvas import plot
    >>> photo = np.linspace(0, 1, 48).reshape(6, 8)
    >>> ax = plot.styles([photo], [photo.T], [photo.round()])
    """
    if not len(photos) or not len(pictures) or len(photos) != len(results):
        counts = f"{len(photos)} photos, {len(pictures)} pictures of the style and {len(results)} results"
        raise ShapeError(f"photos: expected one result for each photo, and a style; got {counts}")
    both = zip(photos, results, strict=True)
    rows = [[_scaled(photo, _HEIGHT), _stacked(pictures), _scaled(made, _HEIGHT)] for photo, made in both]
    widths = [max(row[place].shape[1] for row in rows) for place in range(3)]
    canvas = np.zeros((len(rows) * (_HEIGHT + _GAP) - _GAP, sum(widths) + 2 * _GAP, 4), np.uint8)
    lefts = [0, widths[0] + _GAP, widths[0] + widths[1] + 2 * _GAP]
    for number, row in enumerate(rows):
        top = number * (_HEIGHT + _GAP)
        for left, picture in zip(lefts, row, strict=True):
            canvas[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    if ax is None:
        height, width = canvas.shape[:2]
        ax = picture_axes(height, width, above=0.3)
    ax.imshow(canvas, interpolation="nearest")
    ax.set_axis_off()
    for left, width, word in zip(lefts, widths, _WORDS, strict=True):
        ax.text(left + width / 2, -_GAP, word, ha="center", va="bottom", color=TEXT)
    return ax


def _stacked(pictures: Sequence[ArrayLike]) -> NDArray[np.uint8]:
    height = (_HEIGHT - _GAP * (len(pictures) - 1)) // len(pictures)
    parts = [_scaled(picture, max(1, height)) for picture in pictures]
    made = np.zeros((_HEIGHT, max(part.shape[1] for part in parts), 4), np.uint8)
    for number, part in enumerate(parts):
        top = number * (height + _GAP)
        rows = made[top : top + part.shape[0]]
        rows[:, : part.shape[1]] = part[: len(rows)]
    return made


def _scaled(picture: ArrayLike, height: int) -> NDArray[np.uint8]:
    values: Any = np.asarray(picture)
    if values.dtype == np.uint16:
        values = (values >> 8).astype(np.uint8)
    # One at a time: the range is that of a dtype, not of the values.
    pixels = rgba(values[None]) if values.dtype.kind == "u" else rgba(np.rint(values[None] * 255).astype(np.uint8))
    width = max(1, round(pixels.shape[2] * height / pixels.shape[1]))
    return np.asarray(Image.fromarray(pixels[0]).resize((width, height), Image.Resampling.BICUBIC))
