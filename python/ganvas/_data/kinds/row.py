"""Rows of a table."""

from typing import Any

import numpy as np
from sklearn.decomposition import PCA

from ... import _core, plot
from ..scale import scaled
from ._kind import Kind


class Row(Kind):
    """Rows of a table, standardised by column."""

    name = "row"
    shapes = "(n, d)"
    orders = ("nd",)
    columns = True
    grid = False

    def likely(self, shape: tuple[int, ...], channels: str | None) -> bool:
        return len(shape) == 2

    def words(self, data: _core.Data, layout: Any) -> str:
        return f"rows of {data.sizes[0]}, {layout.dtype}, standardised"

    def occluded(self, samples: np.ndarray, window: tuple[slice, ...], data: _core.Data) -> np.ndarray:
        # Neighbouring columns do not tell anything about a column; the mean of the training data does.
        return np.broadcast_to(np.asarray(data.offset), samples.shape[1:])[window]

    def draw(
        self, samples: np.ndarray, data: _core.Data, ax: Any, columns: int | None = None, titles: Any = None
    ) -> Any:
        if samples.shape[1] > 2:
            # If all points are equal, their mean is that point.
            differ = np.ptp(samples, axis=0).any()
            samples = PCA(2).fit_transform(samples) if differ else np.zeros((len(samples), 2))
        elif samples.shape[1] == 1:
            samples = np.column_stack([samples[:, 0], np.zeros(len(samples))])
        return plot.scatter2d(samples, ax=ax)

    def pictures(self, samples: np.ndarray, data: _core.Data) -> np.ndarray:
        return scaled(samples, data)
