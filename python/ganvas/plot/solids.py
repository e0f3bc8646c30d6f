"""Voxels in three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..exceptions import ParameterError, ShapeError
from ._cells import arranged
from ._style import SKY
from ._values import finite, number

if TYPE_CHECKING:
    from mpl_toolkits.mplot3d import Axes3D

# Brightness of faces by the axis of their normal.
_LIGHT = (0.8, 0.58, 1.0)
# Gap between two solids as a fraction of their side.
_GAP = 0.3


def voxels(
    volumes: ArrayLike,
    ax: Any = None,
    columns: int | None = None,
    level: float | None = None,
    titles: Sequence[Any] | None = None,
) -> Axes3D:
    """Draw solids side by side in three dimensions.

    Parameters
    ----------
    volumes : array-like of shape (n, d, h, w) or (n, d, h, w, c)
        Voxels. The axes are x, y and z; z points up. Three channels are colours; otherwise the first channel is drawn.
    ax : matplotlib Axes3D or None, default None
        Axes to draw on, created with ``projection="3d"``; None creates a figure.
    columns : int or None, default None
        Solids per row, at least 1. None chooses about as many columns as rows.
    level : float or None, default None
        Voxels above this value are drawn. None: 0.5 if all values are in 0..1, else the midpoint between the minimum
        and the maximum.
    titles : sequence or None, default None
        Titles of the columns, or one title.

    Returns
    -------
    ax : matplotlib Axes3D

    Raises
    ------
    ShapeError
        `volumes` has another shape, or is empty.
    DtypeError, DataError
        `volumes` does not contain finite numbers.
    ParameterError
        `columns` or `level` is out of range, `ax` is not three-dimensional, or the number of titles is neither 1 nor
        the number of columns.

    Examples
    --------
    >>> from ganvas import data, plot
    >>> ax = plot.voxels(data.shapes3d(4, size=16, random_state=0))
    """
    from mpl_toolkits.mplot3d import Axes3D
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    x = finite("volumes", np.asarray(volumes, np.float32) if np.asarray(volumes).dtype == bool else volumes)
    if x.ndim not in (4, 5) or x.size == 0:
        raise ShapeError(f"volumes: expected (n, d, h, w) or (n, d, h, w, c), got {x.shape}")
    values = x.astype(np.float32).reshape(*x.shape[:4], -1)
    low, high = float(values.min()), float(values.max())
    if level is None:
        level = 0.5 if low >= 0 and high <= 1 else (low + high) / 2
    level = number("level", level)
    columns, rows, names = arranged(len(values), columns, titles)
    if ax is None:
        ax = _new_axes(columns, rows)
    elif not isinstance(ax, Axes3D):
        raise ParameterError('ax: expected an Axes made with projection="3d", got one of two dimensions')
    sides = np.array(values.shape[1:4])
    step = np.rint(sides * (1 + _GAP)).astype(int)
    faces, colours = [], []
    for i, volume in enumerate(values):
        row, column = divmod(i, columns)
        # The first row is at the back.
        corner = np.array([column * step[0], (rows - 1 - row) * step[1], 0])
        quads, shades = _faces(volume, level, (low, high))
        faces.append(quads + corner)
        colours.append(shades)
    drawn = Poly3DCollection(np.concatenate(faces), facecolors=np.concatenate(colours), edgecolors="none")
    # The projected box may be wider than the Axes.
    drawn.set_clip_on(False)
    ax.add_collection3d(drawn)
    ends = np.array([columns * step[0], rows * step[1], sides[2]]) - [step[0] - sides[0], step[1] - sides[1], 0]
    ax.set(xlim=(0, ends[0]), ylim=(0, ends[1]), zlim=(0, ends[2]))
    ax.set_box_aspect(ends / ends.max(), zoom=1.15)
    ax.set_proj_type("ortho")
    ax.view_init(elev=28, azim=-62)
    ax.set_axis_off()
    for column, name in enumerate(names):
        middle = column * step[0] + sides[0] / 2 if len(names) > 1 else ends[0] / 2
        ax.text(middle, -0.15 * step[1], 0, name, ha="center", va="top", color="#333333")
    return ax


def _faces(
    volume: NDArray[np.float32], level: float, ends: tuple[float, float]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return corners (k, 4, 3) and colours (k, 4) of all faces between full and empty voxels."""
    from matplotlib.colors import to_rgb

    coloured = volume.shape[3] == 3
    full = (volume.max(3) if coloured else volume[..., 0]) > level
    padded = np.pad(full, 1)
    quads, shades = [], []
    for axis, light in enumerate(_LIGHT):
        u, v = np.eye(3, dtype=int)[[(axis + 1) % 3, (axis + 2) % 3]]
        for side in (0, 1):
            beyond = np.roll(padded, 1 - 2 * side, axis)[1:-1, 1:-1, 1:-1]
            at = np.argwhere(full & ~beyond)
            corner = at.copy()
            corner[:, axis] += side
            quads.append(np.stack([corner, corner + u, corner + u + v, corner + v], axis=1))
            colour = np.ones((len(at), 4), np.float32)
            low, high = ends
            colour[:, :3] = (volume[tuple(at.T)] - low) / ((high - low) or 1) if coloured else to_rgb(SKY)
            # Faces that point away from the light are darker.
            colour[:, :3] *= light * (1.0 if side else 0.9)
            shades.append(colour)
    return np.concatenate(quads).astype(np.float32), np.concatenate(shades)


def _new_axes(columns: int, rows: int) -> Axes3D:
    import matplotlib.pyplot as plt

    side = min(9.0, 3.0 + 1.3 * max(columns, rows))
    return plt.figure(figsize=(side, 0.8 * side), layout="constrained").add_subplot(projection="3d")
