"""Conversion of array-likes to the core's form, and of its samples back.

The core takes C-contiguous uint8, float32 or float64, with the channels, features or columns last.
"""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch

from .. import _core
from .._callers import method
from .._checks import choice
from .._warnings import warn
from ..data._pictures import PictureFiles
from ..exceptions import DataError, DataRangeWarning, DtypeError, ParameterError, ShapeError
from .frames import Columns, cast, is_frame
from .kinds import KINDS, Kind, Scores, likely, with_axes
from .masks import unmasked
from .pictures import opened
from .scale import LARGEST, TOLERANCE, check_scale
from .scores import ScoreLayout
from .tables import read_table

_SHAPES = "(n, d), (n, h, w), (n, h, w, c), (n, c, h, w) or, for volumes, (n, d, h, w) or (n, d, h, w, c)"
# Maximum number of columns that may be the features of a series, and of samples that are examined for this.
_FEATURES, _LOOK = 64, 1_000
# Median ratio of the ranges of neighbouring columns above which the ranges are unlike.
_UNLIKE = 3.0
# Replaces values of an array with these axes.
Fill = Callable[[np.ndarray, str], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Layout:
    """The form of the user's array, which `restore` applies to samples.

    Attributes
    ----------
    container : str
        "numpy", "torch", or the kind of frame: "pandas", "polars", "pyarrow", "modin.pandas".
    dtype : str
        Dtype of the user's array.
    axes : str
        Order of the axes of the user's array.
    columns : Columns or None
        Columns of a frame.
    range : list of float or None
        Range (low, high) of the training data, if known.
    symbols : list of int or str, or None
        Symbols of the training data in the order of their codes, if values are symbols.
    music : dict or None
        Words of a `ScoreLayout`, if samples are scores.
    """

    container: str
    dtype: str
    axes: str
    columns: Columns | None = None
    range: list[float] | None = None
    symbols: list[Any] | None = None
    music: dict[str, Any] | None = None

    @property
    def kind(self) -> Kind:
        """The kind of data."""
        if self.music is not None:
            return Scores(ScoreLayout.of_words(self.music))
        return with_axes(self.axes).of(self.symbols)

    def summary(self, data: _core.Data) -> str:
        """Describe the data in a few words."""
        return self.kind.words(data, self)

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
        samples = self.kind.restored(samples, self.axes)
        if samples.dtype.kind in "US":
            return samples
        if self.container == "torch":
            dtype = getattr(torch, self.dtype)
            return torch.from_numpy(samples if dtype.is_floating_point else cast(samples, self.dtype)).to(dtype)
        return cast(samples, self.dtype)


def read(
    estimator: Any,
    X: Any,
    channels: str | None,
    fitted: Layout | None,
    least: int = 2,
    kind: str | None = None,
    fill: Fill | None = None,
) -> tuple[np.ndarray, Layout]:
    """Validate X and convert it to the core's form.

    Parameters
    ----------
    estimator : BaseEstimator
        ``n_features_in_`` is set if X is a table.
    X : array-like or path
        Array-like, torch tensor, data frame, folder of pictures, list of picture files or Pillow images.
    channels : {"first", "last"} or None
        Position of the channel axis; None detects it.
    fitted : Layout or None
        Layout of the training data, with its axis order and scale.
    least : int, default 2
        Minimum number of samples.
    kind : str or None
        Kind of the data for a first fit; None detects it.
    fill : callable or None
        Replaces values that are unknown, given an array and the order of its axes; the caller then checks the scale.

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
    named = named_kind(kind, fitted)
    X = unmasked("X", X if named is None else named.read(X))
    container, dtype = "numpy", None
    if isinstance(X, torch.Tensor):
        container, dtype = "torch", str(X.dtype).removeprefix("torch.")
        if X.layout != torch.strided:
            raise DtypeError(f"X: expected a dense tensor, got {X.layout}")
        known = X.dtype in (torch.float16, torch.float32, torch.float64) or not X.is_floating_point()
        X = (X if known else X.float()).numpy(force=True)
    symbolic = any(one.symbolic for one in (KINDS.values() if named is None else [named]))
    array = X if _is_sparse(X) or is_frame(X) else _as_array(X, symbolic)
    sample = _fitted_sizes(estimator)
    if sample is not None and fitted is not None:
        _check_sizes(sample, fitted, tuple(array.shape))
    if named is not None and fitted is None and len(array.shape) not in {len(order) for order in named.orders}:
        raise ShapeError(f'X: expected {named.shapes} for kind="{named.name}", got {tuple(array.shape)}')
    if len(array.shape) == 2:
        columns = None if fitted is None else fitted.columns
        array, frame, columns = read_table(estimator, array, columns, least, first=sample is None, fill=fill)
        dtype = dtype or str(array.dtype)
        layout = Layout(container if frame is None else frame, dtype, "nd", columns)
        return _as_fitted(layout.kind.arranged(array, layout.axes), layout, None if fill else fitted)
    if array.ndim not in (3, 4, 5):
        raise ShapeError(f"X: expected {_SHAPES}, got {array.shape}")
    if array.dtype.kind == "O" and (named is None or not named.symbolic):
        array = _numbers(array)
    if len(array) < least:
        raise ShapeError(f"X: expected at least {least} sample{'s'[: least - 1]}, got {len(array)}")
    if 0 in array.shape:
        raise ShapeError(f"X: expected images of at least 1 pixel, got {array.shape}")
    if fill is not None:
        array = fill(array, _axes(array, channels, fitted, kind))
    check_finite("X", array)
    axes = _axes(array, channels, fitted, kind)
    symbols = with_axes(axes).symbols(array) if fitted is None else fitted.symbols
    layout = Layout(container, dtype or _plain(array.dtype), axes, symbols=symbols)
    made = layout.kind.arranged(array, axes)
    if sample is not None and made.shape[1:] != sample:
        raise ShapeError(f"{method()}: fitted on {sample}, got {made.shape[1:]}")
    return _as_fitted(made, layout, None if fill else fitted)


def _as_fitted(array: np.ndarray, layout: Layout, fitted: Layout | None) -> tuple[np.ndarray, Layout]:
    if fitted is not None:
        check_fitted(array, layout, fitted)
    return array, layout


def check_fitted(array: np.ndarray, layout: Layout, fitted: Layout, why: str = "as in fit") -> None:
    """Raise a DataError if samples in the core's form have another scale than the training data."""
    # Unknown symbols are found when samples are converted to codes.
    if fitted.range is not None and fitted.symbols is None and layout.kind is fitted.kind:
        ends = (fitted.range[0], fitted.range[1])
        check_scale(array, numbers_of(layout), (numbers_of(fitted), ends), why, columns=fitted.kind.columns)
        for _ in fitted.kind.checked([array], ends):
            pass


def named_kind(name: str | None, fitted: Layout | None) -> Kind | None:
    """Return the kind of the training data, or before the first fit the kind that the user named, if any.

    Raises
    ------
    UnknownNameError
    """
    if fitted is not None:
        return fitted.kind
    return None if name is None else KINDS[choice("kind", name, tuple(KINDS))]


def measure(
    parts: Iterable[np.ndarray],
    layout: Layout,
    sizes: tuple[int, ...],
    value_range: tuple[float, float] | None = None,
) -> _core.Data:
    """Describe training data for the core: kind, sizes, and the scale of their values.

    Parameters
    ----------
    parts : iterable of numpy.ndarray
        The samples in the core's form, in parts.
    layout : Layout
    sizes : tuple of int
        Shape of a sample in the core's form.
    value_range : (float, float) or None
        The range, if given by the user.
    """
    if layout.symbols is not None:
        if value_range is not None:
            raise ParameterError(f"value_range: expected None for symbols, which have no order, got {value_range}")
        value_range = (0.0, len(layout.symbols) - 1.0)
    parts = layout.kind.checked(parts, value_range)
    return _core.Data.measured(parts, layout.kind.name, sizes, numbers_of(layout)[0], value_range)


def numbers_of(layout: Layout) -> str:
    """Return the kind of the user's dtype: "b" for booleans, "u1" for bytes, "i" for other integers, "f" for floats."""
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
    sizes: tuple[int, ...] = run.data().sizes
    return sizes


def _check_sizes(known: tuple[int, ...], fitted: Layout, shape: tuple[int, ...]) -> None:
    """Raise a ShapeError for images in a model of rows, for rows in a model of images, and for a single sample."""
    one = fitted.kind.restored(np.zeros((1, *known), np.bool_), fitted.axes).shape[1:]
    if shape == one:
        raise ShapeError(
            f"{method()}: expected samples (n, {', '.join(map(str, one))}), got one sample {shape}. Reshape your data, "
            "as X[:1] does in place of X[0]"
        )
    got = (*shape[1:], 1) if len(shape) == 3 else shape[1:]
    if len(shape) > 1 and (len(shape) == 2) != (len(known) == 1):
        raise ShapeError(f"{method()}: fitted on {known}, got {got}")


def _axes(array: np.ndarray, channels: str | None, fitted: Layout | None, kind: str | None) -> str:
    """Return the order of the axes, as in the training data, or else of the named or the detected kind."""
    if fitted is not None:
        if len(fitted.axes) == array.ndim and channels is None:
            return fitted.axes
        known = fitted.kind
    elif kind is not None:
        known = KINDS[kind]
    else:
        known = likely(array, channels) or next(iter(KINDS.values()))
        if _like_series(array):
            warn(
                f"X: {array.shape} is taken for images, whose values have one range, but columns have unlike ranges; "
                'pass kind="series" for windows (n, t, features) standardised by feature, or kind="image"',
                DataRangeWarning,
            )
    if array.ndim not in {len(order) for order in known.orders}:
        raise ShapeError(f"X: expected {known.shapes}, got {array.shape}")
    return known.axes(array.shape, channels)


def _like_series(array: np.ndarray) -> bool:
    """Return True if an array taken for images may hold series: few columns of floats with unlike ranges."""
    if array.ndim != 3 or array.dtype.kind != "f" or not 1 < array.shape[2] <= _FEATURES:
        return False
    some = array[:: -(-len(array) // _LOOK)].astype(np.float64)
    low, high = some.min((0, 1)), some.max((0, 1))
    if low.min() >= -1 - TOLERANCE and high.max() <= 1 + TOLERANCE:
        return False
    widths = (high - low)[high > low]
    ratios = np.abs(np.diff(np.log(widths)))
    return bool(low.max() > high.min()) or (len(ratios) > 0 and float(np.median(ratios)) > np.log(_UNLIKE))


def _as_array(X: Any, symbolic: bool) -> np.ndarray:
    if isinstance(X, str | bytes):
        raise DtypeError(f"X: expected numbers, got {type(X).__name__}")
    try:
        array = np.asarray(X)
    except ValueError:
        raise ShapeError(f"X: expected {_SHAPES}, got sequences of unequal lengths") from None
    if array.ndim == 3 and array.dtype.kind in "US" and symbolic:
        return array
    if array.ndim != 2 and array.dtype.kind not in "biufO":
        raise DtypeError(f"X: expected numbers, got {array.dtype if array.dtype.kind != 'U' else 'str'}")
    if array.dtype.kind == "O" and array.ndim < 2 and array.size:
        found = X if array.ndim == 0 else array[0]
        raise DtypeError(f"X: expected numbers, got {type(found).__name__}")
    return array


def _numbers(array: np.ndarray) -> np.ndarray:
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError):
        raise DtypeError("X: expected numbers, got objects that are none") from None


def check_finite(name: str, array: np.ndarray) -> None:
    """Raise a DataError for values that are not finite, or whose squares are not."""
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
    raise DataError(f"{name}: {count} {verb} {what}, the first at {first}")


def _plain(dtype: np.dtype) -> str:
    return str(dtype) if dtype.kind != "O" else "float64"


def _is_sparse(X: Any) -> bool:
    return hasattr(X, "tocsr") and hasattr(X, "nnz")
