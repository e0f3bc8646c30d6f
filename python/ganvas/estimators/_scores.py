"""Scores of samples: bounds on log likelihoods, differences from reconstructions."""

from typing import Any

import numpy as np

from .._checks import integer
from .._run.precision import evaluating
from ._occlusion import Occlusion
from ._samplers import LatentDensities

# Minimum number of draws per score; see benches/results/draws.json.
_DRAWS = 16
# Maximum number of latents drawn between two checks for Ctrl-C, and minimum number of rows.
_LATENTS, _ROWS = 1 << 16, 64


class Scores(LatentDensities, Occlusion):
    """Methods that score samples."""

    def score_samples(self, X: Any, y: Any = None, n_importance: int = 1) -> np.ndarray:
        """Compute a lower bound of the log likelihood of each sample.

        Parameters
        ----------
        X : array-like
            Samples, as for `transform`.
        y : array-like, label or None
            Labels, for a conditional model: the bound is on log p(x | y). None: on log p(x), the logarithm of the sum
            over classes of p(y) exp(bound given y), with p(y) the class frequency in the training data; for numeric
            labels the mean over 64 evenly spaced labels of the training data.
        n_importance : int, default 1
            Number of latents drawn per bound: 1 gives the evidence lower bound (Kingma and Welling, "Auto-Encoding
            Variational Bayes", 2014), more the importance-weighted bound, which is tighter (Burda et al., "Importance
            Weighted Autoencoders", 2016). Below 16 draws, the mean of several bounds with 16 draws in total is
            returned. The random numbers of a sample depend on its values and on ``random_state`` only: equal samples
            have equal scores.

        Returns
        -------
        numpy.ndarray of shape (n,), float64
            Nats, higher = more likely. "gaussian" and "laplace" bound a log density, in the units of X; "categorical"
            and "discretised_logistic", and "bernoulli" if all values are black or white (or ``binarize="dynamic"``
            draws them so), a log probability, which never exceeds 0. "bernoulli" with grey values gives the negative
            cross-entropy, which is not a log probability: it is higher for black and white pictures than for grey ones,
            and only models with the same likelihood can be compared by it. A model without a prior gives the log
            likelihood of its reconstruction.

            Values outside the fitted range are clipped and penalised: 100 nats for each width of the range by which a
            value lies outside, in proportion (logarithmically beyond 500,000 widths). The range of images, and of rows
            under a likelihood that needs one, is `value_range_`; standardised columns have the range of the training
            data, at least 10 standard deviations, and a penalty of 50 nats per standard deviation.

        Notes
        -----
        Deep generative models assign high likelihoods to simple samples: an empty picture can have a higher one than
        any training sample (Nalisnick et al., "Do Deep Generative Models Know What They Don't Know?", 2019). To detect
        anomalies, use `decision_function` or `predict`.
        """
        n_importance = integer("n_importance", n_importance, 1, 10**7)
        array, codes = self._read(X, y)
        return self._bounds(array, codes, n_importance)

    def score(self, X: Any, y: Any = None) -> float:
        """Mean evidence lower bound of samples.

        Parameters
        ----------
        X, y : array-like
            As for `score_samples`.

        Returns
        -------
        float
            The mean of ``score_samples(X, y)``, nats; higher = more likely.
        """
        return float(self.score_samples(X, y).mean())

    def log_likelihood(self, X: Any, y: Any = None, n_importance: int = 5000) -> tuple[float, float]:
        """Estimate the mean log likelihood by importance sampling.

        Parameters
        ----------
        X, y : array-like
            As for `score_samples`.
        n_importance : int, default 5000
            Draws per sample.

        Returns
        -------
        mean, standard_error : float
            Mean of ``score_samples(X, y, n_importance)``, nats, and its standard error over samples. The estimate is
            biased downwards; the bias decreases with the number of draws.
        """
        values = self.score_samples(X, y, n_importance)
        error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
        return float(values.mean()), float(error)

    def _opinion(self, array: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        return self._bounds(array, codes, 1)

    def _bounds(self, array: np.ndarray, codes: np.ndarray | None, n_importance: int) -> np.ndarray:
        repeats = -(-_DRAWS // n_importance)
        among = self._some_labels() if codes is None and self._labels.kind == "numbers" else None
        size = max(_ROWS, _LATENTS // (n_importance * repeats))
        # Texts of like lengths have fewer empty places.
        order = np.argsort((array >= 0).sum(1), kind="stable") if self._of_texts else np.arange(len(array))
        array, codes = array[order], None if codes is None else codes[order]
        scores = []
        with evaluating(self):
            for first in range(0, len(array), size):
                part = slice(first, first + size)
                given = None if codes is None else codes[part]
                scores.append(self._run.scores(array[part], given, n_importance, repeats, among))
        found = np.empty(len(array))
        found[order] = np.concatenate(scores)
        return found

    def anomaly_map(self, X: Any, y: Any = None) -> np.ndarray:
        """Compute the difference of each value from its reconstruction.

        Parameters
        ----------
        X, y : array-like
            As for `transform`.

        Returns
        -------
        numpy.ndarray, float32
            Absolute differences, in the shape of X, channels last: for images as a fraction of their range (0..1), for
            rows and series in standard deviations of each column or feature; for tiles 1 where the symbols differ.
        """
        array, codes = self._read(X, y)
        kind = self._layout.kind
        return kind.bare(kind.apart(array, self._reconstructed(array, codes), self._run.data()), self._layout.axes)
