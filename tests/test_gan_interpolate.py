"""Interpolation between samples of a GAN."""

import numpy as np
import pytest
import torch

import ganvas
from ganvas import GanTrainer
from ganvas.exceptions import DataError, NotFittedError, ParameterError, ShapeError, UnknownNameError

pytestmark = pytest.mark.usefixtures("one_thread")

X, Y = ganvas.data.load_digits(size=8, return_y=True)


@pytest.fixture(scope="module")
def gan():
    return GanTrainer(net="mlp", hidden=(8,), latent_dim=3, epochs=1, verbose=0, random_state=0).fit(X)


@pytest.fixture(scope="module")
def labelled():
    return GanTrainer(net="mlp", hidden=(8,), latent_dim=3, epochs=1, verbose=0, random_state=0).fit(X, Y)


def near(found, wanted):
    assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
    assert np.abs(found.astype(float) - wanted).max() <= 1


def test_the_ends_of_a_walk_between_seeds_are_their_samples(gan):
    samples = gan.interpolate(3, 7, steps=5)
    assert samples.shape == (5, 8, 8)
    near(samples[:1], gan.sample(1, random_state=3))
    near(samples[-1:], gan.sample(1, random_state=7))


@pytest.mark.parametrize("kind", ["slerp", "linear"])
def test_interpolated_samples_are_the_generators_output(gan, kind):
    a, b, t = np.array([1.0, 0.0, 0.0]), torch.tensor([0.0, 2.0, 0.0]), np.linspace(0, 1, 4)[:, None]
    # The angle between these latents is 90 degrees.
    weights = (1 - t, t) if kind == "linear" else (np.cos(t * np.pi / 2), np.sin(t * np.pi / 2))
    latents = torch.tensor(weights[0] * a + weights[1] * b.numpy(), dtype=torch.float32)
    made = gan.generator_(latents).detach().numpy()[:, 0]
    near(gan.interpolate(a, b, steps=4, kind=kind), np.rint((made + 1) * 127.5).astype(np.uint8))


def test_ends_are_drawn_anew_unless_a_seed_is_given(gan):
    np.testing.assert_array_equal(gan.interpolate(random_state=1), gan.interpolate(random_state=1))
    assert (gan.interpolate() != gan.interpolate()).any()
    assert gan.interpolate().shape == (8, 8, 8)


def test_a_walk_keeps_its_label(labelled):
    near(labelled.interpolate(3, 7, y=4)[[0, -1]], np.concatenate([labelled.sample(1, 4, seed) for seed in (3, 7)]))
    # Without a label, all samples have the label of the first.
    near(labelled.interpolate(3, 7)[:1], labelled.sample(1, random_state=3))
    same = [
        label for label in range(10) if np.array_equal(labelled.interpolate(3, 7, y=label), labelled.interpolate(3, 7))
    ]
    assert len(same) == 1


def test_the_state_of_the_model_stays_as_it_was(gan):
    before = gan._run.to_bytes("{}")
    gan.interpolate(3, 7)
    gan.interpolate()
    assert gan._run.to_bytes("{}") == before


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"a": np.zeros(2)}, ShapeError, r"^a: expected a seed or a latent \(3,\), got \(2,\)$"),
        ({"b": [0, np.nan, 0]}, DataError, r"^b: 1 values are not finite$"),
        ({"a": -1}, ParameterError, r"^a: must be between 0"),
        ({"a": "x"}, TypeError, r"^a: expected a seed or a latent of numbers, got <U1$"),
        ({"steps": 1}, ParameterError, r"^steps: must be at least 2, got 1$"),
        ({"kind": "slerpy"}, UnknownNameError, r'^unknown kind "slerpy"; did you mean "slerp"\?'),
        ({"y": 3}, ParameterError, r"^y: this model was fitted without labels"),
    ],
)
def test_invalid_interpolations_raise_an_error_with_the_reason(gan, given, error, text):
    with pytest.raises(error, match=text):
        gan.interpolate(**given)
    with pytest.raises(NotFittedError):
        GanTrainer().interpolate()
