"""Conversion of array-likes to the core's form, and of its samples back.

The core takes C-contiguous uint8, float32 or float64, ``(n, height, width, channels)``,
``(n, depth, height, width, channels)`` or ``(n, dim)``.
"""

import dataclasses
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from .._callers import method
from ..data._pictures import PictureFiles
from ..exceptions import DataError, DtypeError, ParameterError, ShapeError
from .frames import Columns, cast, is_frame
from .masks import unmasked
from .pictures import opened
from .scale import LARGEST, SIZES, check_scale, floats, learnt_range, least_deviation, sizes
from .tables import read_table

_SHAPES = "(n, d), (n, h, w), (n, h, w, c), (n, c, h, w) or, for volumes, (n, d, h, w) or (n, d, h, w, c)"
_COLOURS = (1, 3, 4)


@dataclasses.dataclass(frozen=True)
class Layout:
    """The form of the user's array, which `restore` applies to samples.

    Attributes
    ----------
    container : str
        "numpy", "torch", or the kind of frame: "pandas", "polars", "pyarrow", "modin.pandas".
    dtype : str
        Dtype of the user's array.
    axes : {"nd", "nhw", "nhwc", "nchw", "ndhw", "ndhwc", "ncdhw"}
    columns : Columns or None
        Columns of a frame.
    range : list of float or None
        Range (low, high) of the training data, if known.
    """

    container: str
    dtype: str
    axes: str
    columns: Columns | None = None
    range: list[float] | None = None

    def channels(self, *sizes: int) -> str:
        """Describe the detected channel axis, if it is ambiguous by number."""
        if "c" not in self.axes:
            return ""
        *sides, channels = sizes
        last = self.axes[-1] == "c"
        ends = (sides[0], channels) if last else (channels, sides[-1])
        told = sum(end in _COLOURS for end in ends) == 1 and channels in _COLOURS
        return "" if told else f" (channels {'last' if last else 'first'})"

    def words(self) -> dict[str, Any]:
        """Convert the layout to JSON values."""
        return {**vars(self), "columns": None if self.columns is None else self.columns.words()}

    @classmethod
    def of_words(cls, words: dict[str, Any]) -> "Layout":
        """Inverse of `words`."""
        return cls(**{**words, "columns": Columns.of_words(words["columns"])})

    def restore(self, samples: np.ndarray, index: Any = None) -> Any:
        """Convert float32 samples of the core to the user's container, dtype and axis order.

        Parameters
        ----------
        samples : numpy.ndarray
        index : pandas.Index or None
            Index of the input frame's rows; None uses a default index.
        """
        if self.columns is not None:
            return self.columns.frame(self.container, samples, index)
        if self.axes != "nd" and "c" not in self.axes:
            samples = samples[..., 0]
        elif self.axes[1] == "c":
            samples = np.ascontiguousarray(np.moveaxis(samples, -1, 1))
        if self.container == "torch":
            dtype = getattr(torch, self.dtype)
            return torch.from_numpy(samples if dtype.is_floating_point else cast(samples, self.dtype)).to(dtype)
        return cast(samples, self.dtype)


def read(
    estimator: Any, X: Any, channels: str | None, fitted: Layout | None, least: int = 2
) -> tuple[np.ndarray, Layout]:
    """Validate X and convert it to the core's form.

    Parameters
    ----------
    estimator : BaseEstimator
        ``n_features_in_`` is set for tables.
    X : array-like or path
        Array-like, torch tensor, data frame, folder of pictures, list of picture files or Pillow images.
    channels : {"first", "last"} or None
        Position of the channel axis; None detects it.
    fitted : Layout or None
        Layout of the training data, with its axis order and scale.
    least : int, default 2
        Minimum number of samples.

    Returns
    -------
    array : numpy.ndarray of uint8, float32 or float64
    layout : Layout

    Raises
    ------
    ShapeError, DtypeError, DataError
    """
    if channels not in (None, "first", "last"):
        raise ParameterError(f'channels: expected "first", "last" or None, got {channels!r}')
    X = opened(X, estimator)
    if isinstance(X, PictureFiles):
        X = X.load()
    X = unmasked("X", X)
    container, dtype = "numpy", None
    if isinstance(X, torch.Tensor):
        container, dtype = "torch", str(X.dtype).removeprefix("torch.")
        if X.layout != torch.strided:
            raise DtypeError(f"X: expected a dense tensor, got {X.layout}")
        known = X.dtype in (torch.float16, torch.float32, torch.float64) or not X.is_floating_point()
        X = (X if known else X.float()).numpy(force=True)
    array = X if _is_sparse(X) or is_frame(X) else _as_array(X)
    sample = _fitted_sizes(estimator)
    if sample is not None and fitted is not None:
        _check_sizes(sample, fitted.axes, tuple(array.shape))
    if len(array.shape) == 2:
        columns = None if fitted is None else fitted.columns
        array, frame, columns = read_table(estimator, array, columns, least, first=sample is None)
        dtype = dtype or str(array.dtype)
        layout = Layout(container if frame is None else frame, dtype, "nd", columns)
        return _as_fitted(arranged(array, "nd"), layout, fitted)
    if array.ndim not in (3, 4, 5):
        raise ShapeError(f"X: expected {_SHAPES}, got {array.shape}")
    if array.dtype.kind == "O":
        array = _numbers(array)
    dtype = dtype or _plain(array.dtype)
    if len(array) < least:
        raise ShapeError(f"X: expected at least {least} sample{'s'[: least - 1]}, got {len(array)}")
    if 0 in array.shape:
        raise ShapeError(f"X: expected images of at least 1 pixel, got {array.shape}")
    axes = _axes(array.shape, channels, fitted)
    _check_finite(array)
    made = arranged(array, axes)
    if sample is not None and made.shape[1:] != sample:
        raise ShapeError(f"{method()}: fitted on {sample}, got {made.shape[1:]}")
    return _as_fitted(made, Layout(container, dtype, axes), fitted)


def _as_fitted(array: np.ndarray, layout: Layout, fitted: Layout | None) -> tuple[np.ndarray, Layout]:
    if fitted is not None:
        check_fitted(array, layout, fitted)
    return array, layout


def check_fitted(array: np.ndarray, layout: Layout, fitted: Layout, why: str = "as in fit") -> None:
    """Raise if samples in the core's form have another scale than the training data."""
    if fitted.range is not None and (array.ndim == 2) == (fitted.axes == "nd"):
        check_scale(array, kind_of(layout), (kind_of(fitted), (fitted.range[0], fitted.range[1])), why)


def arranged(array: np.ndarray, axes: str) -> np.ndarray:
    """Convert samples with these axes to the core's form."""
    if axes == "nd":
        return floats(array)
    if array.dtype.kind == "b":
        array = array.astype(np.uint8)
    if array.dtype != np.uint8:
        array = floats(array)
    if "c" not in axes:
        array = array[..., None]
    elif axes[1] == "c":
        array = np.moveaxis(array, 1, -1)
    return np.ascontiguousarray(array)


def measure(
    parts: Iterable[np.ndarray], layout: Layout, value_range: tuple[float, float] | None = None
) -> dict[str, Any]:
    """Describe data for the core: sizes and scaling.

    The range of images is that of bytes and bools by dtype, 0..1 or -1..1 for floats within (up to a thousandth),
    otherwise minimum and maximum. Tables: mean and standard deviation of each column, 1 for constant columns. All in
    float64.

    Parameters
    ----------
    parts : iterable of numpy.ndarray
        The samples in the core's form, in parts.
    layout : Layout
    value_range : (float, float) or None
        The range, if given by the user.
    """
    count, mean, squares = 0, np.zeros(1), np.zeros(1)
    low, high = np.array(np.inf), np.array(-np.inf)
    for part in parts:
        shape = part.shape[1:]
        if part.dtype == np.uint8:
            break
        axis = 0 if part.ndim == 2 else None
        low, high = np.minimum(low, part.min(axis)), np.maximum(high, part.max(axis))
        if part.ndim == 2:
            # Combine the moments of two sets (Chan et al., 1982).
            n, away = len(part), part.mean(0, dtype=np.float64) - mean
            mean = mean + away * (n / (count + n))
            squares = squares + part.var(0, dtype=np.float64) * n + away**2 * (count * n / (count + n))
            count += n
    double = {"double": True} if part.dtype == np.float64 else {}
    if len(shape) == 1:
        deviation = np.sqrt(squares / count)
        # Rounding can give a constant column a standard deviation above zero.
        deviation = np.where(deviation <= least_deviation(mean, part.dtype), 1.0, deviation)
        reach = np.maximum(high - mean, mean - low) / deviation
        span = value_range or learnt_range(float(low.min()), float(high.max()), "f")
        moments = {"mean": mean.tolist(), "deviation": deviation.tolist(), "reach": reach.tolist()}
        return {"kind": "vector", **moments, "range": span, **double}
    ends = (0.0, 255.0) if part.dtype == np.uint8 else (float(low), float(high))
    ends = value_range or learnt_range(*ends, kind_of(layout)[0])
    named = dict(zip(SIZES[-len(shape) :], shape, strict=True))
    return {"kind": "image", **named, "low": ends[0], "high": ends[1], **double}


def kind_of(layout: Layout) -> str:
    """Return the kind of a dtype: "b" for booleans, "u1" for bytes, "i" for other integers, "f" for floats."""
    if layout.container == "torch":
        torch_dtype = getattr(torch, layout.dtype)
        kind = "f" if torch_dtype.is_floating_point else "b" if torch_dtype == torch.bool else "i"
    else:
        kind = np.dtype(layout.dtype).kind
    return "u1" if layout.dtype == "uint8" else "i" if kind == "u" else kind


def _fitted_sizes(estimator: Any) -> tuple[int, ...] | None:
    """Return the shape of a sample in the core's form, None before the first fit."""
    run = getattr(estimator, "_run", None)
    if run is None:
        return None
    data = json.loads(run.data())
    return sizes(data)


def _check_sizes(known: tuple[int, ...], axes: str, shape: tuple[int, ...]) -> None:
    """Raise for images passed to a model of rows, rows passed to one of images, and a single sample."""
    one = known
    if axes != "nd" and axes[-1] != "c":
        one = (known[-1], *known[:-1]) if axes[1] == "c" else known[:-1]
    if shape == one:
        raise ShapeError(
            f"{method()}: expected samples (n, {', '.join(map(str, one))}), got one sample {shape}. Reshape your data, "
            "as X[:1] does in place of X[0]"
        )
    got = (*shape[1:], 1) if len(shape) == 3 else shape[1:]
    if len(shape) > 1 and (len(shape) == 2) != (len(known) == 1):
        raise ShapeError(f"{method()}: fitted on {known}, got {got}")


def _axes(shape: tuple[int, ...], channels: str | None, fitted: Layout | None) -> str:
    """Return the axes of images (channels with four axes) or volumes (channels with five axes)."""
    if len(shape) == 3:
        return "nhw"
    if channels is None and fitted is not None:
        if len(fitted.axes) == len(shape):
            return fitted.axes
        if len(fitted.axes) == 5:
            return "ndhw"
    sides = "hw" if len(shape) == 4 else "dhw"
    if channels is not None:
        return f"nc{sides}" if channels == "first" else f"n{sides}c"
    last, first = _plausible(*shape[1:]), _plausible(*shape[2:], shape[1])
    if last == first and len(shape) == 4 and not {shape[1], shape[-1]} & {*_COLOURS}:
        return "ndhw"
    if last == first:
        raise ShapeError(f'X: cannot tell where the channels of {shape} are; pass channels="first" or channels="last"')
    return f"n{sides}c" if last > first else f"nc{sides}"


def _plausible(*sizes: int) -> tuple[int, bool]:
    """Rank an axis order: colours and equal sides first, then fewer channels than pixels per side."""
    *sides, channels = sizes
    return (channels in _COLOURS) + (len({*sides}) == 1), channels < min(sides)


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


def _check_finite(array: np.ndarray) -> None:
    if array.dtype.kind != "f":
        return
    # Minimum and maximum propagate NaN and need no temporary array.
    if float(array.min()) >= -LARGEST and float(array.max()) <= LARGEST:
        return
    finite = np.isfinite(array)
    wrong, what = (np.abs(array) > LARGEST, f"beyond {LARGEST:g}") if finite.all() else (~finite, "not finite")
    places = np.argwhere(wrong)
    first = tuple(int(i) for i in places[0])
    count, verb = len(places), "values are" if len(places) > 1 else "value is"
    raise DataError(f"X: {count} {verb} {what}, the first at {first}")


def _plain(dtype: np.dtype) -> str:
    return str(dtype) if dtype.kind != "O" else "float64"


def _is_sparse(X: Any) -> bool:
    return hasattr(X, "tocsr") and hasattr(X, "nnz")
