"""Every error has a class and a message, and does not change the estimator."""

import numpy as np
import pytest
import torch
from registries import names
from sklearn.exceptions import ConvergenceWarning
from sklearn.exceptions import NotFittedError as SklearnNotFittedError

import ganvas
from ganvas import GanTrainer, _core, exceptions
from ganvas._run.torch import check_version
from ganvas.exceptions import (
    DataError,
    DeviceError,
    DivergedError,
    DtypeError,
    InternalError,
    NotFittedError,
    ParameterError,
    ShapeError,
    UnknownNameError,
)

IMAGES = ganvas.data.load_digits(size=8)[:128]
ROWS = ganvas.data.ring(128, random_state=0)
SMALL = {"net": "mlp", "hidden": (8,), "epochs": 1, "verbose": 0, "random_state": 0}
DCGAN = {"net": "dcgan", "hidden": None, "base_channels": 2}

DEVICES = 'device: expected "auto", "cpu", "cuda" or "cuda:N"'
OBJECTIVES, PENALTIES, NETS = (", ".join(names(*registry.split())) for registry in ("objective", "penalty", "net gan"))
PRESETS = ", ".join(ganvas.presets("GanTrainer"))
CODES = "codes: expected a number of categories from 2, or that and a number of continuous codes from 0"
CODES += ", 65536 at most"
MOST = 2**63 - 1

PARAMETERS = [
    ({"latent_dim": 0}, "latent_dim: must be at least 1, got 0"),
    ({"latent_dim": -3}, "latent_dim: must be at least 1, got -3"),
    ({"latent_dim": 10**12}, "latent_dim: must be at most 65536, got 1000000000000"),
    ({"latent_dim": 2**70}, "latent_dim: must be below 2^63, got 1180591620717411303424"),
    ({"latent_dim": True}, "latent_dim: expected an integer, got True"),
    ({"latent_dim": np.True_}, "latent_dim: expected an integer, got np.True_"),
    ({"latent_dim": 3.0}, "latent_dim: expected an integer, got 3.0"),
    ({"latent_dim": np.float64(3)}, "latent_dim: expected an integer, got np.float64(3.0)"),
    ({"latent_dim": "3"}, "latent_dim: expected an integer, got '3'"),
    ({"batch_size": 0}, "batch_size: must be at least 1, got 0"),
    ({"batch_size": -1}, "batch_size: must be at least 1, got -1"),
    ({"batch_size": 129}, "batch_size: must be at most 128 (the samples in X), got 129"),
    ({"batch_size": 10**12}, "batch_size: must be at most 1000000000, got 1000000000000"),
    ({"batch_size": 32.0}, "batch_size: expected an integer, got 32.0"),
    ({"epochs": 0}, "epochs: must be at least 1, got 0"),
    ({"epochs": 1e12}, "epochs: expected an integer, got 1000000000000.0"),
    ({"epochs": 10**12}, "epochs: must be at most 1000000000, got 1000000000000"),
    ({"epochs": True}, "epochs: expected an integer, got True"),
    ({"n_critic": 0}, "n_critic: must be at least 1, got 0"),
    ({"n_critic": False}, "n_critic: expected an integer, got False"),
    ({"lr": 0}, "lr: must be above 0 and finite, got 0"),
    ({"lr": -1e-3}, "lr: must be above 0 and finite, got -0.001"),
    ({"lr": float("nan")}, "lr: must be above 0 and finite, got NaN"),
    ({"lr": float("inf")}, "lr: must be above 0 and finite, got inf"),
    ({"lr": "1e-3"}, "lr: expected a number, got '1e-3'"),
    ({"lr": True}, "lr: expected a number, got True"),
    ({"lr": [1e-3]}, "lr: expected a number, got [0.001]"),
    ({"discriminator_lr": 0}, "discriminator_lr: must be above 0 and finite, got 0"),
    ({"lr_schedule": 3}, "lr_schedule: expected a name, got 3"),
    ({"max_grad_norm": -1}, "max_grad_norm: must be above 0 and finite, got -1"),
    ({"spectral_norm": 1}, "spectral_norm: expected True or False, got 1"),
    ({"norm": "instance"}, 'norm: expected "batch", "layer" or "none" for net="mlp", got "instance"'),
    ({"norm": "batch", "batch_size": 1}, 'batch_size: must be at least 2 for norm="batch", got 1'),
    (
        {"discriminator_norm": "batch", "pac": 64, "batch_size": 64},
        'batch_size: must be at least 128 for discriminator_norm="batch", got 64',
    ),
    ({"penalty": 3}, "penalty: expected a name, a dictionary, or a sequence of these, got 3"),
    ({"penalty": [3]}, 'penalty: expected a name, or a dictionary with "name", got 3'),
    ({"penalty": {"weight": 3}}, "penalty: expected a name, or a dictionary with \"name\", got {'weight': 3}"),
    ({"penalty": {"name": "r1", "weight": 0}}, "penalty: weight must be above 0 and finite, got 0"),
    ({"penalty": {"name": "r1", "weight": "x"}}, "weight: expected a number, got 'x'"),
    ({"penalty": {"name": "r1", "every": 0}}, "penalty: every: must be at least 1, got 0"),
    ({"penalty": ["r1", "r1"]}, 'penalty: expected each name once, got "r1" twice'),
    (
        {"penalty": "r1", "norm": "batch"},
        'discriminator_norm: must not be "batch" beside penalty "r1", which needs per-sample gradients; use '
        '"layer" or "none", got "batch"',
    ),
    (
        {"penalty": "path_length", "executor": "native"},
        'executor: "native" cannot compute penalty "path_length"; use "auto" or "tch", got "native"',
    ),
    (
        {"penalty": "r1", "minibatch_std": True, "executor": "native"},
        'executor: "native" cannot compute penalty "r1" with layer "deviation" of the discriminator; use "auto" or '
        '"tch", got "native"',
    ),
    ({"penalty": {"name": "r1", "one_sided": True}}, 'penalty: one_sided is for "gradient" and "dragan", got "r1"'),
    ({"conditioning": "embedding"}, 'conditioning: expected None without labels; pass y to fit, got "embedding"'),
    (
        {"discriminator_conditioning": "projection"},
        'discriminator_conditioning: expected None without labels; pass y to fit, got "projection"',
    ),
    ({"auxiliary_weight": 2}, 'auxiliary_weight: expected None for discriminator_conditioning="None", got a value'),
    ({"codes": 3, "auxiliary_weight": -1}, "auxiliary_weight: must be at least 0 and finite, got -1"),
    ({"codes": 1}, f"{CODES}, got 1"),
    ({"codes": "3"}, f"{CODES}, got '3'"),
    ({"codes": (0, 0)}, f"{CODES}, got (0, 0)"),
    (
        {"codes": 3, "discriminator_conditioning": "projection"},
        'discriminator_conditioning: must be "auxiliary" for codes, got "projection"',
    ),
    (
        {"codes": 3, "pac": 2},
        'pac: must be 1 for discriminator_conditioning="auxiliary", which predicts the label of each sample, got 2',
    ),
    ({"balanced": True}, "balanced: needs classes; pass y to fit, got True"),
    ({"balanced": 1}, "balanced: expected True or False, got 1"),
    ({"pac": 0}, "pac: must be at least 1, got 0"),
    ({"pac": 129}, "pac: must be at most 128 (the samples in X), got 129"),
    ({"maxout": 2, "hidden": ()}, "maxout: expected None without hidden layers, got 2"),
    ({"codes": 10**30}, f"{CODES}, got {10**30}"),
    ({"pac": 2, "batch_size": 5}, "batch_size: must be a multiple of pac=2, got 5"),
    ({"instance_noise": -1}, "instance_noise: must be at least 0 and finite, got -1"),
    ({"latent_noise": float("inf")}, "latent_noise: must be at least 0 and finite, got inf"),
    ({"label_flip": 0.5}, "label_flip: must be at least 0 and below 0.5, got 0.5"),
    ({"label_smoothing": -0.1}, "label_smoothing: must be at least 0 and below 0.5, got -0.1"),
    (
        {"label_smoothing": 0.1, "objective": "hinge"},
        'label_smoothing: must be 0 for objective="hinge", which has no target, got 0.1',
    ),
    ({"betas": 0.5}, "betas: expected two numbers, got 0.5"),
    ({"betas": (0.5, 0.9, 0.9)}, "betas: expected two numbers, got (0.5, 0.9, 0.9)"),
    ({"betas": (0.5, 1.0)}, "betas: each must be at least 0 and below 1, got 1"),
    ({"betas": (-0.1, 0.9)}, "betas: each must be at least 0 and below 1, got -0.1"),
    ({"betas": (True, 0.9)}, "betas: expected a number, got True"),
    ({"ema": -1}, "ema: must be at least 0 and finite, got -1"),
    ({"ema": float("nan")}, "ema: must be at least 0 and finite, got NaN"),
    ({"ema": "x"}, "ema: expected a number, got 'x'"),
    ({"hidden": 8}, "hidden: expected a sequence of integers, got 8"),
    ({"hidden": "8"}, "hidden: expected a sequence of integers, got '8'"),
    ({"hidden": (8, 0)}, "hidden: must be at least 1, got 0"),
    ({"hidden": (8.0,)}, "hidden: expected an integer, got 8.0"),
    ({"hidden": (10**12,)}, "hidden: must be at most 65536, got 1000000000000"),
    ({"hidden": (8,) * 65}, "hidden: must have at most 64 widths, got 65"),
    ({"net": 3}, "net: expected a name, got 3"),
    ({"objective": 3}, "objective: expected a name, got 3"),
    ({"device": "gpu"}, f'{DEVICES}, got "gpu"'),
    ({"device": "cuda:-1"}, f'{DEVICES}, got "cuda:-1"'),
    ({"device": ""}, f'{DEVICES}, got ""'),
    ({"device": 0}, f"{DEVICES}, got 0"),
    ({"device": None}, f"{DEVICES}, got None"),
    ({"channels": "middle"}, 'channels: expected "first", "last" or None, got \'middle\''),
    ({"random_state": -1}, f"random_state: must be between 0 and {MOST}, got -1"),
    ({"random_state": 2**63}, f"random_state: must be between 0 and {MOST}, got {2**63}"),
    ({"random_state": 1.5}, "random_state: expected an integer, got 1.5"),
    ({"random_state": True}, "random_state: expected an integer, got True"),
    ({"verbose": "x"}, "verbose: expected an integer, got 'x'"),
    ({"verbose": None}, "verbose: expected an integer, got None"),
    ({"verbose": -1}, "verbose: must be at least 0, got -1"),
    ({"progress": "yes"}, "progress: expected True, False, \"live\" or None, got 'yes'"),
    ({"callbacks": None}, "callbacks: expected a sequence of callbacks, got None"),
    ({"callbacks": [3]}, "callbacks: expected a sequence of callbacks, got [3]"),
]

# These do not apply to rows, or depend on the data.
OF_IMAGES = [
    (
        {"hidden": (65536, 65536)},
        "hidden: must make networks of at most 2^31 parameters, got 4303487040 parameters",
    ),
    ({**DCGAN, "base_channels": 0}, "base_channels: must be at least 1, got 0"),
    ({**DCGAN, "base_channels": 10**12}, "base_channels: must be at most 4096, got 1000000000000"),
    ({**DCGAN, "depth": 0}, "depth: must be at least 1, got 0"),
    ({**DCGAN, "depth": 65}, "depth: must be at most 64, got 65"),
    ({"net": "dcgan"}, 'hidden: expected None for net="dcgan", got a value'),
    ({"base_channels": 2}, 'base_channels: expected None for net="mlp", got a value'),
    ({"depth": 2}, 'depth: expected None for net="mlp", got a value'),
]

NAMES = [
    ({"objective": "hinhe"}, f'unknown objective "hinhe"; did you mean "hinge"? known: {OBJECTIVES}'),
    ({"net": "dcgn"}, f'unknown net "dcgn"; did you mean "dcgan"? known: {NETS}'),
    ({"preset": "dcgan46"}, f'unknown preset "dcgan46"; did you mean "dcgan64"? known: {PRESETS}'),
    ({"preset": 64}, f'unknown preset "64"; did you mean "dcgan64"? known: {PRESETS}'),
    ({"norm": "bach"}, 'unknown norm "bach"; did you mean "batch"? known: batch, layer, instance, none'),
    (
        {"discriminator_norm": "x"},
        'unknown discriminator_norm "x"; did you mean "none"? known: batch, layer, instance, none',
    ),
    ({"penalty": "r1s"}, f'unknown penalty "r1s"; did you mean "r1"? known: {PENALTIES}'),
    (
        {"penalty": {"name": "r1", "wait": 1}},
        'unknown parameter "wait"; did you mean "name"? known: name, weight, every, one_sided',
    ),
    (
        {"lr_schedule": "cosin"},
        'unknown lr_schedule "cosin"; did you mean "cosine"? known: constant, linear, cosine, warmup',
    ),
]

NO_DEVICE = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")


def small(**params):
    return GanTrainer(**{**SMALL, **params})


def raises(kind, text, call):
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    assert str(caught.value) == text
    return caught.value


def state(estimator):
    """All state that fit could have changed, except the parameters."""
    known = estimator.get_params(deep=False)
    learnt = {name: value for name, value in vars(estimator).items() if name not in known and name != "_lock"}
    return learnt, estimator._run.to_bytes("{}") if "_run" in learnt else None


def assert_refuses(params, kind, text):
    for X in (IMAGES, ROWS):
        new = small(**params)
        before = state(new)
        raises(kind, text, lambda new=new, X=X: new.fit(X))
        assert state(new) == before
        assert all(value is params.get(name, value) for name, value in new.get_params(deep=False).items())


@pytest.mark.parametrize(("params", "text"), PARAMETERS)
def test_wrong_parameters_are_refused_and_change_nothing(params, text):
    assert_refuses(params, ParameterError, text)


@pytest.mark.parametrize(("params", "text"), OF_IMAGES)
def test_wrong_parameters_of_images_are_refused(params, text):
    raises(ParameterError, text, lambda: small(**params).fit(IMAGES))


@pytest.mark.parametrize(("params", "text"), NAMES)
def test_unknown_names_get_the_nearest_and_the_list(params, text):
    assert_refuses(params, UnknownNameError, text)


def test_a_fitted_estimator_is_unchanged_by_a_refused_fit():
    fitted = small().fit(ROWS)
    before = state(fitted)
    other = np.column_stack([ROWS, ROWS])
    fitted.set_params(lr=-1.0)
    raises(ParameterError, "lr: must be above 0 and finite, got -1", lambda: fitted.fit(other))
    fitted.set_params(lr=None)
    raises(
        DataError,
        "X: column 1: 1 value is not finite (inf), the first in row 0; drop the rows, or fill them in, as "
        "scikit-learn's SimpleImputer does",
        lambda: fitted.fit([[1.0, np.inf], [0.0, 1.0]]),
    )
    assert state(fitted) == before
    assert fitted.n_features_in_ == 2
    fitted.partial_fit(ROWS)


@pytest.mark.parametrize("one", [np.int64(1), np.int32(1), np.uint8(1), np.array(1)])
def test_numpy_integers_are_integers(one):
    assert small(epochs=one, n_critic=one, latent_dim=one).fit(ROWS).epochs_ == 1


@pytest.mark.parametrize("value", [np.float32(1e-3), np.float64(1e-3), 1])
def test_every_real_number_is_a_number(value):
    assert small(lr=value).fit(ROWS).lr_ == value


@NO_DEVICE
@pytest.mark.parametrize("name", ["cuda", "cuda:7"])
def test_a_missing_device_says_how_many_there_are(name):
    assert_refuses({"device": name}, DeviceError, f"{name}: this machine has 0 CUDA devices")


FIT = [
    ({"save_every": 0}, "save_every: must be at least 1, got 0"),
    ({"save_every": 1.0}, "save_every: expected an integer, got 1.0"),
    ({"keep": 0}, "keep: must be at least 1, got 0"),
    ({"keep": True}, "keep: expected an integer, got True"),
    ({"resume": "yes"}, "resume: expected \"auto\" or None, got 'yes'"),
    ({"resume": "auto"}, 'resume: "auto" needs checkpoint_dir, got None'),
]


@pytest.mark.parametrize(("arguments", "text"), FIT)
def test_wrong_arguments_of_fit_are_refused(arguments, text):
    raises(ParameterError, text, lambda: small().fit(IMAGES, **arguments))


@pytest.mark.parametrize("name", ["sample", "save", "plot_samples", "plot_history"])
def test_methods_need_a_fit(name, tmp_path):
    arguments = [tmp_path / "x"] if name == "save" else []
    call = getattr(small(), name)
    error = raises(NotFittedError, "GanTrainer is not fitted; call fit first", lambda: call(*arguments))
    assert isinstance(error, SklearnNotFittedError)


@pytest.mark.parametrize("name", ["generator_", "discriminator_", "history_"])
def test_fitted_attributes_need_a_fit(name):
    raises(NotFittedError, "GanTrainer is not fitted; call fit first", lambda: getattr(small(), name))


FITTED = small().fit(IMAGES)
TABLE = small().fit(ROWS)
CALLS = [
    (lambda: FITTED.sample(0), ParameterError, "n_samples: must be at least 1, got 0"),
    (lambda: FITTED.sample(2.0), ParameterError, "n_samples: expected an integer, got 2.0"),
    (lambda: FITTED.sample(True), ParameterError, "n_samples: expected an integer, got True"),
    (lambda: FITTED.sample(10**12), ParameterError, "n_samples: must fit into memory, got 1000000000000"),
    (lambda: FITTED.sample(2**70), ParameterError, "n_samples: must be below 2^63, got 1180591620717411303424"),
    (lambda: FITTED.sample(1, random_state="x"), ParameterError, "random_state: expected an integer, got 'x'"),
    (lambda: FITTED.plot_samples(n=0), ParameterError, "n: must be at least 1, got 0"),
    (lambda: FITTED.plot_samples(y=[1]), ParameterError, "y: this model was fitted without labels, got labels"),
    (
        lambda: FITTED.partial_fit(IMAGES, y=np.arange(128)),
        ParameterError,
        "y: this model was fitted without labels, got labels",
    ),
    (
        lambda: FITTED.generator_(torch.zeros(2, 64), torch.zeros(2)),
        ParameterError,
        "y: expected None for a model without labels, got (2,)",
    ),
    (lambda: FITTED.partial_fit(IMAGES, epochs=0), ParameterError, "epochs: must be at least 1, got 0"),
    (lambda: FITTED.partial_fit(IMAGES, epochs=True), ParameterError, "epochs: expected an integer, got True"),
    (
        lambda: FITTED.partial_fit(IMAGES, epochs=2**70),
        ParameterError,
        "epochs: must be below 2^63, got 1180591620717411303424",
    ),
    (
        lambda: FITTED.partial_fit(ganvas.data.load_digits(size=16)[:64]),
        ShapeError,
        "partial_fit: fitted on (8, 8, 1), got (16, 16, 1)",
    ),
    (lambda: FITTED.partial_fit(ROWS), ShapeError, "partial_fit: fitted on (8, 8, 1), got (2,)"),
    (lambda: TABLE.partial_fit(IMAGES), ShapeError, "partial_fit: fitted on (2,), got (8, 8, 1)"),
    (
        lambda: TABLE.partial_fit(ROWS[:, :1]),
        ShapeError,
        "partial_fit: X has 1 features, but GanTrainer is expecting 2 features as input",
    ),
    (lambda: FITTED.generator_(torch.zeros(2, 3)), ShapeError, "input: expected (n, 64), got (2, 3)"),
    (
        lambda: FITTED.generator_(torch.zeros(2, 64, dtype=torch.int64)),
        DtypeError,
        "input: expected a tensor of floats, got int64",
    ),
    (lambda: GanTrainer.load("missing"), FileNotFoundError, "[Errno 2] No such file or directory: 'missing'"),
    (
        lambda: GanTrainer(preset="dcgan64").fit(ganvas.data.load_digits(size=28)[:8]),
        ShapeError,
        "dcgan64 needs 64 px; load_mnist(size=64)",
    ),
    (
        lambda: ganvas.presets("GanTrainr"),
        UnknownNameError,
        'unknown estimator "GanTrainr"; did you mean "GanTrainer"? known: GanTrainer, TranslationTrainer, VaeTrainer, '
        "AutoencoderTrainer, VqVaeTrainer, TextTrainer",
    ),
    (
        lambda: check_version("2.12.0+cu130", "2.11.0"),
        ImportError,
        'ganvas needs torch 2.11.0, found torch 2.12.0+cu130; run: python -m pip install "torch==2.11.0"',
    ),
]


def test_a_generator_without_a_step_gives_a_warning():
    told = "the generator has not been trained: the discriminator made 2 steps, n_critic=5; raise epochs, or lower "
    with pytest.warns(ConvergenceWarning) as caught:
        small(n_critic=5).fit(ROWS)
    assert [str(one.message) for one in caught] == [f"{told}batch_size or n_critic"]
    assert caught[0].filename == __file__


@pytest.mark.parametrize(("call", "kind", "text"), CALLS)
def test_wrong_calls_are_refused_and_change_nothing(call, kind, text):
    before = state(FITTED), state(TABLE)
    raises(kind, text, call)
    assert (state(FITTED), state(TABLE)) == before


def test_a_diverging_run_keeps_the_last_good_weights():
    gan = small(lr=1e30, epochs=5)
    error = raises(
        DivergedError, "discriminator loss is not finite after 128 samples; lower lr", lambda: gan.fit(IMAGES)
    )
    assert error.samples == 128
    assert list(error.losses) == ["discriminator_loss", "real_score", "fake_score", "generator_loss"]
    assert not np.isfinite(error.losses["discriminator_loss"])
    for network in ("generator", "discriminator"):
        assert all(torch.isfinite(tensor).all() for tensor in gan._run.state_dict(network).values())
    assert gan.sample(2).shape == (2, 8, 8)
    assert np.isfinite(gan.generator_(torch.randn(4, 64)).detach().numpy()).all()
    assert len(gan.history_) == 0


def test_a_panic_is_an_ordinary_exception():
    with pytest.raises(InternalError, match=r"^internal error in mod\.rs:\d+; please report$"):
        _core.panic_on_purpose()


def test_the_installed_torch_is_the_one_that_ganvas_needs():
    check_version(torch.__version__)


PARENTS = {
    "BusyError": RuntimeError,
    "CheckpointError": ValueError,
    "DataError": ValueError,
    "DeviceError": RuntimeError,
    "DivergedError": ArithmeticError,
    "DtypeError": (TypeError, ValueError),
    "InternalError": RuntimeError,
    "NotFittedError": SklearnNotFittedError,
    "ParameterError": ValueError,
    "ShapeError": ValueError,
    "TorchError": RuntimeError,
    "UnknownNameError": ValueError,
}


def test_every_error_is_a_ganvas_error_and_a_builtin_one():
    assert set(exceptions.__all__) == {
        *PARENTS,
        "GanvasError",
        "CollapseWarning",
        "CopyWarning",
        "DataRangeWarning",
        "DiagnosisWarning",
        "IgnoredWarning",
    }
    for name, parents in PARENTS.items():
        error = getattr(exceptions, name)
        assert issubclass(error, exceptions.GanvasError)
        for parent in parents if isinstance(parents, tuple) else (parents,):
            assert issubclass(error, parent)
