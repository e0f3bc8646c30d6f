"""Copies of training data are found, and independent samples are not blamed."""

import numpy as np
import pytest

from ganvas import metrics
from ganvas.metrics import _distances

RNG = np.random.default_rng(0)


def draw(n):
    return RNG.standard_normal((n, 6))


def test_distances_and_pairs_of_points_on_a_line():
    train, held_out = np.array([0.0, 10.0, 20.0]), np.array([12.0, 16.0, 40.0])
    result = metrics.memorisation(train, np.array([11.0, 20.0, 20.0, 3.0]), held_out)
    np.testing.assert_array_equal(result.pairs, [[1, 2], [2, 2], [0, 1], [3, 0]])
    np.testing.assert_array_equal(result.distances, [0, 0, 1, 3])
    np.testing.assert_array_equal(result.held_out_distances, [2, 4, 20])
    assert result.distance_ratio == 0.5 / 4
    assert result.copies == 0.5
    # At most half of the median distance 4.
    assert result.near_copies == 0.75
    assert result.held_out_near_copies == pytest.approx(1 / 3)
    result_near = metrics.memorisation(train, [11.0, 23.5], held_out, near=0.9)
    assert (result_near.near_copies, result_near.held_out_near_copies) == (1, pytest.approx(1 / 3))
    assert result.duplicates == 0.25
    # 20 and 3 are nearest to training data; 11 is as near to 12 as to 10.
    assert result.train_share == pytest.approx((2 + 1 + 0.5) / 4)
    assert result.expected_share == 0.5


def test_the_p_value_is_that_of_all_divisions():
    # Three generated samples on three of four points: half of the six divisions in two have at least two of the three.
    train, held_out = np.array([0.0, 1.0]), np.array([5.0, 9.0])
    result = metrics.memorisation(train, np.array([0.0, 1.0, 5.0]), held_out, permutations=20_000)
    assert result.p_value == pytest.approx(0.5, abs=0.02)
    result = metrics.memorisation(train, np.array([0.0, 0.0, 1.0]), held_out, permutations=20_000)
    assert result.p_value == pytest.approx(1 / 6, abs=0.02)


def test_copies_of_training_data_are_memory():
    train, held_out = draw(100), draw(100)
    result = metrics.memorisation(train, train[:50] + 0.01, held_out)
    assert result.memorised
    assert result.p_value == pytest.approx(0.001)
    assert result.train_share > 0.95
    assert (result.copies, result.near_copies) == (0, 1)
    assert result.held_out_near_copies < 0.2


def test_independent_samples_fail_the_test_as_rarely_as_stated():
    # 60 trials with probability 0.01: at least 5 have probability 0.0004.
    found = [metrics.memorisation(draw(40), draw(60), draw(30), permutations=199) for _ in range(60)]
    assert sum(result.memorised for result in found) < 5
    assert np.mean([result.train_share for result in found]) == pytest.approx(40 / 70, abs=0.05)
    assert np.mean([result.p_value for result in found]) == pytest.approx(0.5, abs=0.15)


def test_blurred_samples_are_near_but_no_memory():
    result = metrics.memorisation(draw(200), 0.3 * draw(200), draw(200))
    assert result.distance_ratio < 0.8
    assert not result.memorised


def test_one_sample_repeated_is_no_proof():
    result = metrics.memorisation(draw(50), np.zeros((100, 6)), draw(50))
    assert result.duplicates == 0.99
    assert not result.memorised


def test_data_that_repeat_in_both_sets_are_shared():
    X = draw(30)
    result = metrics.memorisation(X, X, X[::-1])
    assert result.train_share == result.expected_share == 0.5
    assert np.isnan(result.distance_ratio)
    assert (result.copies, result.near_copies, result.memorised) == (1, 1, False)


def test_the_seed_decides():
    data = draw(40), draw(30), draw(40)
    first, again = (metrics.memorisation(*data, random_state=0).p_value for _ in range(2))
    assert first == again
    assert len({metrics.memorisation(*data, random_state=seed).p_value for seed in range(5)}) > 1


def test_blocks_give_the_result_of_one_block(monkeypatch):
    data = draw(40), draw(30), draw(35)
    whole = metrics.memorisation(*data)
    monkeypatch.setattr(_distances, "_BLOCK", 100)
    for one, other in zip(whole, metrics.memorisation(*data), strict=True):
        np.testing.assert_array_equal(one, other)
