"""Wrong input of the metrics is refused with a class and a text."""

import numpy as np
import pytest
import torch

from ganvas import metrics
from ganvas.exceptions import DataError, DtypeError, ParameterError, ShapeError, UnknownNameError

X = np.random.default_rng(0).random((6, 4))
IMAGES = np.random.default_rng(0).random((2, 12, 12))
BYTES = np.zeros((6, 4), np.uint8)
Y = np.arange(6) % 2
NAN = X.copy()
NAN[[2, 4], 3] = np.nan
HUGE = np.where(np.arange(4) == 1, 1e200, X)
ONE_BYTES = "because the bytes of x are divided by 255, got values from 0 to 9; bring them into one range"
RANGE = (
    "data_range: expected a number, because only two stacks of bytes (255) or of values in 0..1 (1) tell it, got None"
)

# Functions of two sets of samples, with the least number of each and the names of both.
PAIRS = {
    "frechet_distance": ("x", "y", 2),
    "kernel_distance": ("x", "y", 2),
    "mmd": ("x", "y", 2),
    "sliced_wasserstein": ("x", "y", 1),
    "precision_recall": ("real", "generated", 1),
    "density_coverage": ("real", "generated", 1),
    "diversity": ("x", "data", 2),
    "mode_histogram": ("samples", "modes", 1),
    "two_sample_test": ("x", "y", 4),
}


def samples(n):
    return f"at least {n} sample{'s'[: n - 1]}"


@pytest.mark.parametrize("name", PAIRS)
def test_every_function_of_two_sets_checks_both(name):
    metric, (first, second, least) = getattr(metrics, name), PAIRS[name]
    wrong = [
        (X[:0], X, ShapeError, f"{first}: expected {samples(least)}, got 0"),
        (X, X[:0], ShapeError, f"{second}: expected {samples(least)}, got 0"),
        (X, X[:, :0], ShapeError, f"{second}: expected samples of at least 1 value, got (6, 0)"),
        (3.0, X, ShapeError, f"{first}: expected (n, ...), got a single number"),
        (X, X[:, :3], ShapeError, f"{second}: expected samples of shape (4,) as in {first}, got (3,)"),
        (X, X.reshape(6, 2, 2), ShapeError, f"{second}: expected samples of shape (4,) as in {first}, got (2, 2)"),
        ([[1], [1, 2]], X, ShapeError, f"{first}: expected an array, got sequences of unequal lengths"),
        (NAN, X, DataError, f"{first}: 2 values are not finite, the first at (2, 3)"),
        (X, -np.inf * X, DataError, f"{second}: 24 values are not finite, the first at (0, 0)"),
        (HUGE, X, DataError, f"{first}: 6 values are beyond 1e+150, the first at (0, 1)"),
        (X, X * 1j, DtypeError, f"{second}: expected real numbers, got complex128"),
        (X, X.astype(str), DtypeError, f"{second}: expected real numbers, got str"),
        (X, np.full((6, 4), None), DataError, f"{second}: 24 values are not finite, the first at (0, 0)"),
        (X, np.full((6, 4), [{}] * 4), DtypeError, f"{second}: expected numbers, got objects that are none"),
        (BYTES, X * 0 + 9, DataError, f"{second}: expected values in 0..1, " + ONE_BYTES.replace("from 0", "from 9")),
    ]
    if least > 1:
        wrong.append((X[: least - 1], X, ShapeError, f"{first}: expected {samples(least)}, got {least - 1}"))
    for a, b, kind, text in wrong:
        with pytest.raises(kind) as error:
            metric(a, b)
        assert str(error.value) == text.replace("of x ", f"of {first} ")


@pytest.mark.parametrize("metric", [metrics.psnr, metrics.ssim, metrics.ms_ssim])
def test_every_function_of_images_checks_both(metric):
    byte = (IMAGES * 255).astype(np.uint8)
    wrong = [
        ((IMAGES[:0], IMAGES), ShapeError, "a: expected at least 1 sample, got 0"),
        ((IMAGES, IMAGES[:1]), ShapeError, "b: expected (2, 12, 12) as in a, got (1, 12, 12)"),
        ((IMAGES, IMAGES * np.nan), DataError, "b: 288 values are not finite, the first at (0, 0, 0)"),
        ((IMAGES, IMAGES, 0), ParameterError, "data_range: must be above 0 and finite, got 0"),
        ((IMAGES, IMAGES, np.nan), ParameterError, "data_range: must be above 0 and finite, got nan"),
        ((IMAGES, IMAGES, True), ParameterError, "data_range: expected a number, got True"),
        (
            (IMAGES, np.full((2, 12, 12), -0.5)),
            ParameterError,
            f"{RANGE} and b of float64 with values from -0.5 to -0.5",
        ),
        ((byte, byte / 255), ParameterError, f"{RANGE} and a of uint8 with values from {byte.min()} to {byte.max()}"),
        ((byte.astype(int) * 0 + 7,) * 2, ParameterError, f"{RANGE} and a of int64 with values from 7 to 7"),
    ]
    for arguments, kind, text in wrong:
        with pytest.raises(kind) as error:
            metric(*arguments)
        assert str(error.value) == text


TABLE = [
    (metrics.ssim, (X, X), {}, ShapeError, "a: expected (n, h, w) or (n, h, w, c), got (6, 4)"),
    (
        metrics.ssim,
        (IMAGES[:, :10], IMAGES[:, :10]),
        {},
        ShapeError,
        "a: expected sides of at least 11 pixels, got 10 x 12",
    ),
    (metrics.ms_ssim, (IMAGES, IMAGES), {}, ShapeError, "a: expected sides of at least 161 pixels, got 12 x 12"),
    (
        metrics.kernel_distance,
        (X, X),
        {"subsets": 0},
        ParameterError,
        "subsets: must be at least 1, got 0",
    ),
    (
        metrics.kernel_distance,
        (X, X[:5]),
        {"subsets": 2, "subset_size": 6},
        ParameterError,
        "subset_size: must be between 2 and 5, got 6",
    ),
    (metrics.mmd, (X, X), {"bandwidth": -1}, ParameterError, "bandwidth: must be above 0 and finite, got -1"),
    (
        metrics.mmd,
        (X * 0, X * 0),
        {},
        DataError,
        "bandwidth: expected a number, because the median distance between samples is 0, got None",
    ),
    (metrics.sliced_wasserstein, (X, X, 0), {}, ParameterError, "projections: must be at least 1, got 0"),
    (
        metrics.sliced_wasserstein,
        (X, X),
        {"random_state": "a"},
        ParameterError,
        "random_state: expected None, an integer or a numpy generator, got 'a'",
    ),
    (metrics.precision_recall, (X, X, 0), {}, ParameterError, "k: must be at least 1, got 0"),
    (metrics.precision_recall, (X, X, 2.0), {}, ParameterError, "k: expected an integer, got 2.0"),
    (metrics.precision_recall, (X, X, 6), {}, ParameterError, "k: must be below 6 (the samples in real), got 6"),
    (
        metrics.precision_recall,
        (X, X[:3]),
        {},
        ParameterError,
        "k: must be below 3 (the samples in generated), got 3",
    ),
    (metrics.density_coverage, (X[:5], X), {}, ParameterError, "k: must be below 5 (the samples in real), got 5"),
    (metrics.diversity, (X, X), {"subsample": 1}, ParameterError, "subsample: must be at least 2, got 1"),
    (metrics.diversity, (X, X * 0), {}, DataError, "data: expected samples that differ, got 6 equal ones"),
    (metrics.mode_histogram, (X, X * 0), {}, DataError, "modes: expected modes that differ, got equal ones"),
    (
        metrics.mode_histogram,
        (X, X[:1]),
        {},
        ParameterError,
        "radius: expected a number for a single mode, got None",
    ),
    (metrics.mode_histogram, (X, X, 0), {}, ParameterError, "radius: must be above 0 and finite, got 0"),
    (metrics.memorisation, (X, X, X[:0]), {}, ShapeError, "held_out: expected at least 1 sample, got 0"),
    (
        metrics.memorisation,
        (X, X[:, :2], X),
        {},
        ShapeError,
        "generated: expected samples of shape (4,) as in train, got (2,)",
    ),
    (metrics.memorisation, (X, X, X), {"near": 0}, ParameterError, "near: must be above 0 and finite, got 0"),
    (
        metrics.memorisation,
        (X, X, X),
        {"permutations": 9},
        ParameterError,
        "permutations: must be between 99 and 1000000, got 9",
    ),
    (
        metrics.linear_separability,
        (X, Y[:5]),
        {},
        ShapeError,
        "y: expected (6,), a label for each sample of latents, got (5,)",
    ),
    (metrics.linear_separability, (X, Y * 0), {}, DataError, "y: expected at least 2 classes, got [0]"),
    (
        metrics.linear_separability,
        (X, list("aaabbb")),
        {},
        DataError,
        "y: expected at least 5 samples of each class (folds), got 3 of 'a'",
    ),
    (metrics.linear_separability, (X, Y, 1), {}, ParameterError, "folds: must be at least 2, got 1"),
    (metrics.linear_separability, (X, [None] * 6), {}, DtypeError, "y: expected strings or numbers, got NoneType"),
    (metrics.linear_separability, (X, Y * np.nan), {}, DataError, "y: 6 values are not finite, the first at (0,)"),
    (
        metrics.perceptual_path_length,
        (np.tanh, X[:1]),
        {},
        ShapeError,
        "latents: expected at least 2 samples, got 1",
    ),
    (
        metrics.perceptual_path_length,
        (np.tanh, BYTES),
        {},
        DtypeError,
        "latents: expected float32 or float64, which change in a small step, got uint8",
    ),
    (
        metrics.perceptual_path_length,
        (np.tanh, X * 0),
        {},
        DataError,
        'latents: expected latents other than 0, which have no direction; pass path="linear"',
    ),
    (
        metrics.perceptual_path_length,
        (lambda z: z.astype(np.uint8), X),
        {},
        DtypeError,
        "generate: expected float32 or float64, which change in a small step, got uint8",
    ),
    (
        metrics.perceptual_path_length,
        (lambda z: z[:1], X),
        {},
        ShapeError,
        "generate: expected 3 samples for as many latents, got 1",
    ),
    (
        metrics.perceptual_path_length,
        (np.tanh, X),
        {"features": lambda x: x.astype(int)},
        DtypeError,
        "features: expected float32 or float64, which change in a small step, got int64",
    ),
    (
        metrics.perceptual_path_length,
        (lambda z: z * np.nan, X),
        {},
        DataError,
        "generate: 12 values are not finite, the first at (0, 0)",
    ),
    (
        metrics.perceptual_path_length,
        (np.tanh, X),
        {"path": "sphere"},
        UnknownNameError,
        'unknown path "sphere"; did you mean "spherical"? known: spherical, linear',
    ),
    (
        metrics.perceptual_path_length,
        (np.tanh, X),
        {"epsilon": 1},
        ParameterError,
        "epsilon: must be at most 0.1, got 1",
    ),
    (
        metrics.perceptual_path_length,
        (np.tanh, X),
        {"batch_size": 0},
        ParameterError,
        "batch_size: must be at least 1, got 0",
    ),
    (
        metrics.train_on_synthetic,
        (X, Y * 0, X, Y),
        {},
        DataError,
        "synthetic_y: expected at least 2 classes, got [0]",
    ),
    (
        metrics.train_on_synthetic,
        (X, Y, X[:, :2], Y),
        {},
        ShapeError,
        "X_test: expected samples of shape (4,) as in synthetic_X, got (2,)",
    ),
    (
        metrics.train_on_synthetic,
        (X, Y, X, Y[:, None]),
        {},
        ShapeError,
        "y_test: expected (6,), a label for each sample of X_test, got (6, 1)",
    ),
    (
        metrics.train_on_synthetic,
        (X, Y, X, list("ababab")),
        {},
        DataError,
        "y_test: expected labels like synthetic_y (int64), got <U1",
    ),
    (
        metrics.two_sample_test,
        (X, X),
        {"permutations": 5},
        ParameterError,
        "permutations: must be between 99 and 1000000, got 5",
    ),
    (
        metrics.generation_speed,
        (3,),
        {},
        ParameterError,
        "sample: expected a callable or an object with a method sample, got int",
    ),
    (metrics.generation_speed, (np.zeros, 0), {}, ParameterError, "n: must be at least 1, got 0"),
    (metrics.generation_speed, (lambda n: [0], 3), {}, ShapeError, "sample: expected 3 samples, got 1"),
    (
        metrics.generation_speed,
        (lambda n: iter([0]), 1),
        {},
        ShapeError,
        "sample: expected 1 sample, got list_iterator",
    ),
    (
        metrics.perceptual_path_length,
        (torch.tanh, torch.ones(4, 2, dtype=torch.bfloat16)),
        {},
        DtypeError,
        "latents: expected float32 or float64, which change in a small step, got bfloat16",
    ),
]


@pytest.mark.parametrize(("metric", "arguments", "settings", "kind", "text"), TABLE, ids=range(len(TABLE)))
def test_errors_have_this_text(metric, arguments, settings, kind, text):
    with pytest.raises(kind) as error:
        metric(*arguments, **settings)
    assert str(error.value) == text
