"""Windows of several features over time."""

from typing import Any

import numpy as np

from ... import _core, plot
from ..scale import scaled
from ._kind import Kind

# Deviations from the mean that are drawn black and white.
_SHOWN = 3.0


class Series(Kind):
    """Windows of several features over time, standardised by feature."""

    name = "series"
    shapes = "(n, t, features)"
    orders = ("ntf",)
    columns = True

    def words(self, data: _core.Data, layout: Any) -> str:
        steps, features = data.sizes
        return f"series of {steps} steps and {features} features, {layout.dtype}, standardised"

    def draw(
        self, samples: np.ndarray, data: _core.Data, ax: Any, columns: int | None = None, titles: Any = None
    ) -> Any:
        return plot.lines(scaled(samples, data), ax=ax, columns=columns, titles=titles)

    def pictures(self, samples: np.ndarray, data: _core.Data) -> np.ndarray:
        # A line for each feature, with time from left to right.
        shades = (scaled(samples, data).swapaxes(1, 2) / _SHOWN + 1) / 2
        return np.clip(shades, 0.0, 1.0)

    def maps(self, apart: np.ndarray) -> np.ndarray:
        return apart.swapaxes(1, 2)
