"""Features: by data and seed alone, sensitive to what is spoiled, and of the user's networks."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from tests.tiny import RING, tiny

import ganvas
from ganvas._judging import encoder
from ganvas.exceptions import ParameterError, ShapeError
from ganvas.metrics import frechet_distance

DIGITS, Y = ganvas.data.load_digits(return_y=True)
IMAGES = (DIGITS[:600, ..., None] / 255).astype(np.float32)


@pytest.fixture(autouse=True)
def few_steps(monkeypatch, one_thread):
    monkeypatch.setattr(encoder, "_STEPS", 12)
    monkeypatch.setattr(encoder, "_CACHE", type(encoder._CACHE)())


@pytest.mark.parametrize("shape", [(8, 8, 1), (9, 7, 3), (20, 2), (5, 6, 4, 2), (1, 1, 1), (70, 80, 3), (3,)])
def test_every_shape_has_features(shape):
    samples = np.random.default_rng(0).random((6, *shape)).astype(np.float32)
    if len(shape) == 1:
        samples = samples[:, :, None]
    features = encoder.trained(samples, None, 0)(samples)
    assert features.shape == (6, encoder.WIDTH)
    assert np.isfinite(features).all()


def test_equal_data_and_seeds_give_equal_features():
    first = encoder.trained(IMAGES[:64], None, 0)(IMAGES[:8])
    encoder._CACHE.clear()
    state = torch.get_rng_state()
    np.testing.assert_array_equal(encoder.trained(IMAGES[:64], None, 0)(IMAGES[:8]), first)
    assert torch.equal(torch.get_rng_state(), state), "the user's random numbers are not drawn"
    assert (encoder.trained(IMAGES[:64], None, 1)(IMAGES[:8]) != first).any()
    assert (encoder.trained(IMAGES[:64], Y[:64], 0)(IMAGES[:8]) != first).any()


def test_four_encoders_are_kept(monkeypatch):
    trained = []
    monkeypatch.setattr(encoder, "_train", lambda samples, y, seed: trained.append(seed) or torch.nn.Sequential())
    for seed in (0, 1, 2, 3, 0, 4, 0, 1):
        encoder.trained(IMAGES[:4], None, seed)
    assert trained == [0, 1, 2, 3, 4, 1], "the one that was used longest ago is dropped"


def test_features_are_standardised():
    features = encoder.trained(IMAGES[:200], None, 0)(IMAGES[:200])
    np.testing.assert_allclose(features.mean(0), 0, atol=1e-3)
    np.testing.assert_allclose(features.std(0), 1, atol=1e-2)


def test_spoiled_images_are_farther_from_real_ones_than_other_real_ones():
    real, other = IMAGES[:300], IMAGES[300:600]
    embed = encoder.trained(np.concatenate([real, other]), None, 0)
    rng = np.random.default_rng(0)
    spoiled = {
        "blur": gaussian_filter(other, (0, 1, 1, 0)),
        "noise": np.clip(other + 0.3 * rng.normal(size=other.shape), 0, 1).astype(np.float32),
        "one class": np.resize(other[Y[300:600] == 3], other.shape),
    }
    bar = frechet_distance(embed(real), embed(other))
    for name, images in spoiled.items():
        assert frechet_distance(embed(real), embed(images)) > 2 * bar, name


def test_functions_and_modules_get_the_common_scale():
    gan = tiny().fit(DIGITS[:64])
    seen = []

    def shape(images):
        seen.append((images.shape, float(images.min()), float(images.max())))
        return images.reshape(len(images), -1)[:, :5]

    gan.evaluate(DIGITS[64:128], metrics=["precision"], features=shape)
    assert {(form[1:], low >= 0, high <= 1) for form, low, high in seen} == {((16, 16, 1), True, True)}

    class Module(torch.nn.Module):
        def forward(self, images):
            assert images.shape[1:] == (1, 16, 16)
            assert not torch.is_grad_enabled()
            return images.mean((2, 3))

    report = gan.evaluate(DIGITS[64:128], metrics=["precision"], features=Module())
    assert "Module" in "".join(report.notes)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_torchscript_files(tmp_path):
    class Inception(torch.nn.Module):
        def forward(self, images: torch.Tensor, return_features: bool = False) -> torch.Tensor:
            assert images.dtype == torch.uint8
            assert images.shape[1] == 3
            return images.flatten(1)[:, :6].float()

    torch.jit.script(Inception()).save(str(tmp_path / "inception.pt"))
    gan = tiny().fit(DIGITS[:64])
    report = gan.evaluate(DIGITS[64:128], metrics=["fid"], features=tmp_path / "inception.pt")
    assert "inception.pt" in "".join(report.notes)
    (tmp_path / "text.pt").write_text("no module")
    with pytest.raises(ParameterError, match="TorchScript"):
        gan.evaluate(DIGITS[64:128], features=tmp_path / "text.pt")
    with pytest.raises(FileNotFoundError):
        gan.evaluate(DIGITS[64:128], features="nowhere.pt")


def test_unknown_features_are_refused():
    gan = tiny().fit(RING)
    with pytest.raises(ParameterError, match="features: expected"):
        gan.evaluate(RING, features=7)


def test_modes_of_the_caller_do_not_matter(monkeypatch):
    expected = encoder.trained(IMAGES[:32], None, 0)(IMAGES[:4])
    encoder._CACHE.clear()
    torch.set_default_dtype(torch.float64)
    try:
        with torch.inference_mode():
            found = encoder.trained(IMAGES[:32], None, 0)(IMAGES[:4])
    finally:
        torch.set_default_dtype(torch.float32)
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    assert np.isfinite(found).all()


def test_a_module_stays_in_its_mode_and_rows_are_counted():
    gan = tiny().fit(RING)
    module = torch.nn.Sequential(torch.nn.Dropout(), torch.nn.Linear(2, 3)).train()
    first = gan.evaluate(RING, metrics=["fid"], features=module)
    assert gan.evaluate(RING, metrics=["fid"], features=module) == first, "dropout is off"
    assert module.training
    with pytest.raises(ShapeError, match=r"^features: expected a row for each of 64 samples, got 32"):
        gan.evaluate(RING, metrics=["fid"], features=lambda rows: rows[::2])
