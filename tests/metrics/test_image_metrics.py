"""PSNR, SSIM and multi-scale SSIM against scikit-image and pytorch-msssim."""

import numpy as np
import pytest
import pytorch_msssim
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from ganvas import metrics
from ganvas.metrics import _distances

RNG = np.random.default_rng(0)


def pair(*shape, dtype="float"):
    """Smooth images and noisy versions of them."""
    a = RNG.random(shape)
    for axis in (1, 2):
        a = (a + np.roll(a, 1, axis) + np.roll(a, 2, axis)) / 3
    b = np.clip(a + 0.1 * RNG.standard_normal(shape), 0, 1)
    return ((255 * x).astype(np.uint8) if dtype == "uint8" else x for x in (a, b))


def reference(a, b, data_range, colour):
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": data_range}
    axis = -1 if colour else None
    return np.mean([structural_similarity(x, y, channel_axis=axis, **settings) for x, y in zip(a, b, strict=True)])


@pytest.mark.parametrize("dtype", ["float", "uint8"])
@pytest.mark.parametrize("shape", [(3, 11, 11), (3, 28, 20), (2, 32, 17, 3), (2, 16, 16, 1)])
def test_ssim_and_psnr_equal_scikit_image(shape, dtype):
    a, b = pair(*shape, dtype=dtype)
    width = 255 if dtype == "uint8" else 1
    assert metrics.ssim(a, b) == pytest.approx(reference(a, b, width, len(shape) == 4), abs=1e-5)
    expected = np.mean([peak_signal_noise_ratio(x, y, data_range=width) for x, y in zip(a, b, strict=True)])
    assert metrics.psnr(a, b) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("shape", [(2, 176, 208), (2, 192, 176, 3)])
def test_ms_ssim_equals_pytorch_msssim(shape):
    a, b = pair(*shape)
    tensors = [torch.from_numpy(x if x.ndim == 4 else x[..., None]).movedim(-1, 1) for x in (a, b)]
    expected = pytorch_msssim.ms_ssim(*tensors, data_range=1, size_average=True)
    assert metrics.ms_ssim(a, b) == pytest.approx(float(expected), abs=1e-6)


def test_an_odd_row_of_halved_images_is_repeated():
    # Constant images: contrast and structure are 1 at every scale, and the brightness of the fifth is the whole result.
    dark, light = np.full((1, 161, 163), 0.2), np.full((1, 161, 163), 0.4)
    brightness = (2 * 0.2 * 0.4 + 1e-4) / (0.2**2 + 0.4**2 + 1e-4)
    assert metrics.ms_ssim(dark, light) == pytest.approx(brightness**0.1333, abs=1e-9)


def test_equal_images_are_at_the_best_value():
    a, _ = pair(2, 161, 161)
    assert metrics.psnr(a, a) == np.inf
    assert metrics.ssim(a, a) == pytest.approx(1, abs=1e-12)
    assert metrics.ms_ssim(a, a) == pytest.approx(1, abs=1e-12)


def test_psnr_is_the_mean_over_images_and_not_of_their_errors():
    a = np.zeros((2, 5, 5))
    b = np.stack([np.full((5, 5), 0.1), np.full((5, 5), 0.01)])
    assert metrics.psnr(a, b) == pytest.approx((20 + 40) / 2)
    assert metrics.psnr(a, b, data_range=10) == pytest.approx((40 + 60) / 2)


def test_images_of_another_range_need_it():
    a, b = pair(2, 20, 20)
    assert metrics.ssim(2 * a - 1, 2 * b - 1, data_range=2) == pytest.approx(reference(2 * a - 1, 2 * b - 1, 2, False))
    assert metrics.ssim(200 * a, 200 * b, 200) == pytest.approx(metrics.ssim(a, b, data_range=1), abs=1e-9)


def test_booleans_are_images_of_range_1():
    a = RNG.random((2, 16, 16)) > 0.5
    assert metrics.ssim(a, ~a) == pytest.approx(metrics.ssim(a.astype(float), 1.0 - a), abs=1e-12)


@pytest.mark.parametrize("metric", [metrics.psnr, metrics.ssim, metrics.ms_ssim])
def test_blocks_of_images_give_the_result_of_one_block(metric, monkeypatch):
    a, b = pair(5, 170, 165)
    whole = metric(a, b)
    monkeypatch.setattr(_distances, "_BLOCK", 2 * 170 * 165)
    assert metric(a, b) == pytest.approx(whole, abs=1e-12)
