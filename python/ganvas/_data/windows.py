"""Windows that slide over samples, and the filling of a window from the values around it."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from .._checks import integer
from ..exceptions import ParameterError

# A side is divided into this many windows by default.
_WINDOWS = 4


def window_sizes(name: str, said: Any, sides: tuple[int, ...], usual: tuple[int, ...]) -> tuple[int, ...]:
    """Return the size of a window, or its stride, along each side.

    Parameters
    ----------
    name : str
        Name of the parameter.
    said : int, sequence of int or None
        One number for all sides, which is limited to each side, or one for each.
    sides, usual : tuple of int

    Raises
    ------
    ParameterError
    """
    if said is None:
        return usual
    if not isinstance(said, tuple | list | np.ndarray):
        whole = integer(name, said, 1, max(sides))
        return tuple(min(whole, side) for side in sides)
    if len(said) != len(sides):
        raise ParameterError(f"{name}: expected an integer, or one for each of {len(sides)} sides, got {said!r}")
    return tuple(integer(name, own, 1, side) for own, side in zip(said, sides, strict=True))


def usual_sizes(sides: tuple[int, ...]) -> tuple[int, ...]:
    """Return the default size of a window along each side."""
    return tuple(max(1, round(side / _WINDOWS)) for side in sides)


def windows(sides: tuple[int, ...], size: tuple[int, ...], stride: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    """Iterate over windows; the last ones end with the side, so that each position lies in a window."""
    firsts = []
    for side, own, step in zip(sides, size, stride, strict=True):
        last = side - own
        firsts.append(sorted({*range(0, last, step), last}))
    for corner in product(*firsts):
        yield tuple(slice(first, first + own) for first, own in zip(corner, size, strict=True))


def around(window: tuple[slice, ...], sides: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions in a window, and those that surround it.

    Returns
    -------
    inside, ring : numpy.ndarray of shape (k, len(sides)) and (m, len(sides))
        The ring has the width 1 and includes corners; it is empty if the window covers all sides.
    """
    wide = [slice(max(0, one.start - 1), min(side, one.stop + 1)) for one, side in zip(window, sides, strict=True)]
    places = np.stack(np.meshgrid(*[np.arange(one.start, one.stop) for one in wide], indexing="ij"), axis=-1)
    places = places.reshape(-1, len(sides))
    starts, stops = np.array([[one.start, one.stop] for one in window]).T
    within = ((places >= starts) & (places < stops)).all(1)
    return places[within], places[~within]


def interpolated(samples: np.ndarray, window: tuple[slice, ...]) -> np.ndarray:
    """Fill a window with values interpolated from those that surround it.

    A value is the mean of the surrounding ones, weighted by the inverse of the distance to the power of the number of
    sides (Shepard, 1968), which along one side is linear interpolation. A window that covers all sides is filled with
    the mean of each channel.

    Parameters
    ----------
    samples : numpy.ndarray of shape (n, ..., channels), floats
    window : tuple of slice

    Returns
    -------
    numpy.ndarray of shape (n, *window, channels)
    """
    sides = samples.shape[1:-1]
    inside, ring = around(window, sides)
    flat = samples.reshape(len(samples), -1, samples.shape[-1])
    if not len(ring):
        made = np.broadcast_to(flat.mean(1, keepdims=True), (len(flat), len(inside), flat.shape[2]))
    else:
        weights = np.linalg.norm(inside[:, None] - ring[None], axis=-1) ** -float(len(sides))
        weights /= weights.sum(1, keepdims=True)
        # A weighted mean of equal values is exactly this value: what does not change has no effect on a score.
        known = flat[:, np.ravel_multi_index(tuple(ring.T), sides)]
        base = known[:, :1]
        made = base + np.einsum("kr,nrc->nkc", weights, known - base)
    return made.reshape(len(samples), *(one.stop - one.start for one in window), -1).astype(samples.dtype)


def most_frequent(samples: np.ndarray, window: tuple[slice, ...]) -> np.ndarray:
    """Fill a window of codes of symbols with the most frequent one around it.

    Parameters
    ----------
    samples : numpy.ndarray of shape (n, ...), int or uint8
    window : tuple of slice

    Returns
    -------
    numpy.ndarray of shape (n, 1, ...)
    """
    sides = samples.shape[1:]
    _, ring = around(window, sides)
    flat = samples.reshape(len(samples), -1)
    known = flat[:, np.ravel_multi_index(tuple(ring.T), sides)] if len(ring) else flat
    counts = (known[..., None] == np.arange(samples.max() + 1)).sum(1)
    return counts.argmax(1).astype(samples.dtype).reshape(-1, *[1] * len(sides))
