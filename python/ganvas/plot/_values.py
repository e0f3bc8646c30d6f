"""Checks, conversion and formatting of values for plots."""

import math
import numbers
import reprlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..exceptions import DataError, ParameterError, ShapeError
from ._checks import real

_LARGE = 10_000


def finite(name: str, values: ArrayLike) -> NDArray[Any]:
    """Convert `values` to an array of finite real numbers, or raise."""
    array = real(name, values)
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        verb = "value is" if len(wrong) == 1 else "values are"
        raise DataError(f"{name}: {len(wrong)} {verb} not finite, the first at {tuple(wrong[0].tolist())}")
    return array


def number(name: str, value: object) -> float:
    """Convert `value` to a finite float, or raise."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
        raise ParameterError(f"{name}: expected a finite number, got {reprlib.repr(value)}")
    return float(value)


def short(value: float) -> str:
    """Format a number with three significant digits, or all digits before the point, with a minus sign."""
    size = abs(value)
    text = f"{value:.0f}" if 100 <= size < _LARGE else f"{value:.3g}"
    return "0" if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def texts(values: NDArray[Any]) -> list[str]:
    """Format numbers with as many decimals as the largest one needs."""
    largest = float(np.abs(values).max(initial=0.0))
    decimals = 2 - math.floor(math.log10(largest)) if largest else 0
    return [short(round(float(value), decimals)) for value in values]


def rgba(images: ArrayLike) -> NDArray[np.uint8]:
    """Convert images of any accepted form to uint8 (n, h, w, 4)."""
    x = finite("images", images)
    channels_last = x.ndim == 3 or x.shape[-1:] in [(1,), (3,), (4,)]
    if x.ndim not in (3, 4) or x.size == 0 or not (channels_last or x.shape[1] in (1, 3)):
        raise ShapeError(f"images: expected (n, h, w), (n, h, w, c) or (n, c, h, w), got {x.shape}")
    pixels = x if x.dtype == np.uint8 else _to_uint8(x)
    if x.ndim == 3:
        pixels = pixels[..., None]
    elif not channels_last:
        pixels = pixels.transpose(0, 2, 3, 1)
    made = np.full((*pixels.shape[:3], 4), 255, np.uint8)
    made[..., : max(3, pixels.shape[3])] = pixels
    return made


def _to_uint8(x: NDArray[Any]) -> NDArray[np.uint8]:
    low, high = float(x.min()), float(x.max())
    if low >= 0 and high <= 1:
        low, high = 0, 1
    elif low >= -1 and high <= 1:
        low, high = -1, 1
    return np.rint((x.astype(np.float64) - low) * (255 / ((high - low) or 1))).astype(np.uint8)
