"""Measures of generated samples against real ones, of features of both."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from .. import metrics
from .._checks import choice
from ..exceptions import ParameterError
from ..metrics._checks import Floats
from . import intervals
from .report import Better, Measure
from .trial import Trial


class Statistic(NamedTuple):
    """A measure of generated samples against real ones.

    Attributes
    ----------
    compute : callable
        Function of the features of real and of generated samples, ``(n, d)`` each.
    better : {"higher", "lower", "near"}
    least : int
        Minimum number of samples of each.
    highest : float
        Largest value; the smallest is 0, except that of unbiased estimates.
    meaning : str
    """

    compute: Callable[[Floats, Floats], float]
    better: Better
    least: int
    highest: float
    meaning: str


def _precision(real: Floats, made: Floats) -> float:
    return metrics.precision_recall(real, made).precision


def _recall(real: Floats, made: Floats) -> float:
    return metrics.precision_recall(real, made).recall


def _density(real: Floats, made: Floats) -> float:
    return metrics.density_coverage(real, made).density


def _coverage(real: Floats, made: Floats) -> float:
    return metrics.density_coverage(real, made).coverage


def _diversity(real: Floats, made: Floats) -> float:
    # Equal samples have no distance to compare with.
    return metrics.diversity(made, real).distance_ratio if np.ptp(real, axis=0).any() else np.nan


#: Statistics by name. The k-th neighbours, 3 and 5, are those of the papers.
STATISTICS = {
    "frechet_distance": Statistic(
        metrics.frechet_distance, "lower", 2, np.inf, "distance of Gaussians fitted to features"
    ),
    "kernel_distance": Statistic(
        metrics.kernel_distance, "lower", 2, np.inf, "squared discrepancy of features with a cubic kernel"
    ),
    "sliced_wasserstein": Statistic(
        metrics.sliced_wasserstein, "lower", 2, np.inf, "distance of random projections of features"
    ),
    "precision": Statistic(_precision, "higher", 4, 1, "fraction of samples that lie among real data"),
    "recall": Statistic(_recall, "higher", 4, 1, "fraction of real data that lie among samples"),
    "density": Statistic(_density, "near", 6, np.inf, "neighbourhoods of real data that contain a sample"),
    "coverage": Statistic(_coverage, "higher", 6, 1, "fraction of real data with a sample among the neighbours"),
    "diversity": Statistic(_diversity, "near", 2, np.inf, "mean distance between samples over that of real data"),
}

#: Other names of statistics.
ALIASES = {"fid": "frechet_distance", "kid": "kernel_distance"}


def names_of(said: str | Sequence[str], known: Iterable[str] = STATISTICS) -> list[str]:
    """Validate names of measures among the `known` ones."""
    names = [said] if isinstance(said, str) else list(said)
    if not names:
        raise ParameterError("metrics: expected names of measures, got none")
    return [choice("metric", ALIASES.get(name, name), list(known)) for name in names]


def compare(name: str, trial: Trial) -> Measure:
    """Compare generated samples with real ones by one of the statistics."""
    statistic, rows = STATISTICS[name], trial.rows
    real, made = rows["real"], rows["made"]
    value, other, rival = (compared(statistic, real, rows[of]) for of in ("made", "other", "rival"))
    low, high = intervals.UNKNOWN
    if not np.isnan(value):
        low, high = intervals.subsampled(statistic.compute, real, made, statistic.least)
    low = low if name == "kernel_distance" else np.maximum(low, 0)
    ends = float(low), float(np.minimum(high, statistic.highest))
    return Measure(value, *ends, other, rival, trial.rival_name, statistic.better, statistic.meaning)


def compared(statistic: Statistic, real: Floats, others: Floats) -> float:
    """Compute a statistic; NaN if there are too few samples."""
    return statistic.compute(real, others) if min(len(real), len(others)) >= statistic.least else np.nan
