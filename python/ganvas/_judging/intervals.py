"""95 % intervals of measures."""

import math
from collections.abc import Callable

import numpy as np

from ..metrics._checks import Floats

#: Ends of an interval.
Ends = tuple[float, float]

UNKNOWN: Ends = (np.nan, np.nan)
# Quantile of the normal distribution for 95 %, and percentiles.
_NORMAL, _PERCENTILES = 1.96, (2.5, 97.5)
# Usual number of random sets for the bootstrap; number of subsets, and maximum number of samples in one.
_SETS, _SUBSETS, _SUBSET = 400, 50, 1_000


def of_mean(values: np.ndarray) -> Ends:
    """Return the interval of the mean of independent values, by the normal distribution."""
    if len(values) < 2:
        return UNKNOWN
    value, half = float(values.mean()), _NORMAL * float(values.std(ddof=1)) / math.sqrt(len(values))
    return value - half, value + half


def of_share(share: float, n: int) -> Ends:
    """Return the interval of a fraction of `n` (Wilson, "Probable Inference", 1927)."""
    spread = _NORMAL**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = _NORMAL * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return float(max(middle - half, 0)), float(min(middle + half, 1))


def bootstrapped(values: np.ndarray, statistic: Callable[[np.ndarray], float], sets: int = _SETS) -> Ends:
    """Return the percentiles of a statistic of values drawn with replacement (Efron, 1979)."""
    random = np.random.default_rng(0)
    found = [statistic(values[random.integers(len(values), size=len(values))]) for _ in range(sets)]
    low, high = np.percentile(found, _PERCENTILES)
    return float(low), float(high)


def subsampled(statistic: Callable[[Floats, Floats], float], real: Floats, made: Floats, least: int) -> Ends:
    """Return the interval of a statistic of two sets, from random subsets of both.

    The bootstrap would draw samples repeatedly, which measures of neighbours take for copies. The deviation over
    subsets of m of n samples, drawn without replacement, is sqrt(n / m - 1) times that over whole sets (Politis, Romano
    and Wolf, "Subsampling", 1999). The interval is symmetric around the value of the whole sets.

    Parameters
    ----------
    statistic : callable
    real, made : float64 array of shape (n, d) and (m, d)
    least : int
        Minimum number of samples for the statistic; the interval is unknown if half of a set has fewer.
    """
    sizes = [min(len(rows) // 2, _SUBSET) for rows in (real, made)]
    if min(sizes) < least:
        return UNKNOWN
    random = np.random.default_rng(0)

    def subset(rows: Floats, size: int) -> Floats:
        return rows[random.choice(len(rows), size, replace=False)]

    found = [statistic(subset(real, sizes[0]), subset(made, sizes[1])) for _ in range(_SUBSETS)]
    n, size = min((len(rows), size) for rows, size in zip((real, made), sizes, strict=True))
    value, half = statistic(real, made), _NORMAL * float(np.std(found, ddof=1)) / math.sqrt(n / size - 1)
    return value - half, value + half
