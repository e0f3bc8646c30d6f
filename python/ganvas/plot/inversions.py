"""Samples, the nearest samples of a generator, and their differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..exceptions import ShapeError
from ._sheet import rows_or_images, strips
from ._values import finite, rgba, short
from .pairs import reconstructions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WORDS = ("sample", "nearest", "difference")


def inversion(
    images: ArrayLike,
    reconstructed: ArrayLike,
    differences: ArrayLike,
    distances: ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw samples, the nearest samples of a generator, and differences.

    Images are drawn in three rows. Differences are black where there is none, and white at the largest of all. Rows of
    numbers are drawn as `reconstructions` does, without differences.

    Parameters
    ----------
    images : array-like of shape (n, h, w), (n, h, w, c), (n, c, h, w) or (n, d)
        The samples: images as for `grid`, or rows of numbers.
    reconstructed : array-like, of the shape of `images`
        The nearest samples of the generator.
    differences : array-like of shape (n, h, w), or of the shape of `images`
        Differences of each pixel, at least 0; channels are averaged.
    distances : array-like of shape (n,) or None, default None
        Distance of each sample from its reconstruction, written below.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError
        `images` has another shape or is empty, or the shape of another array does not match.
    DtypeError
        One of them does not contain real numbers.
    DataError
        A value is not finite.

    Examples
    --------
    >>> from ganvas import data, plot
    >>> X = data.load_digits()[:8] / 255
    >>> ax = plot.inversion(X, X.round(), abs(X - X.round()))
    """
    first, second = rows_or_images("images", images), finite("reconstructed", reconstructed)
    if first.shape != second.shape:
        raise ShapeError(f"reconstructed: expected {first.shape} like images, got {second.shape}")
    apart = finite("differences", differences).astype(float)
    points = None if distances is None else finite("distances", distances)
    if points is not None and points.shape != (len(first),):
        raise ShapeError(f"distances: expected ({len(first)},), one for each sample, got {points.shape}")
    if first.ndim == 2:
        if apart.shape != first.shape:
            raise ShapeError(f"differences: expected {first.shape} like images, got {apart.shape}")
        return reconstructions(first, second, ax)
    both = rgba(np.concatenate([first, second]))
    n, height, width, _ = both[: len(first)].shape
    if apart.shape == first.shape and apart.ndim == 4:
        apart = apart.mean(3 if first.shape[1:3] == (height, width) else 1)
    if apart.shape != (n, height, width):
        raise ShapeError(f"differences: expected {(n, height, width)}, got {apart.shape}")
    most = float(apart.max())
    written = [] if points is None else [short(float(f"{point:.2g}")) for point in points]
    line = f"white: a difference of {short(most)}" if most else "no difference"
    return strips((both[:n], both[n:], rgba(np.abs(apart) / (most or 1.0))), _WORDS, written, line, ax)
