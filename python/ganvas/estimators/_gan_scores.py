"""How near the samples of a GAN are to data."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics.pairwise import euclidean_distances

from .._data.pictures import with_labels
from .._data.scale import scaled
from .._data.streams import reach, training_data
from .._run.precision import evaluating

# Samples of the model, and samples of X at most, that are compared.
_COMPARED = 1_000


class GanScores:
    """Methods that score a generator."""

    if TYPE_CHECKING:
        # The estimator that they belong to.
        def __getattr__(self, name: str) -> Any: ...

    def score(self, X: Any, y: Any = None) -> float:
        """Score how near samples of the model are to X, for model selection.

        The negative energy distance between the distributions of the two: the mean distance within samples, plus that
        within X, minus twice that between them (Székely and Rizzo, 2013). It is highest, 0, for a model whose samples
        are distributed as X, and falls both with samples unlike X and with kinds of X that are never sampled. The
        distances are Euclidean ones of whole samples, images in 0..1 and rows standardised as in `fit`: scores of
        different data are not comparable, and pixels say little of what a picture shows. A GAN has no likelihood.

        Parameters
        ----------
        X : array-like, path or dataset
            Samples in the form of the first fit, at least 2; of more than 1,000, that many evenly spaced ones are
            used.
        y : array-like, "folder" or None
            Their labels, for a model that knows labels: samples are made for the same labels, and a sample with another
            label is as far away as samples of X are from each other on average. None compares samples alone.

        Returns
        -------
        float
            Higher = better. The estimate has no bias, so that it may be slightly above 0; 1,000 samples of a fixed seed
            are compared, the same at each call, and the model's own random stream stays where it is.

        Raises
        ------
        NotFittedError, ShapeError, DtypeError, DataError, ParameterError

        References
        ----------
        G. J. Székely, M. L. Rizzo, "Energy statistics: A class of statistics based on distances", Journal of
        Statistical Planning and Inference, 2013.
        """
        run = self._fitted()
        if "folder" not in self._labels.classes:
            X, y = with_labels(X, y, self)
        array, _ = training_data(self, X, self.channels, self._layout)
        n = reach(array)
        chosen = np.linspace(0, n - 1, min(n, _COMPARED)).astype(np.int64)
        labels = wanted = None
        if y is not None:
            labels = self._labels.code(y, len(array))[chosen]
            wanted = np.resize(np.arange(len(chosen)), _COMPARED)
        with evaluating(self):
            samples = run.sample(_COMPARED, 0, None if labels is None else labels[wanted], None)
        data = json.loads(run.data())
        real, made = (_rows(scaled(values, data)) for values in (array[chosen], samples))
        if labels is not None:
            marks = self._marks(labels) * _within(real)
            real, made = np.hstack([real, marks]), np.hstack([made, marks[wanted]])
        return -energy_distance(real, made)

    def _marks(self, labels: np.ndarray) -> np.ndarray:
        """Places of labels: those of two classes, and of numbers one deviation apart, are 1 from each other."""
        if labels.ndim == 1:
            return np.eye(len(self._labels.classes))[labels] / np.sqrt(2)
        known = self._labels
        if known.kind == "numbers":
            return (labels - np.asarray(known.mean)) / np.asarray(known.deviation)
        if not known.categories:
            return labels.astype(np.float64)
        return np.hstack([np.eye(known.categories)[labels[:, 0].astype(np.int64)] / np.sqrt(2), labels[:, 1:]])


def energy_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Estimate without bias how far the distributions of two sets of rows are from each other.

    Twice the mean distance between the two sets, minus the mean distances within each.

    Parameters
    ----------
    a, b : numpy.ndarray of shape (n, d) and (m, d)
        At least two rows each.
    """
    return float(2 * euclidean_distances(a, b).mean() - _within(a) - _within(b))


def _within(rows: np.ndarray) -> float:
    """Return the mean distance between two different rows."""
    return euclidean_distances(rows).sum() / (len(rows) * (len(rows) - 1))


def _rows(samples: np.ndarray) -> np.ndarray:
    return samples.reshape(len(samples), -1).astype(np.float64)
