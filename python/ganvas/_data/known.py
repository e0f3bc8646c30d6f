"""Samples of which only some values are known."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..exceptions import DataError, DtypeError, ShapeError
from .arrays import Layout, check_fitted, read
from .masks import unmasked

# Axes of channels, and of the features of series.
_CHANNELS = "cf"


def read_known(
    estimator: Any, X: Any, known: Any, channels: str | None, fitted: Layout
) -> tuple[np.ndarray, np.ndarray]:
    """Read samples whose unknown values are ignored.

    Parameters
    ----------
    estimator : BaseEstimator
    X : array-like or path
        As for `read`.
    known : array-like of bool, or of the integers 0 and 1
        True where a value is known; of the shape of X, or without its axes of samples or of channels.
    channels : {"first", "last"} or None
    fitted : Layout
        Layout of the training data.

    Returns
    -------
    array : numpy.ndarray of uint8, float32 or float64
        Samples in the core's form; unknown values are any valid ones.
    known : numpy.ndarray of bool, of the shape of `array`

    Raises
    ------
    ShapeError, DtypeError, DataError
    """
    said, found, kind = _marks(known), {}, fitted.kind
    # Any symbol is valid; zero is a number of every dtype.
    other = 0 if fitted.symbols is None else fitted.symbols[0]

    def fill(values: np.ndarray, axes: str) -> np.ndarray:
        marks = _spread(said, values.shape, axes)
        found["known"] = np.ascontiguousarray(kind.ordered(marks, axes))
        values = values.copy()
        values[~marks] = other
        return values

    array, layout = read(estimator, X, channels, fitted, least=1, fill=fill)
    # The scale is that of the known values alone.
    check_fitted(array[found["known"]], layout, fitted)
    return array, found["known"]


def filled(samples: np.ndarray, known: np.ndarray, others: np.ndarray, scaled: Callable[..., np.ndarray]) -> np.ndarray:
    """Take unknown values from the one of other samples whose known values are nearest.

    Parameters
    ----------
    samples : numpy.ndarray
        Samples in the core's form.
    known : numpy.ndarray of bool, of the shape of `samples`
    others : numpy.ndarray
        Samples in the core's form.
    scaled : callable
        Brings samples to a scale in which Euclidean distances are meaningful.

    Returns
    -------
    numpy.ndarray, of the dtype of `samples`
    """
    points, candidates = scaled(samples), scaled(others)
    # One-hot symbols have an axis more.
    weights = known.reshape(*known.shape, *[1] * (points.ndim - known.ndim))
    weights = np.broadcast_to(weights, points.shape).reshape(len(samples), -1).astype(np.float32)
    points, candidates = points.reshape(len(samples), -1), candidates.reshape(len(others), -1)
    # Squared distances, up to those of the sample itself.
    apart = weights @ (candidates**2).T - 2 * (weights * points) @ candidates.T
    return np.where(known, samples, others[apart.argmin(1)]).astype(samples.dtype)


def _marks(known: Any) -> np.ndarray:
    """Return an array of booleans."""
    marks = np.asarray(known.detach().cpu() if hasattr(known, "detach") else unmasked("known", known))
    if marks.dtype.kind == "b":
        return marks
    if marks.dtype.kind not in "iu":
        raise DtypeError(
            f"known: expected booleans, True where a value is known, got {marks.dtype}; pass known=~np.isnan(X) if NaN "
            "marks unknown values"
        )
    low, high = int(marks.min(initial=0)), int(marks.max(initial=0))
    if low < 0 or high > 1:
        raise DataError(f"known: expected booleans, or integers 0 and 1, got {low} to {high}; pass known > 0")
    return marks.astype(bool)


def _spread(marks: np.ndarray, shape: tuple[int, ...], axes: str) -> np.ndarray:
    """Repeat marks along missing axes, and along axes of size 1."""
    channel = next((i for i, axis in enumerate(axes) if axis in _CHANNELS), None)
    bare = shape if channel is None else (*shape[:channel], *shape[channel + 1 :])
    forms = [bare[1:], bare, *([] if channel is None else [shape])]
    form = next((form for form in forms if len(form) == marks.ndim), None)
    if form is None or any(own not in (1, size) for own, size in zip(marks.shape, form, strict=True)):
        wanted = ", ".join(map(str, forms[:-1])) + f" or {forms[-1]}"
        raise ShapeError(f"known: expected {wanted} for X {shape}, got {marks.shape}")
    if form is not shape and channel is not None:
        marks = np.expand_dims(marks, channel if form is bare else channel - 1)
    spread = np.broadcast_to(marks, shape)
    none = np.flatnonzero(~spread.reshape(len(spread), -1).any(1))
    if len(none):
        others = f" and {len(none) - 1:,} more" if len(none) > 1 else ""
        raise DataError(
            f"known: expected at least one known value in each sample, got none in sample {none[0]}{others}; known is "
            "True where a value is known, and sample() generates whole samples"
        )
    return spread
