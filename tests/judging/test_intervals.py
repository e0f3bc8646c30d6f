"""Intervals cover the true value about as often as they say."""

import numpy as np
import pytest

from ganvas._judging import intervals
from ganvas.metrics import frechet_distance, precision_recall

TRIALS = 100


def covered(ends, truth):
    return np.mean([low <= truth <= high for low, high in ends])


def test_of_mean():
    rng = np.random.default_rng(0)
    assert covered([intervals.of_mean(rng.exponential(size=80)) for _ in range(TRIALS)], 1) > 0.88
    assert np.isnan(intervals.of_mean(np.ones(1))).all()


@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_of_share(share):
    rng = np.random.default_rng(0)
    ends = [intervals.of_share(rng.binomial(60, share) / 60, 60) for _ in range(TRIALS)]
    assert covered(ends, share) > 0.88
    assert all(0 <= low < high <= 1 for low, high in ends)


def test_bootstrapped():
    rng = np.random.default_rng(0)
    ends = [intervals.bootstrapped(rng.normal(size=60), lambda x: float(np.median(x))) for _ in range(TRIALS)]
    assert covered(ends, 0) > 0.88


@pytest.mark.parametrize(
    "statistic", [frechet_distance, lambda x, y: precision_recall(x, y).precision], ids=["frechet", "precision"]
)
def test_subsampled_width_is_the_spread_over_fresh_sets(statistic):
    rng = np.random.default_rng(0)

    def sets():
        return rng.normal(size=(200, 3)), rng.normal(0.7, 1, size=(200, 3))

    spread = np.std([statistic(*sets()) for _ in range(60)])
    widths = [np.diff(intervals.subsampled(statistic, *sets(), least=4))[0] for _ in range(10)]
    assert np.mean(widths) == pytest.approx(2 * 1.96 * spread, rel=0.3)


def test_too_few_samples_have_no_interval():
    rows = np.random.default_rng(0).normal(size=(6, 2))
    assert np.isnan(intervals.subsampled(frechet_distance, rows, rows, least=4)).all()
