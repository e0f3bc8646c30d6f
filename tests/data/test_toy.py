import numpy as np
import pytest

from ganvas import data
from ganvas.exceptions import ParameterError

every_toy = pytest.mark.parametrize("toy", [data.ring, data.grid, data.swiss_roll])


@every_toy
def test_points_are_float32_in_the_plane(toy):
    X = toy()
    assert X.shape == (10_000, 2)
    assert X.dtype == np.float32
    assert X.flags.c_contiguous
    assert toy(1).shape == (1, 2)


@every_toy
def test_an_integer_repeats_the_points(toy):
    np.testing.assert_array_equal(toy(50, random_state=3), toy(50, random_state=np.int64(3)))
    assert (toy(50, random_state=3) != toy(50, random_state=4)).any()
    assert (toy(50) != toy(50)).any()


@every_toy
@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState])
def test_a_generator_goes_on_from_call_to_call(toy, make):
    first, second = make(0), make(0)
    a, b = toy(50, random_state=first), toy(50, random_state=first)
    assert (a != b).any()
    np.testing.assert_array_equal(a, toy(50, random_state=second))


@every_toy
def test_the_global_state_of_numpy_is_untouched(toy):
    before = np.random.get_state()
    toy(10)
    toy(10, random_state=0)
    np.testing.assert_array_equal(before[1], np.random.get_state()[1])


def test_ring_has_8_even_modes_on_the_unit_circle():
    X = data.ring(80_000, random_state=0)
    angles = np.arctan2(X[:, 1], X[:, 0]) / (2 * np.pi / 8)
    modes = np.rint(angles).astype(int) % 8
    np.testing.assert_allclose(np.bincount(modes), 10_000, rtol=0.05)
    centre = np.stack([np.cos(modes * np.pi / 4), np.sin(modes * np.pi / 4)], axis=1)
    np.testing.assert_allclose((X - centre).std(axis=0), 0.01, rtol=0.02)


def test_grid_has_25_even_modes():
    X = data.grid(250_000, random_state=0)
    centres = np.rint(X / 2) * 2
    found, counts = np.unique(centres, axis=0, return_counts=True)
    assert set(map(tuple, found.tolist())) == {(a, b) for a in range(-4, 5, 2) for b in range(-4, 5, 2)}
    np.testing.assert_allclose(counts, 10_000, rtol=0.05)
    np.testing.assert_allclose((X - centres).std(axis=0), 0.05, rtol=0.02)


def test_swiss_roll_winds_one_and_a_half_times():
    X = data.swiss_roll(50_000, random_state=0)
    radius = np.hypot(X[:, 0], X[:, 1])
    assert 0.2 < radius.min() < 0.4
    assert 0.95 < radius.max() < 1.15
    angle = 4.5 * np.pi * radius
    away = X - radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert np.abs(away).mean() < 0.2


@every_toy
@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"n": 0}, "n: must be at least 1, got 0"),
        ({"n": -5}, "n: must be at least 1, got -5"),
        ({"n": 10**12}, "n: must be at most 100000000, got 1000000000000"),
        ({"n": True}, "n: expected an integer, got True"),
        ({"n": 2.5}, "n: expected an integer, got 2.5"),
        ({"random_state": -1}, "random_state: must be at least 0, got -1"),
        (
            {"random_state": "seed"},
            "random_state: expected None, an integer or a numpy generator, got 'seed'",
        ),
        ({"random_state": True}, "random_state: expected None, an integer or a numpy generator, got True"),
    ],
)
def test_a_wrong_parameter_is_a_parameter_error(toy, parameters, text):
    with pytest.raises(ParameterError) as error:
        toy(**parameters)
    assert str(error.value) == text
