"""Procedural solids: chairs, tables and rooms as voxels."""

from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray

from .._checks import integer
from ._generator import RandomState, generator

_KINDS = ("chair", "room", "table")
_Grid = NDArray[np.bool_]


@overload
def shapes3d(
    n: int = ..., size: int = ..., random_state: RandomState = ..., return_y: Literal[False] = ...
) -> _Grid: ...
@overload
def shapes3d(
    n: int = ..., size: int = ..., random_state: RandomState = ..., *, return_y: Literal[True]
) -> tuple[_Grid, NDArray[np.str_]]: ...
def shapes3d(
    n: int = 1000, size: int = 32, random_state: RandomState = None, return_y: bool = False
) -> _Grid | tuple[_Grid, NDArray[np.str_]]:
    """Draw chairs, tables and rooms of random proportions as voxels.

    Every solid is one connected component that stands on the floor.

    Parameters
    ----------
    n : int, default 1000
        Number of solids, 1 to 1,000,000.
    size : int, default 32
        Voxels per side, 8 to 128.
    random_state : int, numpy Generator or RandomState, or None, default None
        An int, at least 0, gives reproducible solids. NumPy's global random state is neither used nor changed.
    return_y : bool, default False
        Return the kind of each solid as well.

    Returns
    -------
    X : bool array of shape (n, size, size, size)
        True inside. The axes are x, y and z; z points up.
    y : str array of shape (n,)
        "chair", "room" or "table". Only with ``return_y``.

    Raises
    ------
    ParameterError
        A parameter is out of range.

    Examples
    --------
    >>> from ganvas.data import shapes3d
    >>> X, y = shapes3d(4, size=16, random_state=0, return_y=True)
    >>> X.shape, X.dtype
    ((4, 16, 16, 16), dtype('bool'))
    """
    n, size, rng = integer("n", n, 1, 10**6), integer("size", size, 8, 128), generator(random_state)
    kinds = rng.integers(len(_KINDS), size=n)
    make = (_chair, _room, _table)
    X = np.zeros((n, size, size, size), np.bool_)
    for solid, kind in zip(X, kinds, strict=True):
        make[kind](solid, rng)
    return (X, np.array(_KINDS)[kinds]) if return_y else X


class _Ruler:
    """Convert fractions of the side to voxels: at least one, at most the remaining length."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self._size, self._rng = size, rng

    def __call__(self, low: float, high: float) -> int:
        return max(1, round(self._rng.uniform(low, high) * self._size))


def _chair(solid: _Grid, rng: np.random.Generator) -> None:
    size, length = len(solid), _Ruler(len(solid), rng)
    depth, width, seat = length(0.45, 0.7), length(0.45, 0.7), length(0.3, 0.45)
    thick, leg, back = length(0.05, 0.1), length(0.05, 0.11), length(0.3, 0.5)
    x, y = (size - depth) // 2, (size - width) // 2
    _legs(solid, (x, y), (depth, width), (leg, seat))
    solid[x : x + depth, y : y + width, seat : seat + thick] = True
    top = min(size, seat + thick + back)
    if rng.random() < 0.5:
        solid[x : x + leg, y : y + width, seat:top] = True
    else:
        # Two posts and a rail.
        solid[x : x + leg, y : y + leg, seat:top] = True
        solid[x : x + leg, y + width - leg : y + width, seat:top] = True
        solid[x : x + leg, y : y + width, max(seat, top - 2 * thick) : top] = True
    if rng.random() < 0.4:
        arm = min(top, seat + thick + max(1, back // 2))
        for side in (y, y + width - leg):
            solid[x : x + depth, side : side + leg, arm - 1 : arm + thick - 1] = True
            solid[x + depth - leg : x + depth, side : side + leg, seat:arm] = True


def _table(solid: _Grid, rng: np.random.Generator) -> None:
    size, length = len(solid), _Ruler(len(solid), rng)
    depth, width, height = length(0.5, 0.95), length(0.5, 0.95), length(0.35, 0.65)
    thick, leg = length(0.05, 0.1), length(0.06, 0.12)
    x, y = (size - depth) // 2, (size - width) // 2
    middle, top = size / 2 - 0.5, slice(height, height + thick)
    if rng.random() < 0.4:
        # A round top on one leg with a foot.
        distance = np.hypot(*np.meshgrid(np.arange(size) - middle, np.arange(size) - middle, indexing="ij"))
        radius = min(depth, width) / 2
        solid[distance <= radius, top] = True
        solid[distance <= max(leg, 1.0), : height + 1] = True
        solid[distance <= max(radius / 2, 1.0), : max(1, thick // 2)] = True
        return
    _legs(solid, (x, y), (depth, width), (leg, height))
    solid[x : x + depth, y : y + width, top] = True


def _room(solid: _Grid, rng: np.random.Generator) -> None:
    size, length = len(solid), _Ruler(len(solid), rng)
    depth, width, height = length(0.6, 0.95), length(0.6, 0.95), length(0.35, 0.6)
    x, y = (size - depth) // 2, (size - width) // 2
    wall = length(0.04, 0.08)
    solid[x : x + depth, y : y + width, :height] = True
    # Without a ceiling, so that the interior is visible.
    solid[x + wall : x + depth - wall, y + wall : y + width - wall, wall:] = False
    door, lintel = length(0.15, 0.25), min(height - 1, wall + length(0.2, 0.3))
    at = int(rng.integers(y + wall, max(y + wall + 1, y + width - wall - door)))
    solid[x + depth - wall : x + depth, at : at + door, wall:lintel] = False
    if rng.random() < 0.5:
        # A wall between two rooms, with a passage.
        across = int(rng.integers(y + width // 3, y + 2 * width // 3 + 1))
        solid[x + wall : x + depth - wall, across : across + wall, :height] = True
        solid[x + wall : x + wall + door, across : across + wall, wall:height] = False


def _legs(solid: _Grid, corner: tuple[int, int], sides: tuple[int, int], leg: tuple[int, int]) -> None:
    (x, y), (depth, width), (thick, height) = corner, sides, leg
    for i in (x, x + depth - thick):
        for j in (y, y + width - thick):
            solid[i : i + thick, j : j + thick, :height] = True


__all__ = ["shapes3d"]
