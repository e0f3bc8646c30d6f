"""The guard of a training: looks at it between epochs, and tells once what goes wrong."""

import dataclasses
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import _core
from ..._warnings import warn
from . import RULES, Diagnosis, Look, Rule, Signs

if TYPE_CHECKING:
    from ...estimators._trainer import Trainer

# Fraction of the training time that looks may take.
_SHARE = 0.01
# Steps before the first look that measures: one costs about as much as a step.
_FIRST = 100
# Number of looks above which every second one is dropped, and of the samples that are drawn.
_MOST, _SAMPLES = 64, 64


class Guard:
    """Watches one call of `fit` or `partial_fit`.

    Looks are made at ends of epochs, as often as their time stays below a hundredth of that of the training. Between
    them nothing is called or read, so that steps are not slower.

    Parameters
    ----------
    estimator : estimator
        Has the previous looks and diagnoses, and takes the new ones.
    run : Run
    data : array or stream
        Training data.
    goal : int
        Number of epochs at the end of the training.
    """

    def __init__(self, estimator: "Trainer", run: _core.Run, data: Any, goal: int) -> None:
        self._estimator, self._run, self._data, self._goal = estimator, run, data, goal
        self._settings = run.settings()
        self._untold: list[tuple[Rule, Diagnosis]] = []
        self._begun, self._spent = time.perf_counter(), 0.0
        self._step = run.progress().step
        # The samples of the last look, and the mean distance of the data.
        self._before: np.ndarray | None = None
        self._distance: float | None = None

    def look(self, history: Mapping[str, np.ndarray]) -> None:
        """Look at the training at the end of an epoch."""
        begun, progress = time.perf_counter(), self._run.progress()
        last = progress.epoch >= self._goal
        due = self._spent <= _SHARE * (begun - self._begun)
        if not (due or last):
            return
        goal = max(self._goal, self._settings["epochs"])
        signs = Signs(self._settings, history, self._estimator._looks, progress.step, goal, last)
        if signs.adversarial and due and progress.step - self._step >= _FIRST:
            self._measure(progress.step)
            signs = dataclasses.replace(signs, looks=self._estimator._looks)
        known = {told[0] for told in self._estimator._told}
        for rule in RULES:
            evidence = None if rule.name in known else rule.evidence(signs)
            if evidence is not None:
                found = Diagnosis(rule.name, progress.epoch, evidence, rule.remedy(self._settings))
                self._estimator._told = (*self._estimator._told, found)
                self._untold.append((rule, found))
        self._spent += time.perf_counter() - begun

    def tell(self) -> None:
        """Warn of what was found."""
        while self._untold:
            rule, found = self._untold.pop(0)
            warn(f"{rule.headline}: {found.evidence}; {found.remedy}", rule.category)

    def rewound(self) -> None:
        """Forget what was measured after the step to which the run has returned."""
        step = self._run.progress().step
        self._estimator._looks = tuple(look for look in self._estimator._looks if look.step <= step)
        self._settings, self._before = self._run.settings(), None
        self._step = min(self._step, step)

    def _measure(self, step: int) -> None:
        # Families without a generator have no measurement yet.
        gradient = dict(self._run.gradients()).get("generator")
        if gradient is None:
            return
        looks = (*self._estimator._looks, Look(step, gradient, *self._spread()))
        self._estimator._looks = looks if len(looks) <= _MOST else looks[::2]

    def _spread(self) -> tuple[float, float]:
        """Return how much samples of fixed latents differ from each other, and from those of the last look."""
        if self._distance is None:
            real = self._estimator._real_samples(self._data, _SAMPLES)
            self._distance = 0.0 if real is None else _mean_distance(real)
        samples = self._estimator._fixed_samples(_SAMPLES) if self._distance > 0 else None
        if samples is None:
            return np.nan, np.nan
        before, self._before = self._before, samples
        change = np.nan if before is None else float(np.linalg.norm(samples - before, axis=1).mean())
        return _mean_distance(samples) / self._distance, change / self._distance


def _mean_distance(x: np.ndarray) -> float:
    """Return the mean distance between two of the rows (n, d)."""
    lengths = np.einsum("ij,ij->i", x, x)
    squared = lengths[:, None] + lengths - 2 * x @ x.T
    return float(np.sqrt(np.maximum(squared, 0)).sum() / max(1, len(x) * (len(x) - 1)))
