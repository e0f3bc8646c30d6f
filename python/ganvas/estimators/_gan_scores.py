"""Distance between a GAN's samples and data."""

from typing import Any

import numpy as np
from sklearn.metrics.pairwise import euclidean_distances

from .._data.streams import reach, training_data
from .._run.precision import evaluating
from ..exceptions import ParameterError
from ._occlusion import Occlusion

# Number of generated samples, and maximum number of samples of X, that are compared.
_COMPARED = 1_000


class GanScores(Occlusion):
    """Methods that score a GAN."""

    discriminator_conditioning_: str

    def score(self, X: Any, y: Any = None) -> float:
        """Compare generated samples with X, for model selection.

        Returns the negative energy distance between the two distributions: the mean distance within the generated
        samples, plus that within X, minus twice that between them (Székely and Rizzo, 2013). The maximum, 0, is reached
        if generated samples are distributed as X; samples unlike X and modes of X that are never generated both lower
        it. Distances are Euclidean distances of whole samples: images scaled to 0..1, rows standardised as in `fit`,
        symbols one-hot. Scores of different data sets are not comparable, and pixel distances capture little of an
        image's content. A GAN has no likelihood.

        Parameters
        ----------
        X : array-like, path or dataset
            Samples in the form of the training data, at least 2; of more than 1,000, 1,000 evenly spaced ones are used.
        y : array-like, "folder" or None
            Labels of X, for a conditional model: samples are generated for the same labels, and different labels add
            the mean distance within X. None compares samples only.

        Returns
        -------
        float
            Higher = better. The estimate is unbiased and may be slightly above 0. 1,000 samples with a fixed seed are
            compared; the model's random stream is not advanced.

        Raises
        ------
        NotFittedError, ShapeError, DtypeError, DataError, ParameterError

        References
        ----------
        G. J. Székely, M. L. Rizzo, "Energy statistics: A class of statistics based on distances", Journal of
        Statistical Planning and Inference, 2013.
        """
        run = self._fitted()
        X, y = self._opened(X, y)
        array, _ = training_data(self, X, self.channels, self._layout)
        n = reach(array)
        chosen = np.linspace(0, n - 1, min(n, _COMPARED)).astype(np.int64)
        codes, labels, wanted = self._labels.code(y, len(array)), None, None
        if codes is not None:
            labels = codes[chosen]
            wanted = np.resize(np.arange(len(chosen)), _COMPARED)
        with evaluating(self):
            samples = run.sample(_COMPARED, 0, None if labels is None else labels[wanted], None)
        data, kind = run.data(), self._layout.kind
        real, made = (_rows(kind.scaled(values, data)) for values in (array[chosen], samples))
        if labels is not None:
            marks = self._marks(labels) * _within(real)
            real, made = np.hstack([real, marks]), np.hstack([made, marks[wanted]])
        return -energy_distance(real, made)

    def _judged(self, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray | None]:
        array, codes = self._read(X, y)
        if codes is None and self._labels.kind != "none" and self.discriminator_conditioning_ != "auxiliary":
            raise ParameterError("y: expected labels of the samples, which the discriminator is given, got None")
        return array, codes

    def _opinion(self, array: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        with evaluating(self):
            return self._run.apply("discriminator", array, codes)

    def _marks(self, labels: np.ndarray) -> np.ndarray:
        """Embed labels so that two classes, or numbers that differ by one standard deviation, have distance 1."""
        if labels.ndim == 1:
            return np.eye(len(self._labels.classes))[labels] / np.sqrt(2)
        known = self._labels
        if known.kind == "numbers":
            return (labels - np.asarray(known.mean)) / np.asarray(known.deviation)
        if not known.categories:
            return labels.astype(np.float64)
        return np.hstack([np.eye(known.categories)[labels[:, 0].astype(np.int64)] / np.sqrt(2), labels[:, 1:]])


def energy_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Unbiased estimate of the energy distance between the distributions of two sets of rows.

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
