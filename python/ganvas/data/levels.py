"""Level maps of games: read from text files, or made by rules."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._checks import integer
from ..exceptions import DataError, ShapeError
from ._generator import RandomState, generator

_Levels = NDArray[np.str_]

AIR, GROUND, BRICK, COIN, ENEMY = "-XSoE"
# Left and right half of a pipe's mouth, and of its body.
PIPE = "<>[]"


def load_levels(
    path: str | os.PathLike[str], window: int | None = 28, stride: int | None = None, pattern: str = "*.txt"
) -> _Levels:
    """Read level maps from text files, cut into windows of one size.

    A file holds one map, a row of tiles in each line and one character for each tile, as in the Video Game Level Corpus
    (Summerville et al., "The VGLC: The Video Game Level Corpus", 2016).

    Parameters
    ----------
    path : path-like
        A file, or a folder whose files are read in the order of their names. All maps must have the same height.
    window : int or None, default 28
        Width of the windows in tiles, at least 1. None takes whole maps, which must then have the same width.
    stride : int or None, default None
        Columns from one window to the next, at least 1. None: as many as a window has, so that windows do not overlap.
        Columns at the end that fill no window are left out.
    pattern : str, default "*.txt"
        Which files of a folder are read.

    Returns
    -------
    X : str array of shape (n, height, width)
        One character for each tile.

    Raises
    ------
    FileNotFoundError
        There is no such file or folder.
    DataError
        A folder has no such files, a file is no text or empty, or its rows differ in length.
    ShapeError
        Maps differ in height, or in width where no window is given, or all are narrower than a window.
    ParameterError
        `window` or `stride` is outside its range.

    Examples
    --------
    >>> from ganvas.data import load_levels
    >>> X = load_levels("levels/", window=28, stride=4)  # doctest: +SKIP
    """
    place = Path(path).expanduser()
    window = None if window is None else integer("window", window, 1)
    stride = window if stride is None else integer("stride", stride, 1)
    files = sorted(place.glob(pattern)) if place.is_dir() else [place]
    if not files:
        raise DataError(f'{place}: expected files named "{pattern}", got none')
    maps = [_read(file) for file in files]
    heights = {len(rows): file for rows, file in zip(reversed(maps), reversed(files), strict=True)}
    if len(heights) > 1:
        raise ShapeError("levels: expected maps of one height, got " + _sizes(heights, "rows"))
    if window is None:
        widths = {rows.shape[1]: file for rows, file in zip(reversed(maps), reversed(files), strict=True)}
        if len(widths) > 1:
            raise ShapeError("levels: expected maps of one width, got " + _sizes(widths, "columns") + "; pass window")
        return np.stack(maps)
    assert stride is not None
    windows = [rows[:, i : i + window] for rows in maps for i in range(0, rows.shape[1] - window + 1, stride)]
    if not windows:
        widest = max(rows.shape[1] for rows in maps)
        raise ShapeError(f"levels: expected maps of at least {window} columns, the widest has {widest}")
    return np.stack(windows)


def _read(file: Path) -> _Levels:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: expected text in UTF-8, got other bytes at {error.start}") from error
    while lines and not lines[-1]:
        lines.pop()
    if not lines or not lines[0]:
        raise DataError(f"{file}: expected rows of tiles, got none")
    wrong = next((i for i, line in enumerate(lines) if len(line) != len(lines[0])), None)
    if wrong is not None:
        raise DataError(
            f"{file}: expected rows of one length, row 1 has {len(lines[0])} tiles and row {wrong + 1} has "
            f"{len(lines[wrong])}"
        )
    return np.array([list(line) for line in lines])


def _sizes(sizes: dict[int, Path], what: str) -> str:
    return ", ".join(f"{size} {what} in {file.name}" for size, file in sorted(sizes.items()))


def platform_levels(n: int = 1000, height: int = 14, width: int = 28, random_state: RandomState = None) -> _Levels:
    """Draw windows of platform levels that keep the rules of their genre.

    Every pipe is whole: a mouth of two tiles, a body below it down to the ground. Every gap in the ground is at most
    four tiles wide, with firm ground of at least two tiles on both sides. Bricks hang four tiles above the ground,
    coins lie on them, and enemies stand on the ground.

    Parameters
    ----------
    n : int, default 1000
        Number of windows, 1 to 1,000,000.
    height, width : int, default 14 and 28
        Tiles, 10 to 256 and 12 to 256.
    random_state : int, numpy Generator or RandomState, or None, default None
        An int, at least 0, gives the same levels each time. The global state of numpy is neither used nor changed.

    Returns
    -------
    X : str array of shape (n, height, width)
        "-" air, "X" ground, "S" brick, "o" coin, "E" enemy; "<" and ">" the mouth of a pipe, "[" and "]" its body.
        Row 0 is the top.

    Raises
    ------
    ParameterError
        A parameter is outside its range.

    Examples
    --------
    >>> from ganvas.data import platform_levels
    >>> platform_levels(2, random_state=0).shape
    (2, 14, 28)
    """
    n = integer("n", n, 1, 10**6)
    height, width = integer("height", height, 10, 256), integer("width", width, 12, 256)
    rng = generator(random_state)
    X = np.full((n, height, width), AIR)
    for level in X:
        _build(level, rng)
    return X


def _build(level: _Levels, rng: np.random.Generator) -> None:
    height, width = level.shape
    ground = height - int(rng.integers(1, 3))
    level[ground:] = GROUND
    column = int(rng.integers(2, 5))
    while column < width - 4:
        kind = rng.choice(["gap", "pipe", "bricks", "enemy", "step", "flat"], p=[0.2, 0.2, 0.25, 0.15, 0.1, 0.1])
        column = _PARTS[kind](level, ground, column, rng) if kind in _PARTS else column
        column += int(rng.integers(2, 5))


def _gap(level: _Levels, ground: int, column: int, rng: np.random.Generator) -> int:
    end = column + int(rng.integers(2, 5))
    # Firm ground of two tiles follows within the window.
    if end > level.shape[1] - 2:
        return column
    level[ground:, column:end] = AIR
    return end


def _pipe(level: _Levels, ground: int, column: int, rng: np.random.Generator) -> int:
    top = ground - int(rng.integers(2, 5))
    level[top, column : column + 2] = PIPE[0], PIPE[1]
    level[top + 1 : ground, column] = PIPE[2]
    level[top + 1 : ground, column + 1] = PIPE[3]
    return column + 2


def _bricks(level: _Levels, ground: int, column: int, rng: np.random.Generator) -> int:
    end = min(level.shape[1] - 1, column + int(rng.integers(2, 6)))
    row = ground - 4
    level[row, column:end] = BRICK
    if rng.random() < 0.5:
        level[row - 1, column:end] = COIN
    return end


def _enemy(level: _Levels, ground: int, column: int, rng: np.random.Generator) -> int:
    level[ground - 1, column] = ENEMY
    return column + 1


def _step(level: _Levels, ground: int, column: int, rng: np.random.Generator) -> int:
    steps = min(int(rng.integers(2, 5)), level.shape[1] - 1 - column)
    for i in range(steps):
        level[ground - 1 - i : ground, column + i] = GROUND
    return column + steps


_PARTS: dict[str, Any] = {"gap": _gap, "pipe": _pipe, "bricks": _bricks, "enemy": _enemy, "step": _step}

__all__ = ["load_levels", "platform_levels"]
