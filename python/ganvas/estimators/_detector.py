"""Anomalies: scikit-learn's grammar of outlier detectors."""

import json
import numbers
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import OutlierMixin

from .._checks import choice
from ..exceptions import ParameterError

# Training samples for the offset without labels of a model that knows labels, where each is tried with several labels.
_UNLABELLED = 2_000


class Detector(OutlierMixin):
    """Methods that tell anomalies from typical samples.

    A detector has one rule for samples that come with labels and one for samples that do not; each has an offset of its
    own, so that either way the share ``contamination`` of the training data lies below it.
    """

    contamination: float
    anomaly_score: str

    if TYPE_CHECKING:
        # The estimator that they belong to.
        def __getattr__(self, name: str) -> Any: ...

    def _check_detector(self) -> None:
        share = self.contamination
        real = isinstance(share, numbers.Real) and not isinstance(share, bool)
        if not real or not 0 < share <= 0.5:
            raise ParameterError(f"contamination: must be above 0 and at most 0.5, got {share!r}")
        choice("anomaly_score", self.anomaly_score, ("auto", "typicality", "bound"))

    def _learn_detector(self) -> None:
        self._contamination = float(self.contamination)
        usual = "typicality" if json.loads(self._run.data())["kind"] == "image" else "bound"
        self._anomaly_score = usual if self.anomaly_score == "auto" else self.anomaly_score

    @property
    def anomaly_score_(self) -> str:
        """What `decision_function` is made of: "typicality" or "bound"."""
        self._fitted()
        return self._anomaly_score

    @property
    def offset_(self) -> float:
        """What `decision_function` takes off the anomaly score of a sample without a label.

        The share ``contamination`` of the training samples scores lower (of at most 10,000 of them and 128 MB, evenly
        chosen; of 2,000, where the model knows labels).
        """
        self._fitted()
        return self._rule(labelled=False)["offset"]

    @property
    def threshold_(self) -> float:
        """The anomaly score below which `predict` calls a sample an anomaly: `offset_`."""
        return self.offset_

    def decision_function(self, X: Any, y: Any = None) -> np.ndarray:
        """Tell how far samples are from being anomalies.

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
        The score is what ``anomaly_score`` says:

        "typicality", the default for images: minus half of ``max(r, 0)**2 + c**2``. Here c is the logarithm of a
        sample's complexity, and r that of its squared distance from its reconstruction, minus what a line fitted to
        the training data expects at this complexity; both are in standard deviations of the training data. The
        complexity of an image is its total variation, the sum of the absolute differences of neighbouring pixels; that
        of a row its squared distance from the mean, standardised. So an empty picture is an anomaly, though it is easy
        to reconstruct. A sample outside the fitted range loses as much as in `score_samples`.

        The correction for complexity follows Serra et al., "Input Complexity and Out-of-distribution Detection with
        Likelihood-based Generative Models", 2020, with total variation instead of a compressor, and the two sides of c
        follow Nalisnick et al., "Detecting Out-of-Distribution Inputs to Deep Generative Models Using Typicality",
        2019.

        "bound", the default for rows: `score_samples`.
        """
        array, codes = self._read(X, y)
        return self._decided(array, codes)

    def predict(self, X: Any, y: Any = None) -> np.ndarray:
        """Tell anomalies from typical samples.

        Parameters
        ----------
        X, y : array-like
            As for `decision_function`.

        Returns
        -------
        numpy.ndarray of shape (n,), int
            -1 where `decision_function` is negative, else 1.
        """
        return np.where(self.decision_function(X, y) < 0, -1, 1)

    def fit_predict(self, X: Any, y: Any = None, **fit_params: Any) -> np.ndarray:
        """Fit, and tell anomalies in the same data.

        Parameters
        ----------
        X : array-like
            As for `fit`.
        y : ignored
            For the grammar of scikit-learn.
        **fit_params
            As for `fit`.

        Returns
        -------
        numpy.ndarray of shape (n,), int
            -1 for anomalies, about the share ``contamination``, else 1.
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
        """Numbers of the rule, found when they are first needed."""
        name = "labelled" if labelled and self._labels.kind != "none" else "unlabelled"
        if name not in self._found:
            array, codes = self._seen()
            if name == "unlabelled" and codes is not None:
                array, codes = np.ascontiguousarray(array[:: -(-len(array) // _UNLABELLED)]), None
            rule: dict[str, Any] = {}
            if self._anomaly_score == "typicality":
                rule = _usual(self._statistics(array, codes))
            scores = self._anomaly_scores(array, codes, rule)
            self._found[name] = rule | {"offset": float(np.quantile(scores, self._contamination))}
        return self._found[name]


def _usual(statistics: np.ndarray) -> dict[str, float]:
    """Describe what training samples have: a line from complexity to error, and the deviations of both."""
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
