"""Distances between distributions: closed forms, values of torch-fidelity, and independent estimates."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.stats import wasserstein_distance
from sklearn.datasets import load_digits
from sklearn.metrics.pairwise import polynomial_kernel, rbf_kernel

from ganvas import metrics
from ganvas.metrics import _distances

DIGITS = load_digits().data / 16
A, B = DIGITS[:800], DIGITS[800:1600]
RNG = np.random.default_rng(0)


def exact(n, mean, covariance):
    """Samples whose mean and covariance are exactly these."""
    z = RNG.standard_normal((n, len(mean)))
    z = np.linalg.qr(z - z.mean(axis=0))[0] * np.sqrt(n - 1)
    return z @ np.linalg.cholesky(covariance).T + mean


def unbiased(k_xx, k_yy, k_xy):
    """Squared maximum mean discrepancy from whole kernel matrices."""
    inside = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in (k_xx, k_yy)]
    return sum(inside) - 2 * k_xy.mean()


def test_frechet_distance_of_gaussians_with_diagonal_covariances():
    x = exact(60, np.array([0.0, 1.0, 2.0]), np.diag([1.0, 4.0, 9.0]))
    y = exact(50, np.array([1.0, 1.0, 0.0]), np.diag([4.0, 4.0, 1.0]))
    assert metrics.frechet_distance(x, y) == pytest.approx((1 + 4) + (1 + 0 + 4), abs=1e-9)


def test_frechet_distance_of_gaussians_whose_covariances_do_not_commute():
    s, t = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[5.0, -2.0], [-2.0, 1.0]])
    expected = np.trace(s + t) - 2 * np.trace(sqrtm(s @ t)).real
    x, y = exact(40, np.zeros(2), s), exact(30, np.zeros(2), t)
    assert metrics.frechet_distance(x, y) == pytest.approx(expected, abs=1e-9)


def test_frechet_and_kernel_distance_have_the_values_of_torch_fidelity():
    # torch-fidelity 0.4.0 on A and B: frechet_inception_distance, and kernel_inception_distance with one subset of 800.
    # It is not installed for the tests because it needs torchvision.
    assert metrics.frechet_distance(A, B) == pytest.approx(0.34937888444240706, abs=1e-6)
    assert metrics.kernel_distance(A, B) == pytest.approx(0.005480143300561124, abs=1e-12)
    # The mean of 1,000 subsets of 200, whose standard deviation is 0.00227.
    subsets = metrics.kernel_distance(A, B, subsets=300, subset_size=200)
    assert subsets == pytest.approx(0.005513, abs=5 * 0.00227 / np.sqrt(300))


def test_frechet_distance_of_equal_samples_is_zero_with_fewer_samples_than_features():
    assert metrics.frechet_distance(A[:20], A[:20]) == pytest.approx(0, abs=1e-9)
    assert metrics.frechet_distance(A, A[::-1]) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_of_single_values():
    x, y = exact(20, np.zeros(1), np.eye(1)), exact(20, np.ones(1), 9 * np.eye(1))
    assert metrics.frechet_distance(x[:, 0], y[:, 0]) == pytest.approx(1 + (3 - 1) ** 2, abs=1e-9)


def test_kernel_distance_of_sets_of_two_sizes():
    x, y = A[:100], B[:37]
    kernels = [polynomial_kernel(a, b, degree=3) for a, b in ((x, x), (y, y), (x, y))]
    assert metrics.kernel_distance(x, y) == pytest.approx(unbiased(*kernels), abs=1e-12)


def test_subsets_of_all_samples_are_one_estimate():
    assert metrics.kernel_distance(A[:50], B[:50], subsets=3) == pytest.approx(metrics.kernel_distance(A[:50], B[:50]))
    first, second = (metrics.kernel_distance(A, B, 2, 100, random_state=seed) for seed in (1, 2))
    assert first == metrics.kernel_distance(A, B, 2, 100, random_state=1) != second


def test_mmd_of_sets_of_two_sizes():
    x, y = A[:100], B[:37]
    kernels = [rbf_kernel(a, b, gamma=1 / (2 * 1.7**2)) for a, b in ((x, x), (y, y), (x, y))]
    assert metrics.mmd(x, y, bandwidth=1.7) == pytest.approx(unbiased(*kernels), abs=1e-12)


def test_mmd_of_points_far_apart():
    # Within a set all points are equal, across the kernel is 0.
    x = np.zeros((3, 2))
    assert metrics.mmd(x, x + 100, bandwidth=1) == pytest.approx(2)
    assert metrics.mmd(x, x, bandwidth=1) == pytest.approx(0)


def test_mmd_finds_the_median_distance_of_both_sets():
    # Distances: 2 within x, 4 within y, and 9, 11, 13, 15 across, with median 10.
    x, y = np.array([0.0, 2.0]), np.array([11.0, 15.0])
    assert metrics.mmd(x, y) == pytest.approx(metrics.mmd(x, y, bandwidth=10), abs=1e-12)


@pytest.mark.parametrize("distance", [metrics.mmd, metrics.kernel_distance])
def test_discrepancy_of_one_distribution_is_zero_on_average(distance):
    found = [distance(*RNG.standard_normal((2, 40, 3))) for _ in range(300)]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(300)
    assert min(found) < 0 < max(found)


def test_sliced_wasserstein_of_moved_samples():
    # The mean squared cosine of a random direction in d dimensions is 1 / d.
    x, move = RNG.standard_normal((50, 4)), np.array([1.0, 2.0, 2.0, 0.0])
    assert metrics.sliced_wasserstein(x, x + move, 20_000) == pytest.approx(3 / np.sqrt(4), rel=0.02)
    assert metrics.sliced_wasserstein(x, x[::-1]) == 0


def test_sliced_wasserstein_in_one_dimension_is_exact_for_two_sizes():
    # Quantiles 0, 0, 6, 6, 6, 6 and 0, 0, 0, 3, 3, 3 for each sixth.
    assert metrics.sliced_wasserstein([0, 6, 6], [0, 3]) == pytest.approx(np.sqrt((0 + 0 + 36 + 9 + 9 + 9) / 6))
    x = RNG.standard_normal(30)
    np.testing.assert_allclose(metrics.sliced_wasserstein(x, np.repeat(x, 3)), 0, atol=1e-12)
    # A single sample moves all mass by one amount, for which all orders of the distance agree.
    assert metrics.sliced_wasserstein(x * 0 + 1, [5]) == pytest.approx(wasserstein_distance(x * 0 + 1, [5]))


def test_directions_follow_the_seed():
    values = [metrics.sliced_wasserstein(A, B, 5, random_state=seed) for seed in (1, 1, 2)]
    assert values[0] == values[1] != values[2]


@pytest.mark.parametrize(
    "distance", [metrics.mmd, metrics.kernel_distance, lambda x, y: metrics.sliced_wasserstein(x, y, 16)]
)
def test_blocks_give_the_result_of_one_block(distance, monkeypatch):
    whole = distance(A[:90], B[:70])
    monkeypatch.setattr(_distances, "_BLOCK", 700)
    assert distance(A[:90], B[:70]) == pytest.approx(whole, abs=1e-12)


def test_a_large_offset_does_not_matter():
    x, y = RNG.standard_normal((2, 60, 3))
    assert metrics.mmd(x + 1e8, y + 1e8) == pytest.approx(metrics.mmd(x, y), abs=1e-6)
