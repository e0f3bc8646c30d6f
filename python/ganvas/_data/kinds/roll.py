"""Piano rolls of bars."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ... import _core, plot
from ...exceptions import DataError
from ..scale import scaled
from ..windows import interpolated
from ._sided import Sided

# An axis of fewer pitches than an octave holds tracks.
_OCTAVE = 12


class Roll(Sided):
    """Piano rolls: bars, steps and pitches, and tracks as channels."""

    name = "roll"
    plural = "rolls"
    shapes = "(n, bars, steps, pitches), (n, bars, steps, pitches, tracks) or (n, tracks, bars, steps, pitches)"
    orders = ("nbsp", "nbspc", "ncbsp")

    def axes(self, shape: tuple[int, ...], channels: str | None) -> str:
        bare, last, first = self.orders
        if len(shape) == len(bare):
            return bare
        if channels is None:
            return last if shape[-1] < _OCTAVE else first
        return super().axes(shape, channels)

    def checked(self, parts: Iterable[np.ndarray], ends: tuple[float, float] | None) -> Iterator[np.ndarray]:
        known: np.ndarray = np.array([] if ends is None else ends)
        for part in parts:
            # Faster than np.unique, which sorts.
            low, high = part.min(), part.max()
            between = part[(part != low) & (part != high)]
            found = np.unique(np.concatenate([known, np.unique(between), [low, high]]))
            if len(found) > 2:
                values = ", ".join(f"{value:g}" for value in found[:5].tolist())
                of = "two values" if ends is None else f"the values {ends[0]:g} and {ends[1]:g}"
                more = ", ..." if len(found) > 5 else ""
                raise DataError(
                    f'X: expected {of} for kind="roll", got {values}{more}; make them two, as X > 0 does, or pass '
                    'kind="volume" and net="pianoroll" for values between'
                )
            known = found
            yield part

    def occluded(self, samples: np.ndarray, window: tuple[slice, ...], data: _core.Data) -> np.ndarray:
        # The nearest of the two values.
        low, high = data.range or (0.0, 1.0)
        return np.where(interpolated(samples, window) > (low + high) / 2, high, low)

    def draw(
        self, samples: np.ndarray, data: _core.Data, ax: Any, columns: int | None = None, titles: Any = None
    ) -> Any:
        return plot.rolls(scaled(samples, data), ax=ax, columns=columns, titles=titles)

    def seen(self, samples: np.ndarray) -> np.ndarray:
        # Time to the right, pitches upwards: [n, bars, steps, pitches, c] to [n, pitches, time, c].
        n, bars, steps, pitches, tracks = samples.shape
        return samples.reshape(n, bars * steps, pitches, tracks).swapaxes(1, 2)[:, ::-1]
