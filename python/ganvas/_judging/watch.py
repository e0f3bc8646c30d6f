"""Comparisons of a model with the same real samples again and again."""

from typing import Any

import numpy as np

from .._data.labels import Labels
from ..exceptions import ParameterError
from . import arrays, features
from .samples import STATISTICS, compared


class Watch:
    """Real samples, their features, and the measures that a model is compared by.

    Parameters
    ----------
    model : estimator
        An estimator of arrays that has a run.
    real : (array-like, array-like or None)
        Real samples and their labels.
    names : list of str
        Names of statistics.
    n : int
        Number of generated samples, and maximum number of real ones.
    said : {"auto", "pixels"}, path, callable or torch.nn.Module
        Features.
    """

    def __init__(self, model: Any, real: tuple[Any, Any], names: list[str], n: int, said: Any) -> None:
        self._names = names
        array, labels = arrays.read(model, "X", *real)
        chosen = np.linspace(0, len(array) - 1, min(n, len(array))).astype(np.int64)
        array = array[chosen]
        least = max(STATISTICS[name].least for name in self._names)
        if min(len(array), n) < least:
            raise ParameterError(f"X, n_samples: expected at least {least} samples, got {min(len(array), n)}")
        classes = None
        self._given = None
        if labels is not None:
            labels = labels[chosen]
            known, codes = Labels.learn(labels, len(labels))
            classes = codes if known.kind == "classes" else None
            if model._labels.kind in ("classes", "numbers"):
                model._labels.code(labels, len(labels))
                self._given = labels[np.resize(np.arange(len(labels)), n)]
        self._n = n
        self._features = features.chosen(said, model._layout.kind, model._run.data(), array, classes, 0)
        self._real = self._features.of(array)

    def measured(self, model: Any) -> dict[str, float]:
        """Generate samples, and return the measures by name."""
        made = self._features.of(model._samples(self._n, self._given, 0))
        return {name: compared(STATISTICS[name], self._real, made) for name in self._names}
