"""Samples with sides and channels, whose values have one range."""

from typing import Any, ClassVar

import numpy as np

from ... import _core
from ...exceptions import ShapeError
from ..scale import floats, scaled
from ._kind import Kind

COLOURS = (1, 3, 4)


class Sided(Kind):
    """Samples with sides and any number of channels; the channels may be missing, first or last.

    Attributes
    ----------
    plural : str
    """

    plural: ClassVar[str]

    def axes(self, shape: tuple[int, ...], channels: str | None) -> str:
        bare, last, first = self.orders
        if len(shape) == len(bare):
            return bare
        if channels is not None:
            return first if channels == "first" else last
        if undecided(shape):
            raise ShapeError(
                f'X: cannot tell where the channels of {shape} are; pass channels="first" or channels="last"'
            )
        return last if _ends(shape)[1] > _ends(shape)[0] else first

    def ordered(self, array: np.ndarray, axes: str) -> np.ndarray:
        if "c" not in axes:
            return array[..., None]
        return np.moveaxis(array, 1, -1) if axes[1] == "c" else array

    def arranged(self, array: np.ndarray, axes: str) -> np.ndarray:
        if array.dtype.kind == "b":
            array = array.astype(np.uint8)
        if array.dtype != np.uint8:
            array = floats(array)
        return np.ascontiguousarray(self.ordered(array, axes))

    def restored(self, samples: np.ndarray, axes: str) -> np.ndarray:
        if "c" not in axes:
            return samples[..., 0]
        return np.ascontiguousarray(np.moveaxis(samples, -1, 1)) if axes[1] == "c" else samples

    def bare(self, samples: np.ndarray, axes: str) -> np.ndarray:
        return samples if "c" in axes else samples[..., 0]

    def words(self, data: _core.Data, layout: Any) -> str:
        low, high = data.range or (0.0, 0.0)
        sizes = "x".join(map(str, data.sizes)) + _place(layout.axes, *data.sizes)
        return f"{self.plural} {sizes}, {layout.dtype} {low:g}..{high:g}"

    def pictures(self, samples: np.ndarray, data: _core.Data) -> np.ndarray:
        samples = self.seen(scaled(samples, data))
        channels = samples.shape[-1]
        return samples if channels in COLOURS else samples[..., : 1 if channels < 3 else 3]

    def maps(self, apart: np.ndarray) -> np.ndarray:
        return self.seen(apart).mean(-1)

    def seen(self, samples: np.ndarray) -> np.ndarray:
        """Return samples of two sides."""
        return samples


def undecided(shape: tuple[int, ...]) -> bool:
    """Return True if both ends of a sample are equally plausible as channels."""
    first, last = _ends(shape)
    return first == last


def _ends(shape: tuple[int, ...]) -> list[tuple[int, bool]]:
    """Rank two readings, channels first and last: colours and equal sides first, then fewer channels than pixels."""
    return [
        ((channels in COLOURS) + (len({*sides}) == 1), channels < min(sides))
        for channels, sides in ((shape[1], shape[2:]), (shape[-1], shape[1:-1]))
    ]


def _place(axes: str, *sizes: int) -> str:
    """Say where the channels were found, if their number alone did not tell it."""
    if "c" not in axes:
        return ""
    *sides, channels = sizes
    last = axes[-1] == "c"
    ends = (sides[0], channels) if last else (channels, sides[-1])
    told = sum(end in COLOURS for end in ends) == 1 and channels in COLOURS
    return "" if told else f" (channels {'last' if last else 'first'})"
