"""Invalid parameters of autoencoders raise errors that name them, before training."""

import numpy as np
import pytest
import torch
from registries import densities, names, row_latents

import ganvas
from ganvas import AutoencoderTrainer, VaeTrainer, VqVaeTrainer
from ganvas.callbacks import Callback
from ganvas.exceptions import ParameterError, ShapeError, UnknownNameError

pytestmark = pytest.mark.usefixtures("one_thread")

IMAGES = ganvas.data.load_digits(size=8)[:64]
ROWS = ganvas.data.ring(64, random_state=0)
NAN, INF = float("nan"), float("inf")

WEIGHTS = [
    ({name: value}, f"{name}: must be at least 0 and finite, got {shown}")
    for name in ("beta", "free_bits", "capacity", "ema")
    for value, shown in ((-1, "-1"), (-0.5, "-0.5"), (NAN, "NaN"), (INF, "inf"))
]
NUMBERS = [
    ({name: value}, f"{name}: expected a number, got {value!r}")
    for name in ("beta", "free_bits", "capacity", "ema", "lr")
    for value in ("1", True, [1.0])
]
COUNTS = [
    ({name: value, **also}, f"{name}: {text}")
    for name, also in (
        ("latent_dim", {}),
        ("n_importance", {}),
        ("n_components", {"prior": "vamp"}),
        ("n_components", {"prior": "gaussian_mixture"}),
    )
    for value, text in (
        (0, "must be at least 1, got 0"),
        (-1, "must be at least 1, got -1"),
        (65537, "must be at most 65536, got 65537"),
        (2.0, "expected an integer, got 2.0"),
        (True, "expected an integer, got True"),
        ("2", "expected an integer, got '2'"),
    )
]
NOT_NAMES = [
    ({name: 3}, f"{name}: expected a name, got 3")
    for name in (
        "net",
        "likelihood",
        "bottleneck",
        "bound",
        "prior",
        "beta_schedule",
        "lr_schedule",
        "activation",
        "binarize",
    )
]
SHARES = [
    ({"contamination": value}, f"contamination: must be above 0 and at most 0.5, got {value!r}")
    for value in (0, 0.7, -0.1, 1, NAN, INF, "auto", True, None, [0.1], 1j)
]
VARIANCE = "variance: must be above 0 and finite, or None, got"
OTHERS = [
    ({"beta_schedule": "warmup", "warmup_epochs": -1}, "warmup_epochs: must be at least 0 and finite, got -1"),
    ({"capacity": 5, "warmup_epochs": NAN}, "warmup_epochs: must be at least 0 and finite, got NaN"),
    ({"likelihood": "gaussian", "variance": 0}, f"{VARIANCE} 0"),
    ({"likelihood": "gaussian", "variance": INF}, f"{VARIANCE} inf"),
    ({"likelihood": "laplace", "variance": -1}, f"{VARIANCE} -1"),
    ({"likelihood": "laplace", "variance": NAN}, f"{VARIANCE} NaN"),
    ({"likelihood": "categorical", "levels": 1}, "levels: must be from 2 to 65536, got 1"),
    ({"likelihood": "discretised_logistic", "levels": 1}, "levels: must be from 2 to 65536, got 1"),
    ({"likelihood": "categorical", "levels": 65537}, "levels: must be from 2 to 65536, got 65537"),
    ({"likelihood": "categorical", "levels": 16.0}, "levels: expected an integer, got 16.0"),
    ({"binarize": "static"}, 'binarize: expected "dynamic" or None, got "static"'),
    ({"hidden": 8}, "hidden: expected a sequence of integers, got 8"),
    ({"hidden": (8, 0)}, "hidden: must be at least 1, got 0"),
    ({"hidden": (65537,)}, "hidden: must be at most 65536, got 65537"),
    ({"hidden": (8,) * 65}, "hidden: must have at most 64 widths, got 65"),
    ({"betas": (0.5, 1.0)}, "betas: each must be at least 0 and below 1, got 1"),
    ({"lr": 0}, "lr: must be above 0 and finite, got 0"),
    ({"batch_size": 65}, "batch_size: must be at most 64 (the samples in X), got 65"),
    ({"epochs": 0}, "epochs: must be at least 1, got 0"),
    ({"random_state": -1}, f"random_state: must be between 0 and {2**63 - 1}, got -1"),
    ({"channels": "middle"}, 'channels: expected "first", "last" or None, got \'middle\''),
]

OF_PLAIN = {"prior": "vamp", "beta": 1, "beta_schedule": "warmup", "n_importance": 2, "free_bits": 1, "capacity": 1}
NOT_APPLYING = [
    (
        {"n_components": 3, "prior": "standard_normal"},
        'n_components: expected None for prior="standard_normal", got a value',
    ),
    ({"likelihood": "bernoulli", "variance": 1}, 'variance: expected None for likelihood="bernoulli", got a value'),
    ({"likelihood": "categorical", "variance": 1}, 'variance: expected None for likelihood="categorical", got a value'),
    ({"likelihood": "bernoulli", "levels": 4}, 'levels: expected None for likelihood="bernoulli", got a value'),
    ({"likelihood": "gaussian", "levels": 4}, 'levels: expected None for likelihood="gaussian", got a value'),
    (
        {"likelihood": "gaussian", "binarize": "dynamic"},
        'binarize: expected None for likelihood="gaussian", got a value',
    ),
    ({"warmup_epochs": 1}, 'warmup_epochs: expected None for beta_schedule="constant", got a value'),
    ({"base_channels": 2}, 'base_channels: expected None for net="mlp", got a value'),
    ({"depth": 2}, 'depth: expected None for net="mlp", got a value'),
    *(
        ({"bound": bound, name: 1}, f'{name}: expected None for bound="{bound}", got a value')
        for bound in ("importance_weighted", "doubly_reparameterized", "total_correlation", "mmd")
        for name in ("free_bits", "capacity")
    ),
    *(
        (
            {"bottleneck": bottleneck, name: value},
            f'{name}: expected None for bottleneck="{bottleneck}", got a value',
        )
        for bottleneck in ("plain", "vector_quantized")
        for name, value in OF_PLAIN.items()
    ),
]

WITH_DENSITY, ROWS_ONLY = (", ".join(f'"{name}"' for name in found) for found in (densities(), row_latents()))
DENSITY = f'bound: "importance_weighted" needs a bottleneck with a density ({WITH_DENSITY}), got bottleneck='
NOT_TOGETHER = [
    ({"bound": "importance_weighted", "bottleneck": "plain"}, f'{DENSITY}"plain"'),
    ({"bound": "importance_weighted", "bottleneck": "vector_quantized"}, f'{DENSITY}"vector_quantized"'),
    *(
        (
            {"bound": "total_correlation", "bottleneck": bottleneck},
            f'bound: "total_correlation" needs bottleneck="gaussian", got bottleneck="{bottleneck}"',
        )
        for bottleneck in ("plain", "iaf", "vector_quantized")
    ),
    (
        {"bound": "mmd", "bottleneck": "vector_quantized"},
        f'bound: "mmd" needs a latent that is a row ({ROWS_ONLY}), got bottleneck="vector_quantized"',
    ),
    (
        {"prior": "vamp", "n_components": 3, "bottleneck": "iaf"},
        'prior: "vamp" needs bottleneck="gaussian", got bottleneck="iaf"',
    ),
]

ACTIVATIONS = "relu, leaky_relu, tanh, elu, silu, gelu, softplus, sigmoid, squared_relu"
NETS, LIKELIHOODS, BOTTLENECKS, BOUNDS, PRIORS = (
    ", ".join(names(*registry.split()))
    for registry in ("net autoencoder", "likelihood", "bottleneck", "bound", "prior")
)
NAMES = [
    ("net", "convv", "conv", NETS),
    ("net", "dcgan", "conv", NETS),
    ("likelihood", "bernouli", "bernoulli", LIKELIHOODS),
    ("bottleneck", "gausian", "gaussian", BOTTLENECKS),
    ("bound", "elbow", "elbo", BOUNDS),
    ("prior", "vampp", "vamp", PRIORS),
    ("beta_schedule", "warmpu", "warmup", "constant, warmup, cyclical"),
    ("lr_schedule", "cosin", "cosine", "constant, linear, cosine, warmup, plateau"),
    ("activation", "rellu", "relu", ACTIVATIONS),
]

OF_IMAGES = [
    (
        {"hidden": (65536, 65536)},
        "hidden: must make networks of at most 2^31 parameters, got 8598978628 parameters",
    ),
    ({"net": "conv", "base_channels": 0}, "base_channels: must be at least 1, got 0"),
    ({"net": "conv", "base_channels": 4097}, "base_channels: must be at most 4096, got 4097"),
    ({"net": "resnet", "depth": 0}, "depth: must be at least 1, got 0"),
    ({"net": "resnet", "depth": 65}, "depth: must be at most 64, got 65"),
]

OF_AUTOENCODER = [
    ({"l2": -1}, "l2: must be at least 0 and finite, got -1"),
    ({"l2": NAN}, "l2: must be at least 0 and finite, got NaN"),
    ({"l2": "x"}, "l2: expected a number, got 'x'"),
    ({"beta": 1}, 'beta: expected None for bottleneck="plain", got a value'),
    ({"bound": "mmd", "beta": -1}, "beta: must be at least 0 and finite, got -1"),
    ({"bound": "importance_weighted"}, f'{DENSITY}"plain"'),
    ({"bound": "total_correlation"}, 'bound: "total_correlation" needs bottleneck="gaussian", got bottleneck="plain"'),
    ({"latent_dim": 0}, "latent_dim: must be at least 1, got 0"),
    ({"contamination": 0.7}, "contamination: must be above 0 and at most 0.5, got 0.7"),
    ({"likelihood": "gaussian", "variance": 0}, f"{VARIANCE} 0"),
]

OF_VQ = [
    ({"n_codes": 0}, "n_codes: must be at least 1, got 0"),
    ({"n_codes": 65537}, "n_codes: must be at most 65536, got 65537"),
    ({"n_codes": 3.0}, "n_codes: expected an integer, got 3.0"),
    ({"commitment": -1}, "commitment: must be at least 0 and finite, got -1"),
    ({"commitment": INF}, "commitment: must be at least 0 and finite, got inf"),
    ({"latent_dim": 0}, "latent_dim: must be at least 1, got 0"),
    ({"contamination": 0.7}, "contamination: must be above 0 and at most 0.5, got 0.7"),
    ({"likelihood": "bernoulli", "levels": 4}, 'levels: expected None for likelihood="bernoulli", got a value'),
]

SIDES = "X: expected images with sides from 4 to 256 px for net="
FIT = (
    "crop or resize them to 8x8 (ImageFolder(path, size=8) does it with files), or pass "
    'net="mlp", which takes any size and suits small images'
)
SHAPES = [
    (net, X, f'{SIDES}"{net}", got {shape}; {remedy}')
    for net in ("conv", "resnet")
    for X, shape, remedy in (
        (ROWS, "(2,)", 'pass net="mlp" for rows'),
        (IMAGES[:, :3], "(3, 8, 1)", FIT),
        (np.zeros((16, 8, 257), np.uint8), "(8, 257, 1)", FIT),
    )
]


class Fail(Callback):
    """Fails if training starts."""

    def on_train_begin(self, estimator):
        raise AssertionError("training has begun")


def small(kind=VaeTrainer, **params):
    usual = {"hidden": (8,)} if params.get("net", "mlp") == "mlp" else {}
    usual |= {"net": "mlp", "latent_dim": 2, "epochs": 1, "verbose": 0, "random_state": 0, "callbacks": [Fail()]}
    return kind(**{**usual, **params})


def assert_refuses(kind, params, X, error, text):
    model = small(kind, **params)
    before = dict(vars(model))
    with pytest.raises(error) as caught:
        model.fit(X)
    assert type(caught.value) is error
    assert str(caught.value) == text
    assert {name: value for name, value in vars(model).items() if name not in ("_lock", "_stop")} == before


@pytest.mark.parametrize(("params", "text"), WEIGHTS + NUMBERS + COUNTS + NOT_NAMES + SHARES + OTHERS)
def test_wrong_values_are_refused(params, text):
    assert_refuses(VaeTrainer, params, IMAGES, ParameterError, text)


@pytest.mark.parametrize(("params", "text"), NOT_APPLYING)
def test_settings_that_do_not_apply_are_refused(params, text):
    assert_refuses(VaeTrainer, params, IMAGES, ParameterError, text)


@pytest.mark.parametrize(("params", "text"), NOT_TOGETHER)
def test_parts_that_do_not_fit_together_are_refused_by_both_names(params, text):
    for X in (IMAGES, ROWS):
        assert_refuses(VaeTrainer, params, X, ParameterError, text)


@pytest.mark.parametrize(("name", "value", "nearest", "known"), NAMES)
def test_unknown_names_get_the_nearest_and_the_list(name, value, nearest, known):
    text = f'unknown {name} "{value}"; did you mean "{nearest}"? known: {known}'
    assert_refuses(VaeTrainer, {name: value}, IMAGES, UnknownNameError, text)


@pytest.mark.parametrize(("params", "text"), OF_IMAGES)
def test_networks_of_wrong_sizes_are_refused(params, text):
    assert_refuses(VaeTrainer, params, IMAGES, ParameterError, text)


@pytest.mark.parametrize(("params", "text"), OF_AUTOENCODER)
def test_wrong_parameters_of_plain_autoencoders_are_refused(params, text):
    assert_refuses(AutoencoderTrainer, params, IMAGES, ParameterError, text)


@pytest.mark.parametrize(("params", "text"), OF_VQ)
def test_wrong_parameters_of_vector_quantised_models_are_refused(params, text):
    assert_refuses(VqVaeTrainer, params, IMAGES, ParameterError, text)


@pytest.mark.parametrize(("net", "X", "text"), SHAPES)
@pytest.mark.parametrize("kind", [VaeTrainer, AutoencoderTrainer, VqVaeTrainer])
def test_data_that_a_net_cannot_take_are_refused(kind, net, X, text):
    assert_refuses(kind, {"net": net}, X, ShapeError, text)


@pytest.mark.parametrize("kind", [VaeTrainer, AutoencoderTrainer, VqVaeTrainer])
def test_an_unknown_preset_gets_the_nearest(kind):
    with pytest.raises(UnknownNameError, match=r'^unknown preset "nothing like it"; did you mean ".*"\? known: '):
        small(kind, preset="nothing like it").fit(IMAGES)


def test_a_fitted_model_is_unchanged_by_a_refused_fit():
    model = small(callbacks=()).fit(IMAGES)
    before = model.score_samples(IMAGES), model.threshold_, model._run.to_bytes("{}")
    for params in ({"beta": -1}, {"contamination": 0.7}, {"bound": "elbow"}):
        refused = model.get_params()
        with pytest.raises(ParameterError):
            model.set_params(**params).fit(ROWS)
        model.set_params(**refused)
    np.testing.assert_array_equal(model.score_samples(IMAGES), before[0])
    assert (model.threshold_, model._run.to_bytes("{}")) == before[1:]


def test_numbers_of_numpy_are_numbers():
    params = {
        "beta": np.float32(2),
        "free_bits": np.int64(0),
        "latent_dim": np.int32(3),
        "contamination": np.float32(0.2),
    }
    model = small(callbacks=(), **params).fit(IMAGES)
    assert (model.beta_, model.free_bits_, model.latent_dim_) == (2.0, 0.0, 3)


@pytest.mark.parametrize("net", ["mlp", "conv"])
@pytest.mark.parametrize("requires_grad", [False, True])
def test_networks_say_which_labels_they_need(net, requires_grad):
    model = VaeTrainer(net=net, latent_dim=2, epochs=1, batch_size=32, verbose=0, progress=False)
    model.fit(IMAGES, np.arange(64) % 3)
    x = torch.zeros(4, 1, 8, 8, requires_grad=requires_grad)
    for shape in ((4, 2), (3, 3), (6, 3)):
        with pytest.raises(ShapeError) as caught:
            model.encoder_(x, torch.zeros(shape))
        assert str(caught.value) == f"y: expected labels (4, 3), got {shape}"
    with pytest.raises(ShapeError) as caught:
        model.encoder_(x)
    assert str(caught.value) == "y: expected labels (4, 3), got none"
    assert model.encoder_(x[:0], torch.zeros(0, 3)).shape == (0, 2)
