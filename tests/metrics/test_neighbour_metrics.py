"""Precision, recall, density and coverage against prdc."""

import numpy as np
import pytest
from prdc import compute_prdc

from ganvas import metrics
from ganvas.metrics import _distances

RNG = np.random.default_rng(0)


def both(real, generated, k):
    return {
        **metrics.precision_recall(real, generated, k)._asdict(),
        **metrics.density_coverage(real, generated, k)._asdict(),
    }


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize(("sizes", "scale"), [((80, 80), 1.0), ((60, 90), 0.4), ((90, 30), 2.0)])
def test_all_four_equal_prdc(sizes, scale, k, capsys):
    real, generated = RNG.standard_normal((sizes[0], 4)), scale * RNG.standard_normal((sizes[1], 4))
    found = both(real, generated, k)
    assert found == pytest.approx(compute_prdc(real, generated, k), abs=1e-12)
    assert 0 < found["precision"] <= 1


def test_real_against_real_is_1():
    X = RNG.standard_normal((50, 3))
    assert both(X, X, 4) == {"precision": 1, "recall": 1, "density": pytest.approx(1), "coverage": 1}


def test_distributions_far_apart_have_nothing_in_common():
    X = RNG.standard_normal((50, 3))
    assert set(both(X, X + 100, 3).values()) == {0}


def test_two_samples_of_one_distribution_have_their_expected_density_and_coverage():
    draws = [metrics.density_coverage(*RNG.standard_normal((2, 300, 2)), k=3) for _ in range(30)]
    density, coverage = np.mean(draws, axis=0)
    assert density == pytest.approx(1, abs=0.05)
    assert coverage == pytest.approx(1 - 2**-3, abs=0.02)


@pytest.mark.parametrize("unit", [1, 0.1, 1 / 3, 0.7, 1e-3, 1e3 / 7])
def test_a_neighbour_at_the_radius_is_in_the_set_but_not_in_the_ball(unit):
    # Neighbours are one unit apart, in a direction in which distances are rounded; the first generated sample is at one
    # unit from the nearest real one.
    direction = unit * np.array([[1, 2, 3, 4, 5]]) / np.sqrt(55)
    real, generated = (np.array(places)[:, None] * direction for places in ([0, 1, 2], [3, 9, 20]))
    assert metrics.precision_recall(real, generated, k=1).precision == pytest.approx(1 / 3)
    assert metrics.density_coverage(real, generated, k=1) == (0, 0)


def test_copies_are_found_among_repeated_samples():
    # The radius of a repeated sample is 0.
    real = RNG.random((10, 5)).repeat(2, axis=0)
    assert metrics.precision_recall(real, real[:6] + 0, k=1) == (1, 0.3)


@pytest.mark.parametrize("dtype", ["float", "bytes"])
def test_blocks_give_the_result_of_one_block(dtype, monkeypatch):
    real, generated = RNG.integers(0, 4, (2, 70, 2, 2)).astype(np.uint8)
    if dtype == "float":
        real, generated = real / 3, generated / 3
    whole = both(real, generated, 3)
    monkeypatch.setattr(_distances, "_BLOCK", 200)
    assert both(real, generated, 3) == whole


def test_a_large_offset_does_not_matter():
    real, generated = RNG.standard_normal((40, 3)), 0.5 * RNG.standard_normal((50, 3))
    assert both(real + 1e6, generated + 1e6, 3) == both(real, generated, 3)
