"""Piano rolls of bars side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..exceptions import ShapeError
from ._style import TRACKS
from ._values import finite
from .tiles import grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colour without notes, and between bars.
_PAPER, _LINE = (242, 242, 242), (160, 160, 160)
# Width of a line between bars, and of the gap between rolls, in pixels.
_BAR, _GAP = 1, 6
# Width of a roll in pixels, about: rolls of few steps have wide ones.
_WIDE = 96


def rolls(
    rolls: ArrayLike,
    ax: Axes | None = None,
    columns: int | None = None,
    titles: Sequence[Any] | None = None,
) -> Axes:
    """Draw piano rolls of bars side by side: time to the right, pitch up.

    Bars are separated by lines, tracks have different colours. A value is the opacity of its cell.

    Parameters
    ----------
    rolls : array-like of shape (n, bars, steps, pitches) or (n, bars, steps, pitches, tracks)
        Booleans, or values between 0 and 1.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.
    columns : int or None, default None
        Rolls per row, at least 1. None chooses about as many columns as rows.
    titles : sequence or None, default None
        Titles of the columns, or one title.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError
        `rolls` has another shape, or is empty.
    DtypeError, DataError
        `rolls` does not contain finite numbers.
    ParameterError
        `columns` is out of range, or the number of titles is neither 1 nor the number of columns.

    Examples
    --------
    >>> import numpy as np
    >>> from ganvas import plot
    >>> ax = plot.rolls(np.random.default_rng(0).random((8, 2, 16, 36)) > 0.9)
    """
    from matplotlib.colors import to_rgb

    values = np.asarray(rolls)
    values = finite("rolls", values.astype(np.float32) if values.dtype == bool else values)
    if values.ndim not in (4, 5) or values.size == 0:
        raise ShapeError(
            f"rolls: expected (n, bars, steps, pitches) or (n, bars, steps, pitches, tracks), got {values.shape}"
        )
    values = values.reshape(*values.shape[:4], -1).clip(0, 1)
    n, bars, steps, pitches, tracks = values.shape
    picture: Any = np.full((n, bars, steps, pitches, 3), _PAPER, np.float32)
    for track in range(tracks):
        colour = 255 * np.array(to_rgb(TRACKS[track % len(TRACKS)]), np.float32)
        opacity = values[..., track, None]
        picture = (1 - opacity) * picture + opacity * colour
    # A cell is a rectangle of pixels: [n, bars, steps, pitches, 3] to [n, height, bars, width, 3].
    wide = max(1, round(_WIDE / (bars * steps)))
    tall = max(1, round(2 * _WIDE / (3 * pitches)))
    cells = picture[:, :, :, ::-1].transpose(0, 3, 1, 2, 4).repeat(tall, 1).repeat(wide, 3)
    lines = np.full((*cells.shape[:3], _BAR, 3), _LINE, np.float32)
    lines[:, :, -1] = cells[:, :, -1, -_BAR:]
    whole = np.concatenate([cells, lines], axis=3).reshape(n, pitches * tall, -1, 3)
    return grid(np.rint(whole[:, :, :-_BAR]).astype(np.uint8), ax, columns, padding=_GAP, titles=titles)
