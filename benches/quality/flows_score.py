"""Distances of points from those of the true distribution, from arrays alone; does not import ganvas.

The sliced Wasserstein distance is the mean over 256 directions of the mean distance of sorted projections. A ratio of 1
means that samples are as near to real points as other real points are.
"""

import numpy as np

POINTS, DIRECTIONS = 5_000, 256


def sliced_wasserstein(a: np.ndarray, b: np.ndarray, seed: int = 0) -> float:
    """Return the distance of two sets of as many points, (n, d) each."""
    directions = np.random.default_rng(seed).normal(size=(a.shape[1], DIRECTIONS))
    directions /= np.linalg.norm(directions, axis=0)
    return float(np.abs(np.sort(a @ directions, 0) - np.sort(b @ directions, 0)).mean())


def equal(draws: list[np.ndarray]) -> float:
    """Return the mean distance of pairs of real sets."""
    half = len(draws) // 2
    return float(np.mean([sliced_wasserstein(a, b) for a, b in zip(draws[:half], draws[half:], strict=True)]))


def ratio(made: np.ndarray, draws: list[np.ndarray]) -> float:
    """Return the mean distance from real sets over that of real sets from each other."""
    return float(np.mean([sliced_wasserstein(made, draw) for draw in draws])) / equal(draws)


def gaussian(points: np.ndarray, seed: int) -> np.ndarray:
    """Draw from a normal distribution with the mean and covariance of points."""
    return np.random.default_rng(seed).multivariate_normal(points.mean(0), np.cov(points.T), POINTS)
