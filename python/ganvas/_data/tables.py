"""Rows of numbers, validated as in scikit-learn, with the position of errors."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .._callers import method
from .._warnings import warn
from ..exceptions import DataError, DtypeError, ShapeError
from .frames import NUMBERS, Columns, called, columns_of, is_frame, numbers_of
from .scale import LARGEST


def read_table(
    estimator: Any,
    X: Any,
    known: Columns | None,
    least: int,
    *,
    first: bool,
    fill: Callable[[np.ndarray, str], np.ndarray] | None = None,
) -> tuple[np.ndarray, str | None, Columns | None]:
    """Validate rows; record the columns in the estimator, or compare them with the recorded ones.

    Parameters
    ----------
    estimator : BaseEstimator
        ``n_features_in_`` is set, and ``feature_names_in_`` if all column names are text.
    X : data frame or numpy.ndarray of shape (n, d)
    known : Columns or None
        Columns of the training data.
    least : int
        Minimum number of rows.
    first : bool
        True for the first fit.
    fill : callable or None
        Replaces values that are unknown, as for `read`.

    Returns
    -------
    array : numpy.ndarray of shape (n, d)
        Numbers, all finite.
    kind : str or None
        Kind of frame, None for an array.
    columns : Columns or None

    Raises
    ------
    ShapeError, DtypeError, DataError
    """
    kind, columns = None, None
    if is_frame(X):
        kind, columns = columns_of(X)
        # Names are checked before values, because the values of wrong columns may be invalid as well.
        _know_names(estimator, columns, known, first=first)
        array = numbers_of(X)
    else:
        _know_names(estimator, None, known, first=first)
        array = _real(X)
    rows, count = array.shape
    wanted = count if first else estimator.n_features_in_
    if count != wanted:
        name = type(estimator).__name__
        raise ShapeError(f"{method()}: X has {count} features, but {name} is expecting {wanted} features as input")
    if rows < least:
        raise ShapeError(f"X: expected at least {least} sample{'s'[: least - 1]}, got {rows} sample{'s'[: rows != 1]}")
    if count == 0:
        raise ShapeError(f"X: got 0 feature(s) (shape=({rows}, 0)) while a minimum of 1 is required: it has no columns")
    if fill is not None:
        array = fill(array, "nd")
    _check_finite(array, None if columns is None else columns.names)
    if first:
        estimator.n_features_in_ = count
    return array, kind, columns


def _real(X: Any) -> np.ndarray:
    """Convert to an array of real numbers."""
    if hasattr(X, "tocsr") and hasattr(X, "nnz"):
        raise DtypeError("X: expected dense data, got a sparse matrix; sparse data is not supported, pass X.toarray()")
    kind = X.dtype.kind
    if kind in "biuf":
        return X
    if kind == "c":
        raise DtypeError(f"X: Complex data not supported, got {X.dtype}; pass real and imaginary part as two columns")
    if kind not in "OUS":
        raise DtypeError(f"X: expected numbers, got {X.dtype}")
    if text := _text(X):
        row, i = text
        raise DtypeError(
            f"X: {called(i)}: expected numbers, got text, the first in row {row}: {X[row, i][:40]!r}; {NUMBERS}"
        )
    try:
        return X.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DtypeError(f"X: expected numbers, got objects that are none: {error}") from None


def _text(X: np.ndarray) -> tuple[int, int] | None:
    """Find the first text that is not a number, in an array that NumPy converted to text."""
    found = None
    for i in range(X.shape[1]):
        for row, value in enumerate(X[:, i]):
            if isinstance(value, str | bytes):
                found = found or (row, i)
                try:
                    float(value)
                except ValueError:
                    return row, i
    return found


def _check_finite(array: np.ndarray, names: list[Any] | None) -> None:
    if array.dtype.kind != "f":
        return
    # Minimum and maximum propagate NaN and need no temporary array.
    if float(array.min()) >= -LARGEST and float(array.max()) <= LARGEST:
        return
    finite = np.abs(array.astype(np.float64, copy=False)) <= LARGEST
    counts = (~finite).sum(0)
    i = int(np.flatnonzero(counts)[0])
    row = int(np.flatnonzero(~finite[:, i])[0])
    value = array[row, i]
    what = f"beyond {LARGEST:g}" if np.isfinite(value) else f"not finite ({'NaN' if np.isnan(value) else 'inf'})"
    count, others = int(counts[i]), int(counts.sum() - counts[i])
    verb, more = "values are" if count > 1 else "value is", f"; {others:,} more in other columns" if others else ""
    raise DataError(
        f"X: {called(i, names)}: {count:,} {verb} {what}, the first in row {row}{more}; drop the rows, or "
        "fill them in, as scikit-learn's SimpleImputer does"
    )


def _know_names(estimator: Any, columns: Columns | None, known: Columns | None, *, first: bool) -> None:
    """Record the column names at the first fit, and compare them later."""
    names = None if columns is None else columns.names
    words = names is not None and all(isinstance(name, str) for name in names)
    if names is not None and not words and any(isinstance(name, str) for name in names):
        kinds = sorted({type(name).__name__ for name in names})
        raise DtypeError(
            f"X: Feature names are only supported if all input features have string names, got {', '.join(kinds)}; use "
            "X.columns = X.columns.astype(str)"
        )
    if first:
        if words and names:
            estimator.feature_names_in_ = np.asarray(names, dtype=object)
        return
    fitted, who = getattr(estimator, "feature_names_in_", None), type(estimator).__name__
    if fitted is not None and not words:
        warn(f"X does not have valid feature names, but {who} was fitted with feature names", UserWarning)
    elif fitted is None and words:
        warn(f"X has feature names, but {who} was fitted without feature names", UserWarning)
    expected = fitted.tolist() if fitted is not None and words else None if known is None or words else known.names
    if names is None or expected is None or expected == names:
        return
    text = "The feature names should match those that were passed during fit.\n"
    for title, some, others in (
        ("Feature names unseen at fit time:", names, expected),
        ("Feature names seen at fit time, yet now missing:", expected, names),
    ):
        lacking = [name for name in some if name not in set(others)]
        if lacking:
            shown = [*map(str, lacking[:5]), *["..."][: len(lacking) > 5]]
            text += title + "\n" + "".join(f"- {name}\n" for name in shown)
    if set(names) == set(expected):
        text += "Feature names must be in the same order as they were in fit.\n"
    raise DataError(f"{method()}: {text}")
