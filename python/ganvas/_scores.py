"""How typical samples are: likelihoods, anomalies."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from ._checks import integer
from ._torch import plain_modes

# Rows scored between two looks at Ctrl-C, for scores with many draws.
_ROWS = 64


class Scores:
    """Methods that score samples."""

    if TYPE_CHECKING:
        # The estimator that they belong to.
        def __getattr__(self, name: str) -> Any: ...

    def score_samples(self, X: Any, y: Any = None, n_importance: int = 1) -> np.ndarray:
        """Bound the log likelihood of each sample.

        Parameters
        ----------
        X, y : array-like
            As for `transform`.
        n_importance : int, default 1
            Draws of the latent: 1 gives the evidence lower bound, more a tighter bound (Burda et al., "Importance
            Weighted Autoencoders", 2016). The draws are the same for each sample and each call.

        Returns
        -------
        numpy.ndarray of shape (n,), float32
            Nats, higher = more typical. For "gaussian" and "laplace" it is a density in the units of X, for the other
            likelihoods a probability, so that no score exceeds 0. A model without a prior gives the log likelihood of
            its reconstruction.

            A sample outside the fitted range has the score of the nearest one within it, less 100 nats for each value
            that lies outside by the width of the range, in proportion (from 500,000 widths on with the logarithm). The
            range of images, and of rows under a likelihood that needs one, is `value_range_`; columns that are
            standardised have that of the training data, at least 10 deviations, and lose 50 nats a deviation.
        """
        array, codes = self._read(X, y)
        n_importance = integer("n_importance", n_importance, 1, 10**7)
        with plain_modes():
            return self._run.scores(array, codes, n_importance)

    def score(self, X: Any, y: Any = None) -> float:
        """Mean evidence lower bound of samples.

        The mean of `score_samples`, but each sample has random numbers of its own, so that their errors do not add up.

        Parameters
        ----------
        X, y : array-like
            As for `transform`.

        Returns
        -------
        float
            Nats, higher = more typical.
        """
        array, codes = self._read(X, y)
        with plain_modes():
            return float(self._run.scores(array, codes, 1, 0).mean(dtype=np.float64))

    def log_likelihood(self, X: Any, y: Any = None, n_importance: int = 5000) -> tuple[float, float]:
        """Estimate the mean log likelihood by importance sampling.

        Parameters
        ----------
        X, y : array-like
            As for `transform`.
        n_importance : int, default 5000
            Draws for each sample, its own ones; the same at each call.

        Returns
        -------
        mean, standard_error : float
            Nats. The error is that of the mean over samples. In the mean the estimate lies below the truth, the less so
            the more draws.
        """
        array, codes = self._read(X, y)
        n_importance = integer("n_importance", n_importance, 1, 10**7)
        scores = []
        with plain_modes():
            for first in range(0, len(array), _ROWS):
                part = slice(first, first + _ROWS)
                y_part = None if codes is None else codes[part]
                scores.append(self._run.scores(array[part], y_part, n_importance, first))
        values = np.concatenate(scores).astype(np.float64)
        error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
        return float(values.mean()), float(error)

    @property
    def threshold_(self) -> float:
        """The score below which a sample counts as an anomaly.

        The share ``contamination`` of the training samples scores lower (of at most 10,000 of them, evenly chosen).
        """
        run = self._fitted()
        if "threshold" not in self._found:
            with plain_modes():
                scores = run.scores(*self._seen(), 1)
            self._found["threshold"] = float(np.quantile(scores.astype(np.float64), self._contamination))
        return self._found["threshold"]

    def predict(self, X: Any, y: Any = None) -> np.ndarray:
        """Tell anomalies from typical samples.

        Parameters
        ----------
        X, y : array-like
            As for `transform`.

        Returns
        -------
        numpy.ndarray of shape (n,), int
            -1 where the score is below `threshold_`, else 1.
        """
        return np.where(self.score_samples(X, y) < self.threshold_, -1, 1)

    def anomaly_map(self, X: Any, y: Any = None) -> np.ndarray:
        """Show where samples differ from their reconstructions.

        Parameters
        ----------
        X, y : array-like
            As for `transform`.

        Returns
        -------
        numpy.ndarray, float32
            Absolute differences, in the shape of X, channels last: for images in shares of their range (0..1), for rows
            in standard deviations of each column.
        """
        array, codes = self._read(X, y)
        # The wider of the two types: float64 where the data needs it.
        difference = np.abs(array - self._reconstructed(array, codes))
        data = json.loads(self._run.data())
        if data["kind"] == "image":
            difference = (difference / (data["high"] - data["low"])).astype(np.float32, copy=False)
            return difference[..., 0] if self._layout.axes == "nhw" else difference
        return (difference / np.asarray(data["deviation"], difference.dtype)).astype(np.float32, copy=False)
