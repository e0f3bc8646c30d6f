"""Every metric reacts to the faults it is for: samples of digits are spoiled, and the value moves in one direction."""

import functools

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import ganvas
from ganvas import metrics

DIGITS, LABELS = ganvas.data.load_digits(return_y=True, size=12)
ORDER = np.random.default_rng(0).permutation(len(DIGITS))
X, Y = DIGITS[ORDER] / 255, LABELS[ORDER]
TRAIN, HELD_OUT, GOOD = X[:500], X[500:1000], X[1000:1500]
GOOD_LABELS, TEST_LABELS = Y[1000:1500], Y[500:1000]
MODES = np.stack([TRAIN[Y[:500] == digit].mean(axis=0) for digit in range(10)])
RNG = np.random.default_rng(1)
PLACES = RNG.random((200, 1)) * 0.99

# Samples and their labels, in place of GOOD.
SPOILED = {
    "blur": (gaussian_filter(GOOD, (0, 1, 1)), GOOD_LABELS),
    "noise": (np.clip(GOOD + 0.2 * RNG.standard_normal(GOOD.shape), 0, 1), GOOD_LABELS),
    "dropped modes": (GOOD[GOOD_LABELS < 4], GOOD_LABELS[GOOD_LABELS < 4]),
    "duplicates": (GOOD[:20].repeat(25, axis=0), GOOD_LABELS[:20].repeat(25)),
    "copies": (TRAIN, Y[:500]),
    "shuffled labels": (GOOD, RNG.permutation(GOOD_LABELS)),
}

# Each of samples and labels.
METRICS = {
    "psnr": lambda x, y: metrics.psnr(x + 1e-4, GOOD, data_range=1),
    "ssim": lambda x, y: metrics.ssim(x, GOOD),
    "ms_ssim": lambda x, y: metrics.ms_ssim(*(a[:2].repeat(14, axis=1).repeat(14, axis=2) for a in (x, GOOD))),
    "frechet_distance": lambda x, y: metrics.frechet_distance(x, HELD_OUT),
    "kernel_distance": lambda x, y: metrics.kernel_distance(x, HELD_OUT),
    "mmd": lambda x, y: metrics.mmd(x, HELD_OUT, bandwidth=3),
    "sliced_wasserstein": lambda x, y: metrics.sliced_wasserstein(x, HELD_OUT),
    "precision": lambda x, y: metrics.precision_recall(HELD_OUT, x).precision,
    "recall": lambda x, y: metrics.precision_recall(HELD_OUT, x).recall,
    "density": lambda x, y: metrics.density_coverage(HELD_OUT, x).density,
    "coverage": lambda x, y: metrics.density_coverage(HELD_OUT, x).coverage,
    "distance_ratio": lambda x, y: metrics.diversity(x, HELD_OUT).distance_ratio,
    "vendi_ratio": lambda x, y: metrics.diversity(x, HELD_OUT).vendi_ratio,
    "modes found": lambda x, y: metrics.mode_histogram(x, MODES, radius=2.7).found,
    "kl of modes": lambda x, y: metrics.mode_histogram(x, MODES, radius=2.7).kl,
    "high quality": lambda x, y: metrics.mode_histogram(x, MODES, radius=2.5).high_quality,
    "train_share": lambda x, y: metrics.memorisation(TRAIN, x, HELD_OUT).train_share,
    "near_copies": lambda x, y: metrics.memorisation(TRAIN, x, HELD_OUT).near_copies,
    "copies": lambda x, y: metrics.memorisation(TRAIN, x, HELD_OUT).copies,
    "duplicates": lambda x, y: metrics.memorisation(TRAIN, x, HELD_OUT).duplicates,
    "linear_separability": lambda x, y: metrics.linear_separability(x, y, folds=2).separability,
    "train_on_synthetic": lambda x, y: metrics.train_on_synthetic(x, y, HELD_OUT, TEST_LABELS),
    "two_sample_test": lambda x, y: metrics.two_sample_test(x, HELD_OUT).accuracy,
    "perceptual_path_length": lambda x, y: metrics.perceptual_path_length(walk(x), PLACES, path="linear"),
}

# Direction in which the value moves, by at least a twentieth.
UP, DOWN = 1, -1
TABLE = [
    *[("blur", name, DOWN) for name in ("psnr", "ssim", "ms_ssim", "distance_ratio", "coverage")],
    *[("noise", name, DOWN) for name in ("psnr", "ssim", "ms_ssim", "precision", "density", "coverage")],
    ("noise", "high quality", DOWN),
    *[(spoil, "frechet_distance", UP) for spoil in ("blur", "noise", "dropped modes", "duplicates")],
    *[(spoil, "kernel_distance", UP) for spoil in ("blur", "noise", "dropped modes", "duplicates")],
    *[(spoil, "mmd", UP) for spoil in ("blur", "noise", "dropped modes", "duplicates")],
    *[(spoil, "sliced_wasserstein", UP) for spoil in ("blur", "noise", "dropped modes", "duplicates")],
    *[(spoil, "two_sample_test", UP) for spoil in ("blur", "noise", "dropped modes")],
    *[("dropped modes", name, DOWN) for name in ("recall", "coverage", "vendi_ratio", "modes found")],
    ("dropped modes", "train_on_synthetic", DOWN),
    ("dropped modes", "kl of modes", UP),
    *[("duplicates", name, DOWN) for name in ("recall", "coverage", "vendi_ratio")],
    *[("duplicates", name, UP) for name in ("duplicates", "kl of modes")],
    *[("copies", name, UP) for name in ("train_share", "near_copies", "copies")],
    ("shuffled labels", "train_on_synthetic", DOWN),
    ("shuffled labels", "linear_separability", UP),
    ("noise", "perceptual_path_length", UP),
]


def walk(x):
    """Return a generator that goes through the samples, in straight lines, as its latent goes from 0 to 1."""

    def generate(z):
        place, rows = z * (len(x) - 1), x.reshape(len(x), -1)
        start = place[:, 0].astype(int)
        return rows[start] + (place - start[:, None]) * (rows[start + 1] - rows[start])

    return generate


@functools.cache
def value(spoil, name):
    return METRICS[name](*(SPOILED[spoil] if spoil else (GOOD, GOOD_LABELS)))


@pytest.mark.parametrize(("spoil", "name", "direction"), TABLE, ids=[f"{spoil}: {name}" for spoil, name, _ in TABLE])
def test_a_fault_moves_the_metric(spoil, name, direction):
    good, bad = value(None, name), value(spoil, name)
    assert direction * (bad - good) > 0.05 * max(abs(good), abs(bad))


def test_every_metric_reacts_to_a_fault():
    assert {name for _, name, _ in TABLE} == set(METRICS)


def test_real_digits_have_the_values_of_equal_distributions():
    for name, expected, tolerance in [
        ("kernel_distance", 0, 0.01),
        ("mmd", 0, 0.01),
        ("density", 1, 0.1),
        ("coverage", 1 - 2**-5, 0.05),
        ("distance_ratio", 1, 0.05),
        ("vendi_ratio", 1, 0.05),
        ("train_share", 0.5, 0.05),
        ("near_copies", 0, 0.05),
        ("two_sample_test", 0.5, 0.08),
        ("modes found", 10, 0),
    ]:
        assert value(None, name) == pytest.approx(expected, abs=tolerance), name
