"""Photos and pictures of a style: any form to float32 in 0..1, and back."""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..data._decode import is_picture, opened, pixels
from ..exceptions import DataError, DtypeError, ShapeError
from .pictures import first_of

# Weights of red, green and blue in the luminance (ITU-R BT.601).
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


class Picture(NamedTuple):
    """A picture as the search takes it, and what is needed to give it back."""

    #: (h, w, 1 or 3) float32 in 0..1.
    values: NDArray[np.float32]
    #: True if the user's array has no axis of channels.
    flat: bool
    dtype: np.dtype[Any]

    def restored(self, values: NDArray[np.float32]) -> NDArray[Any]:
        """Return values (h, w, c) in the user's form: axes, dtype and range."""
        if self.flat:
            values = values[..., 0]
        if self.dtype.kind != "u":
            return values.astype(self.dtype)
        return np.rint(values.astype(np.float64) * np.iinfo(self.dtype).max).astype(self.dtype)


def pictures(X: Any, name: str) -> tuple[list[Picture], str]:
    """Read one or several pictures.

    Parameters
    ----------
    X : array (h, w), (h, w, 1) or (h, w, 3), several of them as (n, h, w, c) or a list, Pillow images or paths
    name : str
        Name in error messages.

    Returns
    -------
    pictures : list of Picture
    form : {"one", "list", "array"}
        Form of X.

    Raises
    ------
    DataError, DtypeError, ShapeError, FileNotFoundError
    """
    if isinstance(X, str | os.PathLike) or is_picture(X):
        return [_read(X, name)], "one"
    first = first_of(X)
    several = isinstance(X, list | tuple) and ((first is not None and np.ndim(first) != 1) or len(X) == 0)
    if several or isinstance(first, str | os.PathLike) or is_picture(first):
        if len(X) == 0:
            raise DataError(f"{name}: expected at least one picture, got none")
        return [_read(one, f"{name}[{number}]") for number, one in enumerate(X)], "list"
    array = np.asarray(X)
    if array.ndim == 4:
        if len(array) == 0:
            raise DataError(f"{name}: expected at least one picture, got none")
        return [_read(one, f"{name}[{number}]") for number, one in enumerate(array)], "array"
    return [_read(array, name)], "one"


def grey(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the luminance (h, w, 1)."""
    return values if values.shape[2] == 1 else (values @ LUMA)[..., None]


def coloured(values: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    """Return values with this number of channels, 1 or 3."""
    if channels == 1:
        return grey(values)
    return np.repeat(values, 3, axis=2) if values.shape[2] == 1 else values


def reduced(values: NDArray[np.float32], longest: int | None) -> NDArray[np.float32]:
    """Return a picture whose longest side is at most this number of pixels."""
    height, width = values.shape[:2]
    if longest is None or max(height, width) <= longest:
        return values
    scale = longest / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Channel by channel, because Pillow has no float pictures of several.
    parts = [Image.fromarray(values[..., c]).resize(size, Image.Resampling.BICUBIC) for c in range(values.shape[2])]
    return np.stack([np.asarray(part, np.float32) for part in parts], axis=2).clip(0, 1)


def _read(X: Any, name: str) -> Picture:
    if isinstance(X, str | os.PathLike):
        file = Path(X).expanduser()
        if not file.is_file():
            raise FileNotFoundError(f"{name}: no such picture: {file}")
        with opened(file, str(file)) as image:
            return _checked(pixels(image, name=str(file)), str(file))
    if is_picture(X):
        return _checked(pixels(X, name=name), name)
    return _checked(np.asarray(X), name)


def _checked(array: NDArray[Any], name: str) -> Picture:
    if array.ndim == 3 and array.shape[2] not in (1, 3):
        if array.shape[2] in (2, 4):
            remedy = "drop the alpha channel, as in X[..., :-1], or composite it on a background"
        elif array.shape[0] in (1, 3):
            remedy = "move the channels last, as in np.moveaxis(X, 0, -1)"
        else:
            remedy = "pass several pictures as (n, h, w, c) or in a list"
        raise ShapeError(f"{name}: expected (h, w), (h, w, 1) or (h, w, 3), got {array.shape}; {remedy}")
    if array.ndim not in (2, 3) or 0 in array.shape:
        raise ShapeError(f"{name}: expected a picture (h, w), (h, w, 1) or (h, w, 3), got {array.shape}")
    if array.dtype.kind == "u" and array.dtype.itemsize <= 2:
        values = array.astype(np.float32) / np.float32(np.iinfo(array.dtype).max)
    elif array.dtype.kind == "f":
        values = _fractions(array, name)
    else:
        raise DtypeError(f"{name}: expected uint8, uint16 or floats in 0..1, got {array.dtype}; convert it")
    flat = array.ndim == 2
    return Picture(np.ascontiguousarray(values[..., None] if flat else values), flat, array.dtype)


def _fractions(array: NDArray[Any], name: str) -> NDArray[np.float32]:
    if not np.isfinite(array).all():
        count = int((~np.isfinite(array)).sum())
        raise DataError(f"{name}: {count} value{'s are' if count > 1 else ' is'} not finite; replace them")
    low, high = float(array.min()), float(array.max())
    if low < -1e-3 or high > 1 + 1e-3:
        raise DataError(
            f"{name}: expected floats in 0..1, got {low:.4g} to {high:.4g}; divide them by 255 or 65535, or convert "
            "them to uint8"
        )
    return array.astype(np.float32).clip(0, 1)
