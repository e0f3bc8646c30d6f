"""Trivial rivals have the statistics that they are made of, and no others."""

import itertools

import numpy as np
import pytest

from ganvas._judging import rivals

RNG = np.random.default_rng(0)


def test_a_gaussian_has_mean_and_covariance_of_the_data():
    data = (RNG.normal(size=(4_000, 3)) @ [[2, 0, 0], [1, 1, 0], [0, 1, 0.5]] + [5, 0, 1]).astype(np.float32)
    made = rivals.gaussian(data, 4_000, np.random.default_rng(1))
    assert made.shape == (4_000, 3)
    np.testing.assert_allclose(made.mean(0), data.mean(0), atol=0.15)
    largest = np.linalg.eigvalsh(np.cov(data.T))[-1]
    assert np.linalg.eigvalsh(np.cov(made.T))[-1] == pytest.approx(largest, rel=0.1)
    assert (made.min(0) >= data.min(0)).all() and (made.max(0) <= data.max(0)).all()


def test_classes_have_rivals_of_their_own():
    classes = np.arange(400) % 2
    data = (10 * classes[:, None, None] + RNG.random((400, 2, 2))).astype(np.float32)
    made = rivals.draw("image", data, classes, 0)
    np.testing.assert_allclose([made[classes == code].mean() for code in (0, 1)], [0.5, 10.5], atol=0.1)
    together = rivals.draw("image", data, None, 0)
    assert abs(together[classes == 0].mean() - 5.5) < 1


def test_a_class_of_one_sample_is_drawn_from_all():
    data = RNG.random((9, 2)).astype(np.float32)
    made = rivals.draw("row", data, np.arange(9) // 8, 0)
    assert np.isfinite(made).all()


def test_rolls_keep_two_values():
    data = (RNG.random((50, 2, 4, 6, 1)) > 0.7).astype(np.float32) * 3 - 1
    assert set(np.unique(rivals.draw("roll", data, None, 0))) == {-1, 2}


def test_maps_follow_the_neighbours():
    # A symbol is 1 more than the one to its left, modulo 3, and equal to the one above.
    rows = (np.arange(8) + np.arange(60)[:, None]) % 3
    maps = np.repeat(rows[:, None], 5, axis=1)
    made = rivals.neighbouring(maps, 200, np.random.default_rng(0))
    inner = made[:, 1:, 1:]
    right = (inner == (made[:, 1:, :-1] + 1) % 3).mean()
    above = (inner == made[:, :-1, 1:]).mean()
    assert min(right, above) > 0.85, "counts are smoothed, so that other symbols follow as well"
    shares = np.bincount(made[:, 0, 0], minlength=3) / 200
    np.testing.assert_allclose(shares, 1 / 3, atol=0.12)


def test_texts_follow_pairs_of_tokens():
    # 0 1 2 end, 0 2 1 end.
    train = np.array([[0, 1, 2, 3, -1], [0, 2, 1, 3, -1]] * 20)
    made = rivals.following(train, 300, np.random.default_rng(0))
    assert (made[:, 0] == 0).all()
    known = {(0, 1), (0, 2), (1, 2), (2, 1), (1, 3), (2, 3), (3, -1)}
    found = {tuple(map(int, pair)) for row in made for pair in itertools.pairwise(row) if pair[0] >= 0}
    assert found == known


def test_projections_are_those_of_pca():
    data = RNG.random((100, 4, 4)).astype(np.float32)
    exact = rivals.projected(data, data, 16)
    np.testing.assert_allclose(exact, data, atol=1e-5)
    worse = rivals.projected(data, data, 2)
    assert np.square(worse - data).mean() > 0.01
