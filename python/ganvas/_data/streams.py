"""Streamed data, which is read during training.

Memory-mapped arrays, large folders of pictures and datasets become a `Stream`, which estimators use like an array of
all samples; everything else is loaded into memory.
"""

import itertools
import threading
from collections.abc import Iterator, Mapping
from mmap import ALLOCATIONGRANULARITY
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from .. import _core
from ..data._decode import is_picture, pixels
from ..data._pictures import PictureFiles
from ..exceptions import DataError, DtypeError, ParameterError, ShapeError
from .arrays import Layout, check_fitted, named_kind, read
from .frames import is_frame
from .masks import unmasked
from .pictures import opened

# Size of a folder's pixels in bytes above which it is streamed.
_RESIDENT = 1 << 29
# Bytes per part in a pass over a stream.
_PART = 1 << 26
# Maximum number and bytes of a stream's samples that are used to check the scale.
_LOOK, _LOOK_BYTES = 64, 1 << 24
# Number of samples at the start of a dataset that determine its range.
_HEAD = 1_000
# Keys of pictures in datasets of dictionaries.
_KEYS = ("image", "img", "pixel_values", "x")
# Modules of types that NumPy converts as a whole.
_PLAIN = ("builtins", "array", "collections")


class Stream:
    """All samples in the core's form, read on demand.

    Parameters
    ----------
    reader : _core.Reader
    dtype : numpy.dtype
        uint8, float32 or float64.
    reach : int or None
        Number of samples that can be read in any order; None means all.

    Attributes
    ----------
    shape : tuple of int
    """

    def __init__(self, reader: _core.Reader, dtype: Any, reach: int | None = None) -> None:
        self.reader, self.dtype = reader, np.dtype(dtype)
        self.shape = tuple(reader.shape)
        self.reach = len(self) if reach is None else min(reach, len(self))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | np.ndarray) -> np.ndarray:
        numbers = np.arange(*rows.indices(len(self))) if isinstance(rows, slice) else rows
        return self.reader.read(np.ascontiguousarray(numbers, np.int64))

    def parts(self) -> Iterator[np.ndarray]:
        """Iterate over the samples that can be read in any order."""
        step = max(1, _PART // (int(np.prod(self.shape[1:])) * self.dtype.itemsize))
        for first in range(0, self.reach, step):
            yield self.reader.read(np.arange(first, min(first + step, self.reach)))


def parts(array: "np.ndarray | Stream") -> Iterator[np.ndarray]:
    """Iterate over an array or a stream in parts."""
    return array.parts() if isinstance(array, Stream) else iter([array])


def reach(array: "np.ndarray | Stream") -> int:
    """Return the number of samples that can be read in any order."""
    return array.reach if isinstance(array, Stream) else len(array)


def source(data: Any) -> Any:
    """Return the source for the core: an array, or the reader of other data."""
    return data if isinstance(data, np.ndarray) else data.reader


def some(array: "np.ndarray | Stream") -> np.ndarray:
    """Return an array, or evenly spaced samples of a stream, to check the scale."""
    if not isinstance(array, Stream):
        return array
    most = max(1, _LOOK_BYTES // (int(np.prod(array.shape[1:])) * array.dtype.itemsize))
    return array[np.unique(np.linspace(0, array.reach - 1, min(array.reach, _LOOK, most)).astype(np.int64))]


def training_data(
    estimator: Any, X: Any, channels: str | None, fitted: Layout | None, kind: str | None = None
) -> "tuple[np.ndarray | Stream, Layout]":
    """Read X as `read` does, or create a stream.

    Raises
    ------
    ShapeError, DtypeError, DataError
    """
    array, layout = _training_data(estimator, X, channels, fitted, kind)
    if isinstance(array, Stream) and fitted is not None:
        check_fitted(some(array), layout, fitted)
    return array, layout


def _training_data(
    estimator: Any, X: Any, channels: str | None, fitted: Layout | None, kind: str | None = None
) -> "tuple[np.ndarray | Stream, Layout]":
    given, X = X, opened(X, estimator)
    if isinstance(X, PictureFiles):
        if X is not given and int(np.prod(X.shape)) * X.dtype.itemsize <= _RESIDENT:
            return read(estimator, X.load(), channels, fitted, kind=kind)
        # All pictures have the same shape and dtype, so two of them determine the layout.
        head, layout = read(estimator, X[:2], channels, fitted, kind=kind)
        return Stream(X.reader(), head.dtype), layout
    # Results of computations on a memory map are also of type memmap, but they lie in memory and have no `_mmap`.
    # Symbols are always loaded, because their codes take only one byte each.
    known = named_kind(kind, fitted)
    numbers = isinstance(X, np.memmap) and X.dtype.kind in "biuf" and not (known is not None and known.symbolic)
    if numbers and getattr(X, "_mmap", None) is not None and X.ndim > 1:
        head, layout = read(estimator, np.array(X[:2]), channels, fitted, kind=kind)
        return _mapped(X, head, layout), layout
    if not is_frame(X) and _is_dataset(X):
        return _dataset(estimator, X, channels, fitted, kind)
    return read(estimator, X, channels, fitted, kind=kind)


# Memory-mapped arrays -------------------------------------------------------------------------------------------------


def _mapped(X: np.memmap, head: np.ndarray, layout: Layout) -> Stream:
    shape = [len(X), *head.shape[1:]]
    same = X.dtype == head.dtype and (layout.axes[1] != "c" or X.shape[1] == 1)
    place = _place(X) if same and X.flags.c_contiguous else None
    if place is not None:
        return Stream(_core.Reader.file(*place, shape, str(head.dtype)), head.dtype)

    def rows(numbers: np.ndarray) -> np.ndarray:
        return layout.kind.arranged(np.asarray(X[numbers]), layout.axes)

    return Stream(_core.Reader.rows(rows, shape, str(head.dtype), "near"), head.dtype)


def _place(X: np.memmap) -> tuple[Path, int] | None:
    """Return the file and byte offset of a memory-mapped array or view; views do not store their own offset."""
    buffer = getattr(X, "_mmap", None)
    if X.filename is None or buffer is None:
        return None
    mapped = X.offset - X.offset % ALLOCATIONGRANULARITY
    whole = np.frombuffer(buffer, np.uint8)
    inside = X.ctypes.data - whole.ctypes.data
    if not 0 <= inside <= whole.size - X.nbytes:
        return None
    # The file is read directly, so changes in memory are written to it; copy-on-write maps cannot do this.
    if X.mode != "r":
        if X.mode == "c":
            return None
        X.flush()
    path = Path(X.filename)
    # A deleted file can only be read through its map.
    return (path, mapped + inside) if path.is_file() else None


# Datasets -------------------------------------------------------------------------------------------------------------


def _is_dataset(X: Any) -> bool:
    if isinstance(X, DataLoader):
        raise DtypeError("X: expected samples, got a DataLoader of batches; pass its dataset")
    # Datasets of Hugging Face have a shape, but are not arrays.
    if isinstance(X, Dataset) or (hasattr(X, "column_names") and hasattr(X, "features")):
        return True
    array_like = any(hasattr(X, name) for name in ("__array__", "__array_interface__", "shape", "columns", "__index__"))
    plain = type(X).__module__ in _PLAIN and not isinstance(X, Iterator)
    return not array_like and not plain and (hasattr(X, "__iter__") or hasattr(X, "__getitem__"))


def _dataset(
    estimator: Any, X: Any, channels: str | None, fitted: Layout | None, kind: str | None
) -> tuple[Stream, Layout]:
    if isinstance(X, Iterator):
        raise ParameterError(
            f"X: a {type(X).__name__} can be iterated over only once; pass an array, or an object whose iter() starts "
            "from the beginning"
        )
    lookup = hasattr(X, "__len__") and hasattr(type(X), "__getitem__") and not hasattr(type(X), "__next__")
    if isinstance(X, torch.utils.data.IterableDataset):
        lookup = False
    items = (X[i] for i in range(min(_HEAD, len(X)))) if lookup else itertools.islice(iter(X), _HEAD)
    values = [_value(item) for item in items]
    if not values:
        raise ShapeError("X: expected at least 2 samples, got an empty dataset")
    tensors = isinstance(values[0], torch.Tensor)
    first = _stacked(values, 0)
    if first.dtype.kind in "US" and first.ndim != 3:
        raise DtypeError("X: expected numbers or pictures, got str; open files in the dataset, or pass their list")
    array, layout = read(estimator, torch.from_numpy(first) if tensors else first, channels, fitted, kind=kind)
    count = len(X) if hasattr(X, "__len__") else sum(1 for _ in X)
    shape, dtype = [count, *array.shape[1:]], str(array.dtype)
    if lookup:
        lock = threading.Lock()

        def rows(numbers: np.ndarray) -> np.ndarray:
            # Another thread may read the first samples while the next batch is read.
            with lock:
                return _like_head(_stacked([_value(X[int(i)]) for i in numbers], numbers), layout, array.dtype)

        return Stream(_core.Reader.rows(rows, shape, dtype, "anywhere"), dtype, _HEAD), layout
    forward = _Forward(X, count, array, layout)
    reader = _core.Reader.rows(forward.rows, shape, dtype, "forward", forward.head)
    forward.window = min(reader.window or count, count)
    return Stream(reader, dtype, _HEAD), layout


class _Forward:
    """Samples of an iterable dataset, of which one window is in memory.

    Parameters
    ----------
    samples : iterable
    count : int
        Number of samples per pass.
    head : numpy.ndarray
        The first samples, which are also read out of order.
    layout : Layout

    Attributes
    ----------
    window : int
        Number of samples in the window.
    """

    def __init__(self, samples: Any, count: int, head: np.ndarray, layout: Layout) -> None:
        self.window = count
        self._samples, self._count, self._head, self._layout = samples, count, head, layout
        self._iterator: Iterator[Any] = iter(())
        # A thread from a previous training may still be reading.
        self._lock = threading.Lock()
        # Position of the iterator; number and samples of the window; True for samples that have been returned.
        self._next, self._number, self._kept, self._used = count, -1, head[:0], np.zeros(0, bool)

    def head(self, numbers: np.ndarray) -> np.ndarray:
        return self._head[numbers]

    def rows(self, numbers: np.ndarray) -> np.ndarray:
        made = np.empty((len(numbers), *self._head.shape[1:]), self._head.dtype)
        windows = numbers // self.window
        with self._lock:
            # A batch may span two windows, which are read in order.
            for number in dict.fromkeys(windows.tolist()):
                chosen = windows == number
                places = numbers[chosen] - number * self.window
                # A second request for a sample belongs to another epoch, and the sample may have changed.
                if number != self._number or self._used[places].any():
                    self._move_to(number)
                made[chosen] = self._kept[places]
                self._used[places] = True
        return made

    def _move_to(self, number: int) -> None:
        first = number * self.window
        if self._next > first:
            self._iterator, self._next = iter(self._samples), 0
        wanted = min(self.window, self._count - first)
        items = itertools.islice(self._iterator, first - self._next, first - self._next + wanted)
        values = [_value(item) for item in items]
        # After an error the next call restarts the iteration.
        self._next, self._number = self._count, -1
        if len(values) < wanted:
            got = first + len(values)
            raise DataError(f"X: expected {self._count} samples each time it is gone through, got {got}")
        stacked = _stacked(values, np.arange(first, first + wanted))
        self._kept = _like_head(stacked, self._layout, self._head.dtype)
        self._next, self._number, self._used = first + wanted, number, np.zeros(wanted, bool)


def _value(item: Any) -> Any:
    """Extract the sample from a dataset's item: the first element of a tuple, the picture of a dictionary."""
    if isinstance(item, tuple) or (isinstance(item, list) and item and not np.isscalar(item[0])):
        item = item[0]
    if isinstance(item, Mapping):
        known = [key for key in _KEYS if key in item]
        if not known:
            raise DtypeError(f"X: expected samples, or dictionaries with {' or '.join(_KEYS)}, got {', '.join(item)}")
        item = item[known[0]]
    return pixels(item) if is_picture(item) else item


def _stacked(values: list[Any], numbers: Any) -> np.ndarray:
    values = unmasked("X", values)
    arrays = [value.numpy(force=True) if isinstance(value, torch.Tensor) else np.asarray(value) for value in values]
    for place, array in enumerate(arrays):
        if array.shape != arrays[0].shape:
            number = place if np.isscalar(numbers) else numbers[place]
            raise ShapeError(f"X: expected samples of {arrays[0].shape}, got {array.shape} for sample {number}")
    return np.stack(arrays)


def _like_head(samples: np.ndarray, layout: Layout, dtype: Any) -> np.ndarray:
    """Convert samples to the dtype of the first ones: bytes, or floats of the same width."""
    made = layout.kind.arranged(samples, layout.axes)
    if (made.dtype == np.uint8) != (dtype == np.uint8):
        first = "bytes" if dtype == np.uint8 else "other numbers than bytes"
        raise DtypeError(
            f"X: expected {first}, as the first samples are, got {samples.dtype}; convert all to one dtype"
        )
    return made.astype(dtype, copy=False)
