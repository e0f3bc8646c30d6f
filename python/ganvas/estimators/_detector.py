"""Anomaly detection with scikit-learn's interface of outlier detectors."""

import numbers
from typing import Any

import numpy as np
from sklearn.base import OutlierMixin

from .._checks import choice
from ..exceptions import ParameterError
from ._scores import Scores

# Number of training samples for the unlabelled offset of a conditional model, which evaluates each sample with several
# labels.
_UNLABELLED = 2_000


class Detector(OutlierMixin, Scores):
    """Methods that detect anomalies.

    Samples with labels and samples without use different rules; each rule has its own offset, so that in both cases the
    fraction ``contamination`` of the training data lies below it.
    """

    contamination: float
    anomaly_score: str

    def _check_detector(self) -> None:
        share = self.contamination
        real = isinstance(share, numbers.Real) and not isinstance(share, bool)
        if not real or not 0 < share <= 0.5:
            raise ParameterError(f"contamination: must be above 0 and at most 0.5, got {share!r}")
        choice("anomaly_score", self.anomaly_score, ("auto", "typicality", "bound"))

    def _learn_detector(self) -> None:
        self._contamination = float(self.contamination)
        if self._of_texts and self.anomaly_score == "typicality":
            raise ParameterError(
                f'anomaly_score: expected "auto" or "bound" for {self._texts.plural}, got "typicality"'
            )
        usual = "typicality" if self._run.data().smooth else "bound"
        self._anomaly_score = usual if self.anomaly_score == "auto" else self.anomaly_score

    @property
    def anomaly_score_(self) -> str:
        """Score that `decision_function` is based on: "typicality" or "bound"."""
        self._fitted()
        return self._anomaly_score

    @property
    def offset_(self) -> float:
        """Offset subtracted from the anomaly score of an unlabelled sample in `decision_function`.

        The fraction ``contamination`` of the training samples has a lower score (of at most 10,000 evenly spaced
        samples and 128 MB; 2,000 for a conditional model).
        """
        self._fitted()
        return self._rule(labelled=False)["offset"]

    @property
    def threshold_(self) -> float:
        """Anomaly score below which `predict` labels a sample as an anomaly: `offset_`."""
        return self.offset_

    def decision_function(self, X: Any, y: Any = None) -> np.ndarray:
        """Score samples relative to the anomaly threshold.

        Parameters
        ----------
        X, y : array-like
            As for `transform`. Samples with labels are compared with training samples with labels.

        Returns
        -------
        numpy.ndarray of shape (n,), float64
            Anomaly score minus offset: negative for anomalies.

        Notes
        -----
        The score is selected by ``anomaly_score``:

        "typicality", the default for data with sides: ``-(max(r, 0)**2 + c**2) / 2``. Here c is the logarithm of a
        sample's complexity, and r the logarithm of its squared distance from its reconstruction, minus the value that a
        line fitted to the training data predicts for this complexity; both are standardised by the training data. The
        complexity of an image is its total variation, the sum of the absolute differences of neighbouring pixels, and
        of volumes, series and maps likewise; that of a row is its squared distance from the mean, standardised.
        Therefore an empty picture is an anomaly, though it is easy to reconstruct. Values outside the fitted range are
        penalised as in `score_samples`.

        The correction for complexity follows Serra et al., "Input Complexity and Out-of-distribution Detection with
        Likelihood-based Generative Models", 2020, with total variation instead of a compressor; the two-sided term c
        follows Nalisnick et al., "Detecting Out-of-Distribution Inputs to Deep Generative Models Using Typicality",
        2019.

        "bound", the default for rows: `score_samples`.
        """
        array, codes = self._read(X, y)
        return self._decided(array, codes)

    def predict(self, X: Any, y: Any = None) -> np.ndarray:
        """Classify samples as typical or anomalous.

        Parameters
        ----------
        X, y : array-like
            As for `decision_function`.

        Returns
        -------
        numpy.ndarray of shape (n,), int
            -1 if `decision_function` is negative, else 1.
        """
        return np.where(self.decision_function(X, y) < 0, -1, 1)

    def fit_predict(self, X: Any, y: Any = None, **fit_params: Any) -> np.ndarray:
        """Fit the model and label the training samples.

        Parameters
        ----------
        X : array-like
            As for `fit`.
        y : ignored
            For compatibility with scikit-learn.
        **fit_params
            As for `fit`.

        Returns
        -------
        numpy.ndarray of shape (n,), int
            -1 for anomalies (about the fraction ``contamination``), else 1.
        """
        return self.fit(X, **fit_params).predict(X)

    def _decided(self, array: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        rule = self._rule(labelled=codes is not None)
        return self._anomaly_scores(array, codes, rule) - rule["offset"]

    def _anomaly_scores(self, array: np.ndarray, codes: np.ndarray | None, rule: dict[str, Any]) -> np.ndarray:
        if self._anomaly_score == "bound":
            return self._bounds(array, codes, 1)
        return _typicality(self._statistics(array, codes), rule)

    def _rule(self, labelled: bool) -> dict[str, Any]:
        """Return the constants of the rule, computed at first use."""
        name = "labelled" if labelled and self._labels.kind != "none" else "unlabelled"
        results = self._results()
        if name not in results:
            array, codes = self._seen()
            if name == "unlabelled" and codes is not None:
                array, codes = np.ascontiguousarray(array[:: -(-len(array) // _UNLABELLED)]), None
            rule: dict[str, Any] = {}
            if self._anomaly_score == "typicality":
                rule = _usual(self._statistics(array, codes))
            scores = self._anomaly_scores(array, codes, rule)
            results[name] = rule | {"offset": float(np.quantile(scores, self._contamination))}
        found: dict[str, Any] = results[name]
        return found


def _usual(statistics: np.ndarray) -> dict[str, float]:
    """Return statistics of training samples: a line from complexity to error, and the standard deviations of both."""
    error, complexity, _ = statistics.T
    mean, deviation = complexity.mean(), max(complexity.std(), 1e-3)
    slope = float(((complexity - mean) * error).mean() / deviation**2)
    level = float(error.mean() - slope * mean)
    spread = (error - level - slope * complexity).std()
    numbers = {"slope": slope, "level": level, "spread": max(spread, 1e-3), "mean": mean, "deviation": deviation}
    return {name: float(number) for name, number in numbers.items()}


def _typicality(statistics: np.ndarray, usual: dict[str, Any]) -> np.ndarray:
    error, complexity, beyond = statistics.T
    excess = (error - usual["level"] - usual["slope"] * complexity) / usual["spread"]
    return -0.5 * (np.maximum(excess, 0) ** 2 + ((complexity - usual["mean"]) / usual["deviation"]) ** 2) - beyond
