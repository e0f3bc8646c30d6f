"""Input checks of the metrics."""

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from .._checks import integer, number
from .._data.arrays import check_finite
from .._data.masks import unmasked
from .._data.scale import TOLERANCE
from ..exceptions import DataError, DtypeError, ParameterError, ShapeError

Floats = NDArray[np.float64]


def real(name: str, values: ArrayLike, least: int = 1) -> NDArray[Any]:
    """Convert `values` to an array of at least `least` samples, all of them finite real numbers, or raise.

    Raises
    ------
    ShapeError, DtypeError, DataError
    """
    array = _array(name, values)
    if array.dtype.kind == "O":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            raise DtypeError(f"{name}: expected numbers, got objects that are none") from None
    if array.dtype.kind not in "biuf":
        raise DtypeError(f"{name}: expected real numbers, got {array.dtype.type.__name__.rstrip('_')}")
    if array.ndim == 0:
        raise ShapeError(f"{name}: expected (n, ...), got a single number")
    if len(array) < least:
        raise ShapeError(f"{name}: expected at least {least} sample{'s'[: least - 1]}, got {len(array)}")
    if array.size == 0:
        raise ShapeError(f"{name}: expected samples of at least 1 value, got {array.shape}")
    check_finite(name, array)
    return array


def features(name: str, values: ArrayLike, least: int = 1) -> Floats:
    """Convert samples of any shape to rows ``(n, d)``; bytes are divided by 255.

    Raises
    ------
    ShapeError, DtypeError, DataError
    """
    return _rows(real(name, values, least))


def same_features(least: int = 1, **samples: ArrayLike) -> list[Floats]:
    """Convert several sets of samples of one shape to rows ``(n, d)``; bytes are divided by 255.

    Parameters
    ----------
    least : int, default 1
        Minimum number of samples of each.
    **samples : array-like
        The samples by the name that messages have.

    Raises
    ------
    ShapeError, DtypeError
    DataError
        Values are not finite; some are bytes, and others are not in 0..1.
    """
    arrays = {name: real(name, values, least) for name, values in samples.items()}
    first, *others = arrays
    for name in others:
        expected, got = arrays[first].shape[1:], arrays[name].shape[1:]
        if got != expected:
            raise ShapeError(f"{name}: expected samples of shape {expected} as in {first}, got {got}")
    _check_scales(arrays)
    return [_rows(array) for array in arrays.values()]


def same_images(a: ArrayLike, b: ArrayLike, data_range: float | None) -> tuple[NDArray[Any], NDArray[Any], float]:
    """Convert two stacks of images to arrays of one shape, and find the range of their values.

    Raises
    ------
    ShapeError, DtypeError, DataError
    ParameterError
        The range is not positive and finite, or it is None and the dtype and the values do not determine it.
    """
    arrays = {"a": real("a", a), "b": real("b", b)}
    if arrays["a"].shape != arrays["b"].shape:
        raise ShapeError(f"b: expected {arrays['a'].shape} as in a, got {arrays['b'].shape}")
    return arrays["a"], arrays["b"], _range(arrays) if data_range is None else positive("data_range", data_range)


def positive(name: str, value: object) -> float:
    """Convert `value` to a float above 0, or raise ParameterError."""
    found = number(name, value)
    if not 0 < found < np.inf:
        raise ParameterError(f"{name}: must be above 0 and finite, got {found:g}")
    return found


def neighbours(k: object, **samples: Floats) -> int:
    """Validate a number of neighbours: a sample has one neighbour fewer than there are samples."""
    found = integer("k", k, 1)
    for name, rows in samples.items():
        if found >= len(rows):
            raise ParameterError(f"k: must be below {len(rows)} (the samples in {name}), got {found}")
    return found


def labels(name: str, values: ArrayLike, samples: int, of: str) -> NDArray[Any]:
    """Convert one label for each of the `samples` of `of` to an array, or raise.

    Raises
    ------
    ShapeError, DtypeError, DataError
    """
    array = _array(name, values)
    if array.shape != (samples,):
        raise ShapeError(f"{name}: expected ({samples},), a label for each sample of {of}, got {array.shape}")
    if array.dtype.kind == "f":
        check_finite(name, array)
    elif array.dtype.kind not in "biuU":
        array = _objects(name, array)
    return array


def _objects(name: str, array: NDArray[Any]) -> NDArray[Any]:
    kinds = {type(value) for value in array.tolist()}
    if kinds <= {str}:
        return array.astype(np.str_)
    if kinds <= {int, bool}:
        return array.astype(np.int64)
    raise DtypeError(f"{name}: expected strings or numbers, got {', '.join(sorted(kind.__name__ for kind in kinds))}")


def _array(name: str, values: ArrayLike) -> NDArray[Any]:
    values = unmasked(name, values)
    if isinstance(values, torch.Tensor):
        # NumPy has no bfloat16.
        values = (values.float() if values.dtype == torch.bfloat16 else values).numpy(force=True)
    try:
        return np.asarray(values)
    except ValueError:
        raise ShapeError(f"{name}: expected an array, got sequences of unequal lengths") from None


def _rows(array: NDArray[Any]) -> Floats:
    # One order in memory, so that equal values give equal bits.
    rows = array.reshape(len(array), -1).astype(np.float64, order="C")
    return rows / 255 if array.dtype == np.uint8 else rows


def _check_scales(arrays: dict[str, NDArray[Any]]) -> None:
    """Raise a DataError if some samples are bytes and others are not in the range to which bytes are scaled."""
    of_bytes = [name for name, array in arrays.items() if array.dtype == np.uint8]
    for name, array in arrays.items():
        if of_bytes and array.dtype != np.uint8 and not _unit(array):
            raise DataError(
                f"{name}: expected values in 0..1, because the bytes of {of_bytes[0]} are divided by 255, got "
                f"{_ends(array)}; bring them into one range"
            )


def _range(arrays: dict[str, NDArray[Any]]) -> float:
    if all(array.dtype == np.uint8 for array in arrays.values()):
        return 255.0
    for name, array in arrays.items():
        if array.dtype == np.uint8 or not _unit(array):
            raise ParameterError(
                f"data_range: expected a number, because only two stacks of bytes (255) or of values in 0..1 (1) tell "
                f"it, got None and {name} of {array.dtype} with {_ends(array)}"
            )
    return 1.0


def _unit(array: NDArray[Any]) -> bool:
    return bool(array.min() >= -TOLERANCE and array.max() <= 1 + TOLERANCE)


def _ends(array: NDArray[Any]) -> str:
    return f"values from {float(array.min()):g} to {float(array.max()):g}"
