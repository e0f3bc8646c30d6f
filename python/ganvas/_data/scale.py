"""Scale of data: dtype in the core, range of the training data, and detection of other scales."""

import numbers
from typing import Any

import numpy as np

from .. import _core
from .._warnings import warn
from ..exceptions import DataError, DataRangeWarning, ParameterError

# Fraction of the width of a range by which values may lie outside without a warning.
TOLERANCE = 1e-3
# Largest accepted absolute value; its square is finite in float64.
LARGEST = 1e150
# A range of at least this width is not meant for values in 0..1 or -1..1.
_WIDE = 16
_BYTE, _WORD = 255, 65_535
# Minimum number of distinct values of natural images, and number of values that are examined.
_VARIED, _FIRST = 8, 1_000_000


def floats(array: np.ndarray) -> np.ndarray:
    """Convert to C-contiguous float32, or to float64 if float32 cannot represent all values of the dtype."""
    kind, size = array.dtype.kind, array.dtype.itemsize
    narrow = kind == "b" or size <= (4 if kind == "f" else 2)
    return np.ascontiguousarray(array, dtype=np.float32 if narrow else np.float64)


def checked_range(said: Any) -> tuple[float, float] | None:
    """Validate the parameter ``value_range`` and return two floats.

    Raises
    ------
    ParameterError
    """
    if said is None:
        return None
    pair = tuple(said) if isinstance(said, list | tuple | np.ndarray) else ()
    if len(pair) != 2 or not all(isinstance(x, numbers.Real) and not isinstance(x, bool | np.bool_) for x in pair):
        raise ParameterError(f"value_range: expected two numbers (low, high) or None, got {said!r}")
    low, high = float(pair[0]), float(pair[1])
    if not (abs(low) <= LARGEST and abs(high) <= LARGEST and low < high):
        raise ParameterError(f"value_range: expected finite numbers low < high, got ({low:g}, {high:g})")
    return low, high


def check_scale(
    array: np.ndarray,
    kind: str,
    fitted: tuple[str, tuple[float, float]],
    why: str = "as in fit",
    *,
    columns: bool = False,
) -> None:
    """Raise a DataError if data have another scale than the training data.

    The following are detected: bytes or other integers for a model of floats in 0..1 or -1..1, floats in 0..1 or -1..1
    for a model of bytes or of another wide range, floats in -1..1 for a model of 0..1, and 16-bit values for a model of
    8-bit values. Single values outside the range are accepted; an error requires that most non-zero values lie outside.
    If columns have their own scales, only the dtype and whole numbers are considered.

    Parameters
    ----------
    array : numpy.ndarray
        Samples in the core's form.
    kind : str
        Kind of the user's dtype: "b", "u1" for bytes, "i" or "f".
    fitted : (str, (float, float))
        Kind and range of the training data.
    why : str
        Where the range comes from.
    columns : bool, default False
        True if columns have their own scales.

    Raises
    ------
    DataError
    """
    kind_then, (low, high) = fitted
    if kind == "u1" and (low, high) == (0.0, _BYTE):
        return
    least, most = float(array.min()), float(array.max())
    margin = TOLERANCE * (high - low)
    found = _too_small(array, kind, kind_then, (least, most), (low, high), columns)
    if found is None and not (low - margin <= least and most <= high + margin):
        found = _too_large(array, kind, (least, most), (low, high), columns)
    if found is not None:
        got, remedy = found
        expected = f"{_NAMES[kind_then]} {low:g}..{high:g}"
        raise DataError(f"X: expected {expected} {why}, got {got}; {remedy}")


_NAMES = {"b": "booleans", "u1": "bytes", "i": "integers", "f": "floats in"}


def _too_small(
    array: np.ndarray, kind: str, kind_then: str, ends: tuple[float, float], fitted: tuple[float, float], rows: bool
) -> tuple[str, str] | None:
    (least, most), (low, high) = ends, fitted
    unit = least >= -1 - 2 * TOLERANCE and most <= 1 + 2 * TOLERANCE and max(most, -least) >= 0.5
    if not unit or high - low < _WIDE or kind not in ("b", "f"):
        return None
    integers = kind_then in ("u1", "i")
    # Columns may have any scale, unless integers are expected; an image of floats 0 and 1 may be a dark one.
    if (rows and not (integers and kind == "f")) or (not integers and kind == "f" and _whole(array)):
        return None
    if least < -TOLERANCE:
        remedy = f"add 1 and multiply by {high / 2:g}" if low == 0 else "bring them into that range"
        return "floats in -1..1", remedy
    got = "booleans" if kind == "b" else "floats in 0..1"
    return got, f"multiply by {high:g}" if low == 0 else "bring them into that range"


def _too_large(
    array: np.ndarray, kind: str, ends: tuple[float, float], fitted: tuple[float, float], rows: bool
) -> tuple[str, str] | None:
    (least, most), (low, high) = ends, fitted
    unit = fitted in ((0.0, 1.0), (-1.0, 1.0))
    if unit and least >= -1 - 2 * TOLERANCE and most <= 1 + 2 * TOLERANCE:
        # Only a model of 0..1 can get here with values in -1..1.
        wide = not rows and least < -0.5 and most > 0.5
        return ("floats in -1..1", "add 1 and divide by 2") if wide and np.mean(array < 0) >= 0.25 else None
    if not (unit or fitted == (0.0, _BYTE)) or max(most, -least) > _WORD or (rows and not unit):
        return None
    integers = kind in ("u1", "i")
    if not (unit and (kind == "u1" or (integers and not rows))):
        # Most non-zero values must lie outside, and the values must look like an image.
        whole = integers or _whole(array)
        picture = not rows and 100 < most <= _BYTE * (1 + TOLERANCE) and 0 <= least < most / 10
        if not (whole and most > (_WIDE if rows else high)) and not (unit and picture):
            return None
        # A mark on an empty image has few distinct values.
        if most not in (_BYTE, _WORD) and len(np.unique(array.reshape(-1)[:_FIRST])) < _VARIED:
            return None
        if 2 * np.count_nonzero((array < low) | (array > high)) <= np.count_nonzero(array):
            return None
    got = f"{'bytes' if kind == 'u1' else 'integers' if integers else 'floats'} up to {most:g}"
    if least < -1:
        return got.replace("up to", f"from {least:g} to"), "bring them into that range"
    if not unit:
        return got, f"divide by {_WORD // _BYTE}"
    if most <= _WIDE:
        return got, "bring them into that range"
    largest = _BYTE if most <= _BYTE * (1 + TOLERANCE) else _WORD
    return got, f"divide by {largest}" if low == 0 else f"divide by {largest / 2:g} and subtract 1"


def _whole(array: np.ndarray) -> bool:
    return array.dtype.kind != "f" or bool((array == np.rint(array)).all())


def warn_outside(array: np.ndarray, data: _core.Data) -> None:
    """Warn if samples with the shape of the training data exceed its range by more than the tolerance."""
    if data.span is None or array.dtype == np.uint8 or array.shape[1:] != data.sizes:
        return
    (low, high), least, most = data.span, float(array.min()), float(array.max())
    margin = TOLERANCE * (high - low)
    if least < low - margin or most > high + margin:
        warn_value(low, high, least if low - least > most - high else most)


def warn_value(low: float, high: float, value: float) -> None:
    """Warn about a value outside the range."""
    warn(
        f"X: a value of {value:g} lies outside the fitted range {low:g}..{high:g}, and counts as its nearest end; give "
        "the range of all data as value_range=(low, high)",
        DataRangeWarning,
    )


def scaled(samples: np.ndarray, data: _core.Data) -> np.ndarray:
    """Scale samples of the core to 0..1 if they have one range, else standardise their columns; float32."""
    wide: Any = np.float64 if samples.dtype == np.float64 else np.float32
    made: np.ndarray = (samples.astype(wide) - np.asarray(data.offset, wide)) / np.asarray(data.unit, wide)
    return made.astype(np.float32)
