"""Volumes of voxels."""

from typing import Any

import numpy as np

from ... import _core, plot
from ..scale import scaled
from ._sided import COLOURS, Sided, undecided


class Volume(Sided):
    """Volumes of voxels."""

    name = "volume"
    plural = "volumes"
    projection = "3d"
    shapes = "(n, d, h, w), (n, d, h, w, c) or (n, c, d, h, w)"
    orders = ("ndhw", "ndhwc", "ncdhw")

    def likely(self, shape: tuple[int, ...], channels: str | None) -> bool:
        # Four axes without a plausible place for channels.
        bare = len(shape) == 4 and channels is None and undecided(shape) and not {shape[1], shape[-1]} & {*COLOURS}
        return len(shape) == 5 or bare

    def draw(
        self, samples: np.ndarray, data: _core.Data, ax: Any, columns: int | None = None, titles: Any = None
    ) -> Any:
        return plot.voxels(scaled(samples, data), ax=ax, columns=columns, titles=titles)

    def seen(self, samples: np.ndarray) -> np.ndarray:
        # The largest value along the first axis.
        return samples.max(1)
