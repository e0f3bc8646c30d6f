"""Squared Euclidean distances between rows, in blocks of bounded memory."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ._checks import Floats

# Number of distances in a block: 32 MB.
_BLOCK = 2**22
# Squared distances below this fraction of the squared length of the rows are rounding, and are set to 0.
_ROUNDING = 2e-13
# Relative difference of squared distances that counts as none.
TIE = 1e-10


def spans(n: int, width: int) -> Iterator[slice]:
    """Divide `n` rows of `width` values into blocks."""
    size = max(1, _BLOCK // width)
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def centred(*sets: Floats) -> list[Floats]:
    """Subtract the rounded mean of the first set from all sets, against cancellation.

    Whole numbers stay whole, so that their distances are exact.
    """
    offset = np.rint(sets[0].mean(axis=0))
    return [rows - offset for rows in sets]


def blocks(x: Floats, y: Floats) -> Iterator[tuple[slice, Floats]]:
    """Yield rows of x, in order, and their squared distances ``(rows, m)`` to all rows of y, which may be changed.

    Parameters
    ----------
    x, y : float64 array of shape (n, d) and (m, d)
        `centred` rows.
    """
    lengths, others = np.einsum("ij,ij->i", x, x), np.einsum("ij,ij->i", y, y)
    for rows in spans(len(x), len(y)):
        squared = x[rows] @ y.T
        squared *= -2
        squared += lengths[rows, None]
        squared += others
        squared[squared < _ROUNDING * lengths[rows, None]] = 0
        yield rows, squared


def within(x: Floats) -> Iterator[tuple[slice, Floats]]:
    """Yield `blocks` between the rows of x, where the distance of a row to itself is infinite."""
    for rows, squared in blocks(x, x):
        squared[np.arange(len(squared)), np.arange(rows.start, rows.stop)] = np.inf
        yield rows, squared


def kth(x: Floats, k: int) -> Floats:
    """Return the squared distance of each row to the k-th nearest of the others."""
    found = np.empty(len(x))
    for rows, squared in within(x):
        squared.partition(k - 1, axis=1)
        found[rows] = squared[:, k - 1]
    return found


def nearest(x: Floats, y: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return the index of the nearest row of y for each row of x, and their distance, 0 for equal rows only."""
    index, distance = np.empty(len(x), np.intp), np.empty(len(x))
    for rows, squared in blocks(*centred(x, y)):
        index[rows] = squared.argmin(axis=1)
        distance[rows] = np.linalg.norm(x[rows] - y[index[rows]], axis=1)
    return index, distance


def mean_distance(x: Floats) -> float:
    """Return the mean distance between two different rows."""
    (x,) = centred(x)
    total = sum(float(np.sqrt(squared).sum()) for _, squared in blocks(x, x))
    return total / (len(x) * (len(x) - 1))
