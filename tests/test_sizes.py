"""Convolutional nets take images of any sides from 4 to 256, equal or not."""

import numpy as np
import pytest
from registries import takes

from ganvas import GanTrainer, VaeTrainer, VqVaeTrainer

QUIET = {"epochs": 1, "batch_size": 4, "random_state": 0, "verbose": 0, "progress": False, "base_channels": 2}
SIZES = [(4, 4), (14, 28), (23, 28, 3), (256, 4), (5, 7, 2)]


def images(size):
    return np.random.default_rng(0).integers(0, 256, (8, *size), dtype=np.uint8)


def assert_trains(kind, X, tmp_path, **parameters):
    model = kind(**QUIET, **parameters).fit(X)
    samples = model.sample(3, random_state=1)
    assert (samples.shape, samples.dtype) == ((3, *X.shape[1:]), X.dtype)
    model.save(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(kind.load(tmp_path / "model.safetensors").sample(3, random_state=1), samples)
    if model.executor_ == "native":
        other = kind(**QUIET, **parameters, executor="tch").fit(X).sample(3, random_state=1)
        # Two executors round differently.
        assert np.abs(samples.astype(int) - other).max() <= 2


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("net", ["dcgan", "resnet"])
def test_gans_take_images_of_any_sides(net, size, tmp_path):
    assert_trains(GanTrainer, images(size), tmp_path, net=net, latent_dim=3)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("net", ["conv", "resnet"])
@pytest.mark.parametrize("kind", [VaeTrainer, VqVaeTrainer])
def test_autoencoders_take_images_of_any_sides(kind, net, size, tmp_path):
    codes = {"n_codes": 6} if kind is VqVaeTrainer else {}
    assert_trains(kind, images(size), tmp_path, net=net, latent_dim=3, **codes)


def test_attention_is_named_by_the_longer_side():
    sides = [side for side in range(2, 65) if takes("dcgan", base_channels=2, attention=side)]
    assert sides == [4]
    gan = GanTrainer(**QUIET, attention=64).fit(images((128, 12)))
    assert gan.attention_ == 64
