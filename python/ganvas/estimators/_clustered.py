"""Estimators that can learn with clusters of the data in place of labels."""

from typing import Any

import numpy as np

from .._data.labels import Labels
from .._data.streams import Stream
from ..exceptions import ParameterError
from ._array_trainer import ArrayTrainer

# Number of images from which on clusters are the default, and parameters that do not exclude them.
_ENOUGH = 1_000
_SIZES = ("epochs", "batch_size", "latent_dim", "base_channels", "depth")


class Clustered(ArrayTrainer):
    """Methods that find clusters."""

    @property
    def clusters_(self) -> int | None:
        """Number of `clusters`, if used."""
        self._fitted()
        return len(self._labels.shares) if self._labels.kind == "clusters" else None

    def _takes_clusters(self, y: Any, array: np.ndarray | Stream) -> bool:
        """Return True if clusters are the default: for enough images without labels and other parameters."""
        if y is not None or self.preset is not None or isinstance(array, Stream):
            return False
        said = (name for name, value in self._params().items() if value not in (None, False) and name not in _SIZES)
        return array.ndim == 4 and len(array) >= _ENOUGH and next(said, None) is None

    @staticmethod
    def _found_clusters(count: Any, y: Any, array: np.ndarray | Stream) -> tuple[Labels, np.ndarray]:
        """Find clusters of the training data."""
        if y is not None:
            raise ParameterError("clusters: expected None with y, whose labels the model uses")
        if isinstance(array, Stream):
            raise ParameterError("clusters: expected data in memory, got a stream; pass an array")
        return Labels.clustered(array, count)

    def _summary(self, epochs: int) -> str:
        where = f"{self.net_} on "
        clusters = "" if self.clusters_ is None else f"{self.net_}, {self.clusters_} clusters as labels, on "
        return super()._summary(epochs).replace(where, clusters or where, 1)
