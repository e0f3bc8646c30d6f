"""How well a model explains samples: bounds on log likelihoods, differences from reconstructions."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import integer
from .._run.precision import evaluating

# Draws for each score, where the bound itself needs fewer: see benches/results/draws.json.
_DRAWS = 16
# Latents drawn between two looks at Ctrl-C, for at least so many rows.
_LATENTS, _ROWS = 1 << 16, 64


class Scores:
    """Methods that score samples."""

    if TYPE_CHECKING:
        # The estimator that they belong to.
        def __getattr__(self, name: str) -> Any: ...

    def score_samples(self, X: Any, y: Any = None, n_importance: int = 1) -> np.ndarray:
        """Bound the log likelihood of each sample.

        Parameters
        ----------
        X : array-like
            Samples, as for `transform`.
        y : array-like, label or None
            Labels, for a model that knows some: the bound is on log p(x | y). None: on log p(x), the logarithm of the
            sum over all classes of p(y) exp(bound given y), each class with its share of the training data; for
            numbers the mean over 64 labels of the training data, evenly chosen.
        n_importance : int, default 1
            Draws of the latent in one bound: 1 gives the evidence lower bound (Kingma and Welling, "Auto-Encoding
            Variational Bayes", 2014), more the importance-weighted bound, which is tighter (Burda et al., "Importance
            Weighted Autoencoders", 2016). Below 16 draws the result is the mean of as many bounds as take 16 draws.
            The random numbers of a sample depend on its values and on ``random_state`` only: equal samples have
            equal scores.

        Returns
        -------
        numpy.ndarray of shape (n,), float64
            Nats, higher = more likely. For "gaussian" and "laplace" it bounds a log density, in the units of X; for
            "categorical" and "discretised_logistic", and for "bernoulli" where all values are black or white (or
            ``binarize="dynamic"`` draws them so), a log probability. For "bernoulli" with grey values it is the
            negative cross-entropy, which is no log probability: it is higher for black and white pictures than for
            grey ones, and only models with the same likelihood can be compared by it. A model without a prior gives
            the log likelihood of its reconstruction. No log probability exceeds 0.

            A sample outside the fitted range has the score of the nearest one within it, less 100 nats for each value
            that lies outside by the width of the range, in proportion (from 500,000 widths on with the logarithm). The
            range of images, and of rows under a likelihood that needs one, is `value_range_`; columns that are
            standardised have that of the training data, at least 10 deviations, and lose 50 nats a deviation.

        Notes
        -----
        Likelihoods of deep models prefer simple samples: an empty picture can have a higher one than any training
        sample (Nalisnick et al., "Do Deep Generative Models Know What They Don't Know?", 2019). To find anomalies use
        `decision_function` or `predict`.
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
            Draws for each sample.

        Returns
        -------
        mean, standard_error : float
            Mean of ``score_samples(X, y, n_importance)``, nats, and its standard error over samples. In the mean the
            estimate lies below the truth, the less so the more draws.
        """
        values = self.score_samples(X, y, n_importance)
        error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
        return float(values.mean()), float(error)

    def _bounds(self, array: np.ndarray, codes: np.ndarray | None, n_importance: int) -> np.ndarray:
        repeats = -(-_DRAWS // n_importance)
        among = self._some_labels() if codes is None and self._labels.kind == "numbers" else None
        size = max(_ROWS, _LATENTS // (n_importance * repeats))
        scores = []
        with evaluating(self):
            for first in range(0, len(array), size):
                part = slice(first, first + size)
                given = None if codes is None else codes[part]
                scores.append(self._run.scores(array[part], given, n_importance, repeats, among))
        return np.concatenate(scores).astype(np.float64)

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
