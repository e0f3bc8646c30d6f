"""Measures by classifiers: which classes they see in samples, and what they learn from them."""

import numpy as np

from .. import metrics
from ..metrics._models import logistic
from . import intervals
from .intervals import Ends
from .report import Better, Measure
from .trial import Trial


def class_accuracy(trial: Trial) -> Measure:
    """Count the samples that a classifier of real data assigns to the class they were generated for."""
    classifier = logistic().fit(trial.rows["other"], trial.other_y)
    sets = {"made": trial.other_y, "real": trial.real_y, "rival": trial.other_y}
    shares = [float(classifier.score(trial.rows[of], y)) for of, y in sets.items()]
    meaning = "fraction of samples that a classifier of real data assigns to their class"
    return _measure(trial, shares, intervals.of_share(shares[0], len(trial.made)), "higher", meaning)


def class_frequencies(trial: Trial) -> Measure:
    """Compare the frequencies of classes, as a classifier of real data assigns them."""
    classifier = logistic().fit(trial.rows["other"], trial.other_y)

    def shares(labels: np.ndarray) -> np.ndarray:
        return (labels[:, None] == classifier.classes_).mean(0)

    real = shares(classifier.predict(trial.rows["real"]))

    def distance(labels: np.ndarray) -> float:
        return float(np.abs(shares(labels) - real).sum() / 2)

    found = [classifier.predict(trial.rows[of]) for of in ("made", "other", "rival")]
    ends = intervals.bootstrapped(found[0], distance)
    return _measure(trial, [*map(distance, found)], ends, "lower", "total variation distance of class frequencies")


def train_on_synthetic(trial: Trial) -> Measure:
    """Train a classifier on samples, and test it on real data."""
    rows = trial.rows
    shares = [
        metrics.train_on_synthetic(rows[of], trial.other_y, rows["real"], trial.real_y)
        for of in ("made", "other", "rival")
    ]
    ends = intervals.of_share(shares[0], len(trial.real))
    return _measure(trial, shares, ends, "higher", "accuracy on real data of a classifier trained on samples")


def two_sample_test(trial: Trial) -> Measure:
    """Train a classifier to tell samples from real data."""
    rows = trial.rows
    tests = [metrics.two_sample_test(rows["real"], rows[of]) for of in ("made", "other", "rival")]
    # Half of as many samples of each set as the smaller one has are tested.
    ends = intervals.of_share(tests[0].accuracy, min(len(trial.real), len(trial.made)))
    meaning = "accuracy of a classifier that tells samples from real data"
    return _measure(trial, [test.accuracy for test in tests], ends, "lower", meaning)


def is_told(trial: Trial) -> bool:
    """Return True if samples are generated for classes."""
    return _has_classes(trial) and trial.given is not None


def is_not_told(trial: Trial) -> bool:
    """Return True if there are classes, which the model does not know."""
    return _has_classes(trial) and trial.given is None


def _has_classes(trial: Trial) -> bool:
    return min(len(np.unique(y)) for y in (trial.other_y, trial.real_y)) > 1


def _measure(trial: Trial, values: list[float], ends: Ends, better: Better, meaning: str) -> Measure:
    """Make a measure of the values of the model, of real data and of the rival."""
    value, real, rival = values
    return Measure(value, *ends, real, rival, trial.rival_name, better, meaning)
