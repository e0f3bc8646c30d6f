"""Diversity and histograms of modes: closed forms."""

import numpy as np
import pytest

import ganvas
from ganvas import metrics
from ganvas.metrics import _distances

RNG = np.random.default_rng(0)
SQUARE = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0], [3.0, 4.0]])


def test_mean_distance_of_a_rectangle():
    assert metrics.diversity(SQUARE).distance == pytest.approx((2 * 3 + 2 * 4 + 2 * 5) / 6)


def test_vendi_score_of_two_samples():
    # Eigenvalues (1 + s) / 2 and (1 - s) / 2 for similarity s; the width is the distance of the two, so s = exp(-1/2).
    p = (1 + np.exp(-0.5)) / 2
    expected = np.exp(-p * np.log(p) - (1 - p) * np.log(1 - p))
    assert metrics.diversity([[0.0], [7.0]]).vendi == pytest.approx(expected)


def test_vendi_score_counts_groups_that_are_far_apart():
    # The data are narrow, so that the kernel is 0 between groups and 1 within.
    groups = np.repeat(100.0 * np.arange(4)[:, None], 5, axis=0)
    result = metrics.diversity(groups, data=RNG.random((20, 1)))
    assert result.vendi == pytest.approx(4)
    assert result.distance_ratio > 100


def test_equal_samples_have_no_variety():
    assert metrics.diversity(np.ones((5, 3))) == pytest.approx((0, 1, np.nan, np.nan), nan_ok=True)
    result = metrics.diversity(np.ones((5, 3)), data=SQUARE[:, [0, 1, 1]])
    assert (result.distance, result.distance_ratio) == (0, 0)
    assert result.vendi == pytest.approx(1)
    assert result.vendi_ratio < 1


def test_data_against_data_has_ratios_of_1():
    X = RNG.standard_normal((60, 4))
    assert metrics.diversity(X, X)[2:] == pytest.approx((1, 1))
    halves = metrics.diversity(X[:40], X[20:])
    assert halves[2:] == pytest.approx((1, 1), abs=0.15)


def test_large_sets_are_reduced_to_one_number_of_samples():
    X = RNG.standard_normal((300, 2))
    first, again, second = (metrics.diversity(X, X, subsample=50, random_state=seed) for seed in (0, 0, 1))
    assert first == again != second
    # With 300 against 50 samples the score of the larger set would be higher.
    assert metrics.diversity(X, X[:50]).vendi_ratio == pytest.approx(1, abs=0.1)
    assert 1 < first.vendi < 50


def test_blocks_give_the_result_of_one_block(monkeypatch):
    X, Y = RNG.standard_normal((2, 60, 3))
    whole = metrics.diversity(X, Y)
    monkeypatch.setattr(_distances, "_BLOCK", 250)
    assert metrics.diversity(X, Y) == pytest.approx(whole, rel=1e-12)


def test_histogram_of_a_rectangle():
    samples = np.concatenate([SQUARE[[0, 0, 0, 1]] + 0.1, [[1.4, 2.0]]])
    result = metrics.mode_histogram(samples, SQUARE)
    np.testing.assert_array_equal(result.counts, [3, 1, 0, 0])
    assert result.high_quality == pytest.approx(4 / 5)
    assert result.found == 2
    assert result.kl == pytest.approx(np.log(4) - (0.75 * np.log(4 / 3) + 0.25 * np.log(4)))


def test_the_radius_is_half_the_smallest_gap_and_part_of_the_disc():
    samples = np.array([[1.5, 0.0], [0.0, 1.51]])
    assert metrics.mode_histogram(samples, SQUARE).high_quality == 0.5
    assert metrics.mode_histogram(samples, SQUARE, radius=1.6).high_quality == 1
    assert metrics.mode_histogram(samples, SQUARE, radius=1).kl == np.inf


def test_the_grid_has_25_even_modes():
    ticks = np.arange(-4.0, 5.0, 2.0)
    modes = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    X = ganvas.data.grid(20_000, random_state=0)
    result = metrics.mode_histogram(X, modes, radius=3 * 0.05)
    assert result.found == 25
    # The share of a normal in the plane within three standard deviations.
    assert result.high_quality == pytest.approx(1 - np.exp(-9 / 2), abs=0.003)
    assert 0 < result.kl < 0.005
    half = metrics.mode_histogram(X[X[:, 0] < 1], modes)
    assert half.found == 15
    assert half.kl == pytest.approx(np.log(25 / 15), abs=0.005)


def test_even_counts_have_no_divergence():
    assert metrics.mode_histogram(SQUARE, SQUARE).kl == 0
