"""From anything array-like to what the core takes, and back from its samples.

The core takes C-contiguous uint8 or float32, ``(n, height, width, channels)`` or ``(n, dim)``.
"""

import dataclasses
import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import validate_data

from .data import load_folder
from .exceptions import DataError, DtypeError, ParameterError, ShapeError

_SHAPES = "(n, d), (n, h, w), (n, h, w, c) or (n, c, h, w)"
_COLOURS = (1, 3, 4)


@dataclasses.dataclass(frozen=True)
class Layout:
    """How the user's array differs from the core's: what `restore` needs to put samples back.

    Attributes
    ----------
    container : {"numpy", "torch", "pandas"}
    dtype : str
        Of the user's array.
    axes : {"nd", "nhw", "nhwc", "nchw"}
    columns : list of (str, str) or None
        Names and dtypes of a DataFrame's columns.
    """

    container: str
    dtype: str
    axes: str
    columns: list[list[str]] | None = None

    def channels(self, height: int, width: int, channels: int) -> str:
        """Say where the channels were found, if their number alone did not tell it."""
        if self.axes not in ("nhwc", "nchw"):
            return ""
        ends = (height, channels) if self.axes == "nhwc" else (channels, width)
        told = sum(end in _COLOURS for end in ends) == 1 and channels in _COLOURS
        return "" if told else f" (channels {'last' if self.axes == 'nhwc' else 'first'})"

    def restore(self, samples: np.ndarray) -> Any:
        """Put float32 samples of the core into the user's container, dtype and order of axes."""
        if self.columns is not None:
            import pandas as pd

            dtypes = [pd.api.types.pandas_dtype(dtype) for _, dtype in self.columns]
            # NumPy does not know all of them: Int64, boolean.
            plain = [getattr(dtype, "numpy_dtype", dtype) for dtype in dtypes]
            cast = [pd.array(_cast(samples[:, i], plain[i]), dtype=dtype) for i, dtype in enumerate(dtypes)]
            return pd.DataFrame({name: cast[i] for i, (name, _) in enumerate(self.columns)})
        if self.axes == "nhw":
            samples = samples[..., 0]
        elif self.axes == "nchw":
            samples = np.ascontiguousarray(samples.transpose(0, 3, 1, 2))
        if self.container == "torch":
            dtype = getattr(torch, self.dtype)
            return torch.from_numpy(samples if dtype.is_floating_point else _cast(samples, self.dtype)).to(dtype)
        return _cast(samples, self.dtype)


def _cast(samples: np.ndarray, dtype: Any) -> np.ndarray:
    kind = np.dtype(dtype).kind
    if kind == "b":
        return samples > 0.5
    if kind in "iu":
        # Samples of a table have no bounds, integers do; the largest int64 is no float64.
        info = np.iinfo(dtype)
        high = float(info.max) if int(float(info.max)) <= info.max else np.nextafter(float(info.max), 0)
        # float32 knows all integers of two bytes.
        samples = np.rint(samples if info.bits <= 16 else samples.astype(np.float64))
        np.clip(samples, info.min, high, out=samples)
    return samples.astype(dtype)


def read(
    estimator: Any, X: Any, channels: str | None, fitted: Layout | None, least: int = 2
) -> tuple[np.ndarray, Layout]:
    """Check X and bring it into the core's form.

    Parameters
    ----------
    estimator : BaseEstimator
        Gets ``n_features_in_`` for tables.
    X : array-like or path
        Anything that NumPy can read, a torch tensor, a DataFrame, or a folder of images.
    channels : {"first", "last"} or None
        Where the channels are; None looks.
    fitted : Layout or None
        Layout of the first fit, whose order of axes holds.
    least : int, default 2
        Samples that are needed.

    Returns
    -------
    array : numpy.ndarray of uint8 or float32
    layout : Layout

    Raises
    ------
    ShapeError, DtypeError, DataError
    """
    if channels not in (None, "first", "last"):
        raise ParameterError(f'channels: expected "first", "last" or None, got {channels!r}')
    if isinstance(X, os.PathLike) or (isinstance(X, str) and os.path.isdir(X)):  # noqa: PTH112 (a str may hold NUL)
        X = load_folder(X)
    container, dtype, columns = "numpy", None, None
    if isinstance(X, torch.Tensor):
        container, dtype = "torch", str(X.dtype).removeprefix("torch.")
        if X.layout != torch.strided:
            raise DtypeError(f"X: expected a dense tensor, got {X.layout}")
        known = X.dtype in (torch.float16, torch.float32, torch.float64) or not X.is_floating_point()
        X = (X if known else X.float()).numpy(force=True)
    elif hasattr(X, "columns") and hasattr(X, "dtypes"):
        container = "pandas"
        columns = [[_name(name), _column(name, kind)] for name, kind in zip(X.columns, X.dtypes, strict=True)]
    array = X if container == "pandas" or _is_sparse(X) else _as_array(X)
    flat = fitted is not None and fitted.axes == "nd" and getattr(array, "ndim", 2) == 1
    if container == "pandas" or _is_sparse(X) or array.ndim == 2 or flat:
        array = validate_data(estimator, array, dtype="numeric", ensure_min_samples=least, reset=fitted is None)
        _refuse_times(array.dtype)
        dtype = dtype or _plain(array.dtype)
        _check_finite(array)
        return arranged(array, "nd"), Layout(container, dtype, "nd", columns)
    if array.ndim not in (3, 4):
        raise ShapeError(f"X: expected {_SHAPES}, got {array.shape}")
    if array.dtype.kind == "O":
        array = _numbers(array)
    dtype = dtype or _plain(array.dtype)
    if len(array) < least:
        raise ShapeError(f"X: expected at least {least} sample{'s'[: least - 1]}, got {len(array)}")
    if 0 in array.shape:
        raise ShapeError(f"X: expected images of at least 1 pixel, got {array.shape}")
    axes = "nhw" if array.ndim == 3 else _axes(array.shape, channels, fitted)
    _check_finite(array)
    return arranged(array, axes), Layout(container, dtype, axes)


def arranged(array: np.ndarray, axes: str) -> np.ndarray:
    """Bring samples with these axes into the core's form."""
    if axes == "nd":
        return _floats(array)
    if array.dtype.kind == "b":
        array = array.astype(np.uint8)
    if array.dtype != np.uint8:
        array = _floats(array)
    if axes == "nhw":
        array = array[..., None]
    elif axes == "nchw":
        array = array.transpose(0, 2, 3, 1)
    return np.ascontiguousarray(array)


def measure(parts: Iterable[np.ndarray], layout: Layout) -> dict[str, Any]:
    """Describe data for the core: sizes, and what is mapped to its range.

    Images: bytes and bools by their type, floats in 0..1 or -1..1 by that range, others by minimum and maximum.
    Tables: mean and deviation of each column, 1 where a column is constant.

    Parameters
    ----------
    parts : iterable of numpy.ndarray
        The samples in the core's form, some at a time.
    layout : Layout
    """
    count, mean, squares, low, high = 0, np.zeros(1), np.zeros(1), np.inf, -np.inf
    for part in parts:
        sizes = part.shape[1:]
        if part.dtype == np.uint8:
            break
        low, high = min(low, float(part.min())), max(high, float(part.max()))
        if part.ndim == 2:
            # Moments of two sets from those of each (Chan et al., 1982).
            n, away = len(part), part.mean(0, dtype=np.float64) - mean
            mean = mean + away * (n / (count + n))
            squares = squares + part.var(0, dtype=np.float64) * n + away**2 * (count * n / (count + n))
            count += n
    if len(sizes) == 1:
        deviation = np.sqrt(squares / count)
        # Rounding leaves a constant column with a deviation that is not quite zero.
        constant = deviation <= 1e-7 * np.maximum(np.abs(mean), 1e-30)
        deviation = np.where(constant, 1.0, deviation)
        span = _range(low, high, "f")
        return {"kind": "vector", "mean": mean.tolist(), "deviation": deviation.tolist(), "range": span}
    if part.dtype == np.uint8:
        low, high = 0.0, 255.0
    low, high = _range(low, high, _kind(layout))
    height, width, channels = sizes
    return {"kind": "image", "height": height, "width": width, "channels": channels, "low": low, "high": high}


def _range(low: float, high: float, kind: str) -> tuple[float, float]:
    if kind == "b":
        return 0.0, 1.0
    if kind == "f" and low >= -1.0 and high <= 1.0:
        return (0.0 if low >= 0.0 else -1.0), 1.0
    # Where all values are equal, a range that float32 can tell from nothing at this magnitude.
    return low, high if high > low else low + max(1.0, abs(low) * 1e-3)


def _kind(layout: Layout) -> str:
    if layout.container != "torch":
        return np.dtype(layout.dtype).kind
    dtype = getattr(torch, layout.dtype)
    return "f" if dtype.is_floating_point else "b" if dtype == torch.bool else "i"


def _axes(shape: tuple[int, ...], channels: str | None, fitted: Layout | None) -> str:
    if channels is not None:
        return "nchw" if channels == "first" else "nhwc"
    if fitted is not None and fitted.axes in ("nhwc", "nchw"):
        return fitted.axes
    last, first = _plausible(*shape[1:4]), _plausible(shape[2], shape[3], shape[1])
    if last == first:
        raise ShapeError(f'X: cannot tell where the channels of {shape} are; pass channels="first" or channels="last"')
    return "nhwc" if last > first else "nchw"


def _plausible(height: int, width: int, channels: int) -> tuple[int, bool]:
    """Rank a reading of images: colours and squares first, then fewer channels than pixels on a side."""
    return (channels in _COLOURS) + (height == width), channels < min(height, width)


def _as_array(X: Any) -> np.ndarray:
    if isinstance(X, str | bytes):
        raise DtypeError(f"X: expected numbers, got {type(X).__name__}")
    try:
        array = np.asarray(X)
    except ValueError:
        raise ShapeError(f"X: expected {_SHAPES}, got sequences of unequal lengths") from None
    if array.ndim != 2 and array.dtype.kind not in "biufO":
        raise DtypeError(f"X: expected numbers, got {array.dtype if array.dtype.kind != 'U' else 'str'}")
    if array.ndim != 2 and array.dtype.kind == "O" and array.ndim == 0:
        raise DtypeError(f"X: expected numbers, got {type(X).__name__}")
    return array


def _numbers(array: np.ndarray) -> np.ndarray:
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError):
        raise DtypeError("X: expected numbers, got objects that are none") from None


def _floats(array: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, dtype=np.float32)


def _check_finite(array: np.ndarray) -> None:
    if array.dtype.kind != "f":
        return
    finite = np.isfinite(_floats(array))
    if finite.all():
        return
    wrong = np.argwhere(~finite)
    first = tuple(int(i) for i in wrong[0])
    count, verb = len(wrong), "values are" if len(wrong) > 1 else "value is"
    raise DataError(f"X: {count} {verb} not finite in float32, the first at {first}")


def _plain(dtype: np.dtype) -> str:
    return str(dtype) if dtype.kind != "O" else "float64"


def _refuse_times(dtype: Any) -> None:
    # scikit-learn takes times for numbers.
    if dtype.kind in "mM":
        raise DtypeError(f"X: expected numbers, got {dtype}")


def _name(name: Any) -> Any:
    return name if isinstance(name, str | int) else str(name)


def _column(name: Any, dtype: Any) -> str:
    """Return the dtype that a column of samples gets."""
    if dtype.kind in "mM":
        raise DtypeError(f"X: expected numbers, got {dtype} in column {name!r}")
    return str(dtype) if dtype.kind in "biuf" else "float64"


def _is_sparse(X: Any) -> bool:
    return hasattr(X, "tocsr") and hasattr(X, "nnz")
