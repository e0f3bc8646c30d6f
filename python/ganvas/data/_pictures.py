"""Picture files as an array that is decoded on demand."""

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .. import _core
from .._checks import choice, integer
from .._data.scale import floats
from .._warnings import warn
from ..exceptions import DataError
from ._decode import Mode, header, kind, opened, pixels, square

Size = int | Literal["auto"] | None
# Pictures decoded between two checks for Ctrl-C.
_AT_ONCE = 1024
# Pillow's formats that may contain several pictures per file.
_PAGED = ("TIFF", "GIF", "WEBP")
_CHANNELS: dict[Mode, tuple[int, ...]] = {"RGB": (3,), "L": ()}
# Default side in pixels of pictures of several sizes, and range of sides that are kept.
_SIDE, _KEPT = 64, range(8, 129)


class PictureFiles:
    """Picture files of equal size and dtype.

    Parameters
    ----------
    files : sequence of Path
    names : sequence of str
        Name in error messages.
    size : int, "auto" or None
        Height and width. None: the size of all pictures; "auto": their size if they are squares of one size from 8 to
        128 px, else 64.
    mode : {"RGB", "L"}

    Attributes
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    """

    def __init__(self, files: Sequence[Path], names: Sequence[str], size: Size, mode: Mode) -> None:
        self._files, self._names = list(files), list(names)
        self._size: Size = size if size is None or size == "auto" else integer("size", size, 8, 1024)
        self._mode: Mode = choice("mode", mode, tuple(_CHANNELS))
        with opened(self._files[0], self._names[0]) as image:
            self.dtype = kind(image)
            pages = getattr(image, "n_frames", 1) if image.format in _PAGED else 1
        if pages > 1:
            warn(f"{self._names[0]}: read the first of {pages} frames or pages, and so of all pictures", UserWarning)
        # Dtype passed to the core: the smallest one that holds all values.
        self._core = self.dtype if self.dtype == np.uint8 else floats(np.empty(0, self.dtype)).dtype
        height, width = (self._size, self._size) if isinstance(self._size, int) else self._sides()
        self.shape = (len(self._files), height, width, *_CHANNELS[self._mode])

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, rows: Any) -> NDArray[Any]:
        numbers = np.arange(len(self))[rows]
        if numbers.size == 0:
            return np.empty((0, *self.shape[1:]), self.dtype)
        wanted = np.ascontiguousarray(np.atleast_1d(numbers), np.int64)
        if self.dtype == np.uint8:
            made = self.reader().read(wanted).reshape(-1, *self.shape[1:])
        else:
            # Not read through the core, whose float32 cannot hold large integers.
            with ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as pool:
                try:
                    made = np.stack(list(pool.map(self._read, wanted.tolist())))
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
        return made if numbers.ndim else made[0]

    def load(self) -> NDArray[Any]:
        """Decode all pictures."""
        X = np.empty(self.shape, self.dtype)
        for first in range(0, len(X), _AT_ONCE):
            X[first : first + _AT_ONCE] = self[first : first + _AT_ONCE]
        return X

    def reader(self) -> _core.Reader:
        """Return the core's reader of the pictures."""
        _, height, width, *colours = self.shape
        limit = Image.MAX_IMAGE_PIXELS or sys.maxsize
        shape = [len(self), height, width, *(colours or [1])]
        return _core.Reader.pictures(self._files, shape, str(self._core), self._size is not None, limit, self._bytes)

    def _bytes(self, number: int) -> bytes:
        """Read a picture that the core does not decode; errors name the reason."""
        return self._read(number).astype(self._core, copy=False).tobytes()

    def _read(self, number: int) -> NDArray[Any]:
        name, first = self._names[number], self._names[0]
        with opened(self._files[number], name) as image:
            dtype, array = kind(image), pixels(image, self._mode, name)
        if dtype != self.dtype:
            raise DataError(
                f"{name}: expected {self.dtype} values as in {first}, got {dtype}; convert the pictures to one kind, "
                "or keep each kind in a folder of its own"
            )
        if self._size is not None:
            array = square(array, self.shape[1])
        elif array.shape[:2] != self.shape[1:3]:
            raise self._differ(number, array.shape[:2])
        if array.ndim < len(self.shape) - 1:
            array = np.repeat(array[..., None], self.shape[-1], axis=-1)
        return array

    def _sides(self) -> tuple[int, int]:
        """Return the common size of all pictures, or raise."""
        first = header(self._files[0], self._names[0])
        begin, step = 1, 32
        while begin < len(self):
            files = self._files[begin : begin + step]
            for number, size in enumerate(_core.Reader.sizes(files), begin):
                if (size or header(self._files[number], self._names[number])) != first:
                    if self._size == "auto":
                        self._size = _SIDE
                        return _SIDE, _SIDE
                    raise self._differ(number, size or header(self._files[number], self._names[number]), first)
            begin, step = begin + step, 4096
        if self._size == "auto":
            fits = first[0] == first[1] and first[0] in _KEPT
            self._size = None if fits else _SIDE
            return first if fits else (_SIDE, _SIDE)
        return first

    def _differ(self, number: int, size: tuple[int, ...], first: tuple[int, ...] | None = None) -> DataError:
        wanted = first or self.shape[1:3]
        return DataError(
            f"{self._names[number]}: sizes differ: expected {wanted[0]}x{wanted[1]} pixels as in {self._names[0]}, got "
            f"{size[0]}x{size[1]}; pass size=, as in ImageFolder(path, size=64), to bring all to one size"
        )
