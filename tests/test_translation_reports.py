"""Reports of translated pictures beside trivial rivals."""

import functools

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

import ganvas
from ganvas import TranslationTrainer
from ganvas.exceptions import ParameterError, ShapeError

QUIET = {"verbose": 0, "progress": False, "random_state": 0, "device": "cpu"}
DIGITS = ganvas.data.load_digits()[:64]
COLOURS = np.random.default_rng(0).integers(0, 256, (12, 8, 12, 3), dtype=np.uint8)


@functools.cache
def trained(corruption, colours):
    pictures = COLOURS if colours else DIGITS
    chosen = {"name": corruption, "factor": 2} if corruption == "downscale" else corruption
    return TranslationTrainer(chosen, base_channels=4, epochs=1, batch_size=6, **QUIET).fit(pictures)


def ratio(wanted, made):
    pairs = zip(wanted, made, strict=True)
    return np.mean([peak_signal_noise_ratio(x.astype(float), y.astype(float), data_range=255) for x, y in pairs])


def test_pairs_are_compared_with_the_pictures_as_they_are():
    model = TranslationTrainer(base_channels=8, epochs=4, batch_size=8, **QUIET).fit(DIGITS, 255 - DIGITS)
    report = model.evaluate(DIGITS[:20], 255 - DIGITS[:20])
    assert list(report) == ["psnr", "ssim"]
    assert report["psnr"].value == pytest.approx(model.score(DIGITS[:20], 255 - DIGITS[:20]))
    assert report["psnr"].low < report["psnr"].value < report["psnr"].high
    assert report["psnr"].rival == pytest.approx(ratio(255 - DIGITS[:20], DIGITS[:20]))
    settings = {"data_range": 255, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    made = model.transform(DIGITS[:20])
    similar = [structural_similarity(255 - x, y, **settings) for x, y in zip(DIGITS[:20], made, strict=True)]
    # Translated pictures are rounded to bytes, those that are judged are not.
    assert report["ssim"].value == pytest.approx(np.mean(similar), abs=0.02)
    assert "pictures as they are" in str(report) and not report.beaten


@pytest.mark.parametrize("colours", [False, True])
def test_enlargements_are_compared_with_those_of_pillow(colours):
    pictures, model = (COLOURS if colours else DIGITS)[:8], trained("downscale", colours)
    report = model.evaluate(pictures)
    sides = pictures.shape[2], pictures.shape[1]
    small = model.corrupt(pictures)
    large = [np.asarray(Image.fromarray(one).resize(sides, Image.Resampling.BICUBIC)) for one in small]
    assert report["psnr"].rival == pytest.approx(ratio(pictures, np.stack(large)), abs=0.1)
    assert report["psnr"].rival_name == "bicubic enlargement"
    # Structure is compared in windows of 11 pixels.
    assert list(report) == (["psnr"] if colours else ["psnr", "ssim"])


def test_colours_are_compared_with_grey_pictures():
    report = trained("grey", True).evaluate(COLOURS)
    grey = (COLOURS @ [0.299, 0.587, 0.114])[..., None].repeat(3, -1)
    assert report["psnr"].rival == pytest.approx(ratio(COLOURS, grey), abs=0.01)


def test_holes_are_compared_with_the_nearest_known_pixels():
    model, known = trained("mask", False), np.ones((16, 16), bool)
    known[:, 8:] = False
    report = model.evaluate(DIGITS[:8], known=known)
    column = DIGITS[:8, :, 7:8].repeat(8, 2)
    assert report["psnr"].rival == pytest.approx(ratio(DIGITS[:8, :, 8:], column), abs=0.01)
    assert report["psnr"].value == pytest.approx(model.score(DIGITS[:8], known=known))
    with pytest.raises(ParameterError, match="known: expected an unknown pixel in each picture"):
        model.evaluate(DIGITS[:2], known=np.ones((16, 16), bool))


@pytest.mark.parametrize(("corruption", "rival"), [("noise", "noisy pictures"), ("edges", "mean picture")])
def test_other_corruptions_have_a_rival_too(corruption, rival):
    report = trained(corruption, True).evaluate(COLOURS)
    assert report["psnr"].rival_name == rival and np.isfinite([report["psnr"].value, report["psnr"].rival]).all()


def test_what_is_wrong_is_said():
    model = trained("grey", True)
    with pytest.raises(ParameterError, match="Y: expected None"):
        model.evaluate(COLOURS, COLOURS)
    pairs = TranslationTrainer(base_channels=4, epochs=1, batch_size=6, **QUIET).fit(DIGITS, DIGITS)
    with pytest.raises(ParameterError, match="Y: expected pictures, got None"):
        pairs.evaluate(DIGITS)
    with pytest.raises(ShapeError, match="Y: expected 5 pictures as in X, got 4"):
        pairs.evaluate(DIGITS[:5], DIGITS[:4])
