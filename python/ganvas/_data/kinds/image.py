"""Images."""

from typing import Any

import numpy as np

from ... import _core, plot
from ._sided import Sided


class Image(Sided):
    """Images."""

    name = "image"
    plural = "images"
    shapes = "(n, h, w), (n, h, w, c) or (n, c, h, w)"
    orders = ("nhw", "nhwc", "nchw")
    files = True

    def likely(self, shape: tuple[int, ...], channels: str | None) -> bool:
        return len(shape) in (3, 4)

    def draw(
        self, samples: np.ndarray, data: _core.Data, ax: Any, columns: int | None = None, titles: Any = None
    ) -> Any:
        return plot.grid(self.pictures(samples, data), ax=ax, columns=columns, titles=titles)
