"""Values outside the fitted range, and data on another scale."""

import warnings

import numpy as np
import pytest
import torch
from PIL import Image
from registries import names
from sklearn.metrics import roc_auc_score

import ganvas
from ganvas import AutoencoderTrainer, GanTrainer, VaeTrainer, VqVaeTrainer
from ganvas.exceptions import DataError, DataRangeWarning, ParameterError

pytestmark = pytest.mark.usefixtures("one_thread")

BYTES = ganvas.data.load_digits(size=8)[:64]
UNIT = BYTES / 255
ROWS = np.random.default_rng(0).normal([5, -300, 0], [2, 50, 1e-3], (64, 3))
SMALL = {"net": "mlp", "hidden": (8,), "latent_dim": 3, "epochs": 2, "random_state": 0, "verbose": 0}
DISTANCES = (0, 1e-3, 0.1, 1, 30, 1e3, 1e6, 1e12, 1e60)


def vae(X, y=None, **params):
    return VaeTrainer(**{**SMALL, **params}).fit(X, y)


def gan(X, **params):
    return GanTrainer(net="mlp", hidden=(4,), epochs=1, random_state=0, verbose=0, **params).fit(X)


def model_of(bottleneck, X, **params):
    if bottleneck == "plain":
        return AutoencoderTrainer(**SMALL, **params).fit(X)
    if bottleneck == "vector_quantized":
        # This model needs several places for its codes.
        small = {**SMALL, "net": "conv", "base_channels": 2} if X.ndim > 2 else SMALL
        return VqVaeTrainer(**small, n_codes=4, **params).fit(X)
    return vae(X, bottleneck=bottleneck, **params)


# Every likelihood, and every bottleneck, prior and bound with some of them.
MODELS = [("gaussian", {"likelihood": name}) for name in names("likelihood")]
MODELS += [(name, {}) for name in names("bottleneck")]
MODELS += [("gaussian", {"prior": name, "likelihood": "categorical", "n_components": None}) for name in names("prior")]
MODELS += [("gaussian", {"bound": name}) for name in names("bound")]


@pytest.mark.parametrize(("bottleneck", "params"), MODELS)
def test_scores_fall_strictly_with_the_distance_from_the_range(bottleneck, params):
    model = model_of(bottleneck, UNIT, **params)
    for side in (1, -1):
        X = np.repeat(UNIT[:1], len(DISTANCES), 0)
        X[:, 2:4, 3] = np.array([max(0, side) + side * d for d in DISTANCES])[:, None]
        for draws in (1, 5):
            scores = model.score_samples(X, n_importance=draws)
            assert np.isfinite(scores).all()
            assert (np.diff(scores) < 0).all()
        assert np.isfinite(model.transform(X)).all()
        assert np.isfinite(model.reconstruct(X)).all()


@pytest.mark.parametrize(("bottleneck", "params"), [model for model in MODELS if model[0] != "vector_quantized"])
def test_rows_far_from_the_data_have_finite_scores_that_fall(bottleneck, params):
    # Density likelihoods standardise columns, the others scale their common range.
    model = model_of(bottleneck, ROWS, **params)
    deviation, steps = ROWS.std(0), (0, 100, 300, 1e3, 1e4, 1e6, 1e12)
    for direction in ([1, 1, 1], [0, -1, 0], [1, -2, 0.5]):
        far = ROWS[:1] + np.array(steps)[:, None] * (deviation * direction)
        scores = model.score_samples(far)
        assert np.isfinite(scores).all()
        assert (np.diff(scores) < 0).all()
    X = np.r_[ROWS, far[1:]]
    assert roc_auc_score(np.arange(len(X)) < len(ROWS), model.score_samples(X)) == 1
    assert np.isfinite(model.transform(far)).all()


def test_a_steep_encoder_has_finite_scores_far_out():
    model = vae(ROWS, lr=0.3, epochs=20, latent_dim=2, hidden=(16, 16))
    scores = model.score_samples(ROWS[:1] + np.array([[0], [1e3], [1e4], [1e6]]) * ROWS.std(0))
    assert np.isfinite(scores).all()
    assert (np.diff(scores) < 0).all()


@pytest.mark.parametrize("params", [{"likelihood": name} for name in names("likelihood")])
def test_scores_within_the_range_are_those_of_a_model_that_knows_no_range(params):
    # The score of values within the range, alone and beside values outside.
    model = vae(UNIT, **params)
    alone, X = model.score_samples(UNIT[:5]), UNIT[:5].copy()
    X[2] += 3
    beside = model.score_samples(X)
    np.testing.assert_array_equal(np.delete(beside, 2), np.delete(alone, 2))
    ends = np.clip(X, 0, 1)
    # 100 nats per width of the range, for each value outside.
    lost = 100 * (X - ends)[2].sum()
    assert beside[2] == pytest.approx(model.score_samples(ends)[2] - lost, rel=1e-5)


@pytest.mark.parametrize("name", ["bernoulli", "categorical", "discretised_logistic"])
def test_log_probabilities_never_exceed_0(name):
    X = np.zeros((64, 4, 4))
    X[::2] = 1
    model = vae(X, likelihood=name, epochs=60, lr=0.05, bottleneck="iaf")
    wild = np.random.default_rng(0).normal(0.5, 3, (40, 4, 4))
    for Z in (X, X + 1e-4, wild):
        for draws in (1, 7):
            assert (model.score_samples(Z, n_importance=draws) <= 0).all()


# Data of another scale ------------------------------------------------------------------------------------------------

FLAT, FLAT_UNIT = BYTES.reshape(64, -1), UNIT.reshape(64, -1)
FROM_BYTES = "X: expected bytes 0..255 as in fit, got "
FROM_UNIT = "X: expected floats in 0..1 as in fit, got "
MISTAKES = [
    (BYTES, UNIT, FROM_BYTES + "floats in 0..1; multiply by 255"),
    (BYTES, torch.from_numpy(UNIT).float(), FROM_BYTES + "floats in 0..1; multiply by 255"),
    (BYTES, UNIT.tolist(), FROM_BYTES + "floats in 0..1; multiply by 255"),
    (BYTES, UNIT * 2 - 1, FROM_BYTES + "floats in -1..1; add 1 and multiply by 127.5"),
    (BYTES, BYTES > 99, FROM_BYTES + "booleans; multiply by 255"),
    (BYTES, BYTES.astype(np.uint16) * 257, FROM_BYTES + "integers up to 65535; divide by 257"),
    (BYTES.astype(np.float32), UNIT, "X: expected floats in 0..255 as in fit, got floats in 0..1; multiply by 255"),
    (BYTES.astype(np.int32) * 16, UNIT, "X: expected integers 0..4080 as in fit, got floats in 0..1; multiply by 4080"),
    (
        BYTES * 4.0 - 200,
        UNIT,
        "X: expected floats in -200..820 as in fit, got floats in 0..1; bring them into that range",
    ),
    (UNIT, BYTES, FROM_UNIT + "bytes up to 255; divide by 255"),
    (UNIT, torch.from_numpy(BYTES), FROM_UNIT + "bytes up to 255; divide by 255"),
    (UNIT, BYTES.astype(np.float32), FROM_UNIT + "floats up to 255; divide by 255"),
    (UNIT, np.clip(BYTES * 0.97, 0, None), FROM_UNIT + "floats up to 247.35; divide by 255"),
    (UNIT, BYTES.astype(np.int64) * 257, FROM_UNIT + "integers up to 65535; divide by 65535"),
    (UNIT, np.rint(UNIT * 16), FROM_UNIT + "floats up to 16; bring them into that range"),
    (UNIT, UNIT * 2 - 1, FROM_UNIT + "floats in -1..1; add 1 and divide by 2"),
    (UNIT * 2 - 1, BYTES, "X: expected floats in -1..1 as in fit, got bytes up to 255; divide by 127.5 and subtract 1"),
    (BYTES > 99, BYTES, "X: expected booleans 0..1 as in fit, got bytes up to 255; divide by 255"),
    (FLAT, FLAT_UNIT, FROM_BYTES + "floats in 0..1; multiply by 255"),
    (FLAT_UNIT, FLAT, FROM_UNIT + "bytes up to 255; divide by 255"),
    (FLAT_UNIT, FLAT.astype(np.float32), FROM_UNIT + "floats up to 255; divide by 255"),
]


@pytest.mark.parametrize(("X", "other", "text"), MISTAKES)
def test_data_of_another_scale_are_refused_with_the_remedy(X, other, text):
    trained = gan(X)
    before = trained.sample(2, random_state=0)
    for call in (trained.partial_fit, trained.plot_data):
        with pytest.raises(DataError) as caught:
            call(other)
        assert str(caught.value) == text
    np.testing.assert_array_equal(trained.sample(2, random_state=0), before)


@pytest.fixture(scope="module")
def on_bytes():
    return vae(BYTES)


CALLS = {
    **{
        name: lambda model, X, name=name: getattr(model, name)(X)
        for name in (
            *("transform", "reconstruct", "score_samples", "score", "predict", "log_likelihood", "anomaly_map"),
            *("partial_fit", "plot_reconstructions", "plot_latent", "plot_anomalies", "plot_data"),
        )
    },
    "interpolate": lambda model, X: model.interpolate(X[0], X[1]),
    "traverse": lambda model, X: model.traverse(X[0], 0),
    "plot_traversal": lambda model, X: model.plot_traversal(X[0]),
    "attribute_vector": lambda model, X: model.attribute_vector(X, np.arange(len(X)) % 2),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_method_that_takes_samples_refuses_another_scale(name, on_bytes):
    with pytest.raises(
        DataError, match=r"^X: expected bytes 0\.\.255 as in fit, got floats in 0\.\.1; multiply by 255$"
    ):
        CALLS[name](on_bytes, UNIT)


def test_models_remember_their_scale_in_files(on_bytes, tmp_path):
    on_bytes.save(tmp_path / "model")
    with pytest.raises(DataError, match="expected bytes"):
        VaeTrainer.load(tmp_path / "model").predict(UNIT)


class Looked(torch.utils.data.Dataset):
    """A map-style dataset."""

    def __init__(self, X):
        self.X = X

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        return self.X[i]


class Iterated(torch.utils.data.IterableDataset):
    """An iterable dataset."""

    def __init__(self, X):
        self.X = X

    def __iter__(self):
        return iter(self.X)


def mapped(X, tmp_path):
    np.save(tmp_path / "X.npy", X)
    return np.load(tmp_path / "X.npy", mmap_mode="r")


STREAMS = {"mapped": mapped, "looked up": lambda X, _: Looked(X), "iterated": lambda X, _: Iterated(X)}


@pytest.mark.parametrize("stream", STREAMS)
def test_streams_of_another_scale_are_refused(stream, tmp_path):
    # The first samples are not representative: they are black.
    other = np.r_[np.zeros((2, 8, 8)), UNIT]
    with pytest.raises(DataError, match=r"got floats in 0\.\.1; multiply by 255$"):
        gan(BYTES).partial_fit(STREAMS[stream](other, tmp_path))
    with pytest.raises(DataError, match=r"got bytes up to \d+; divide by 255$"):
        gan(UNIT).partial_fit(STREAMS[stream](BYTES, tmp_path))


def test_folders_of_pictures_are_bytes(tmp_path):
    for i, picture in enumerate(BYTES[:4]):
        Image.fromarray(picture).save(tmp_path / f"{i}.png")
    trained = gan(UNIT)
    with pytest.raises(DataError, match=r"got bytes up to \d+; divide by 255$"):
        trained.partial_fit(ganvas.data.ImageFolder(tmp_path, size=8, mode="L"))


FINE = [
    (BYTES, BYTES.astype(np.int64)),
    (BYTES, BYTES.astype(np.float32)),
    (BYTES, np.zeros((4, 8, 8))),
    (BYTES, BYTES // 100),
    (BYTES, BYTES[:1] * 1.02),
    (UNIT, UNIT.astype(np.float32)),
    (UNIT, (BYTES > 99).astype(np.uint8)),
    (UNIT, BYTES > 99),
    (UNIT, UNIT + 10),
    (UNIT, UNIT * 1.1),
    (UNIT, np.where(UNIT > 0.9, 200.0, UNIT)),
    (UNIT, np.where(UNIT > 0.9, 7.0, 0.0)),
    (UNIT, np.where(UNIT > 0.9, 200.5, 0.0)),
    (BYTES, np.where(UNIT > 0.9, 3000.0, 0.0)),
    (BYTES > 99, UNIT),
    (ROWS, ROWS.astype(np.float32)),
    (ROWS, np.round(ROWS).astype(int)),
    ([[0.2, 0.9], [0.1, 0.0], [0.9, 0.3]], [[0, 3]]),
    ([[1, 40], [0, 30], [1, 20]], [[True, False]]),
]


@pytest.mark.parametrize(("X", "other"), FINE)
def test_data_of_the_same_scale_are_taken_in_any_type(X, other):
    model = vae(X, latent_dim=1)
    assert np.isfinite(model.score_samples(other)).all()


# The range of a fit ---------------------------------------------------------------------------------------------------


def ends(model):
    data = model._run.data().words()
    return data["low"], data["high"]


def test_values_outside_by_a_thousandth_do_not_change_the_range():
    for X, expected in [
        (UNIT - 1e-7 * (UNIT == 0), (0, 1)),
        (UNIT * 1.0009, (0, 1)),
        (UNIT * 1.01, (0, 1.01)),
        (UNIT - 2e-3, (-1, 1)),
        ((UNIT * 2 - 1) * 1.0015, (-1, 1)),
        ((UNIT * 2 - 1) * 1.003, (-1.003, 1.003)),
    ]:
        for form in (X, X.astype(np.float32), torch.from_numpy(X)):
            assert gan(form).value_range_ == pytest.approx(expected, abs=1e-6)
    noisy = UNIT - 1e-7 * (UNIT == 0)
    np.testing.assert_allclose(vae(noisy).transform(UNIT), vae(UNIT).transform(UNIT), atol=1e-4)
    rows = noisy.reshape(64, -1)
    assert vae(rows, likelihood="bernoulli").value_range_ == (0, 1)


def test_value_range_says_what_the_ends_are():
    for X in (UNIT * 0.3, (UNIT * 0.3).astype(np.float32), torch.from_numpy(UNIT * 0.3)):
        assert gan(X, value_range=(-3, 5)).value_range_ == (-3, 5)
    binary = (BYTES > 99).astype(np.uint8)
    model = vae(binary, value_range=(0, 1))
    assert model.value_range_ == (0, 1)
    assert model.get_params()["value_range"] == (0, 1)
    # The same images as booleans are scaled in the same way.
    np.testing.assert_array_equal(model.transform(binary), vae(binary > 0).transform(binary > 0))
    assert model.reconstruct(binary).max() <= 1
    rows = vae(ROWS, likelihood="bernoulli", value_range=(-1000, 1000))
    assert rows.value_range_ == (-1000, 1000)
    assert vae(ROWS).value_range_ is None


def test_value_range_survives_files(tmp_path):
    model = gan(UNIT, value_range=(0.0, 2.0))
    model.save(tmp_path / "model")
    loaded = GanTrainer.load(tmp_path / "model")
    assert (loaded.value_range, loaded.value_range_) == ((0.0, 2.0), (0.0, 2.0))


def test_values_outside_value_range_count_as_its_ends():
    window = vae(BYTES * 8.0 - 1000, value_range=(-500, 500))
    clipped = vae(np.clip(BYTES * 8.0 - 1000, -500, 500), value_range=(-500, 500))
    np.testing.assert_array_equal(window.transform(BYTES * 1.0), clipped.transform(BYTES * 1.0))


WRONG = [
    (5, "value_range: expected two numbers (low, high) or None, got 5"),
    ((1, 2, 3), "value_range: expected two numbers (low, high) or None, got (1, 2, 3)"),
    (("a", 1), "value_range: expected two numbers (low, high) or None, got ('a', 1)"),
    ((False, True), "value_range: expected two numbers (low, high) or None, got (False, True)"),
    ((1, 1), "value_range: expected finite numbers low < high, got (1, 1)"),
    ((0, np.nan), "value_range: expected finite numbers low < high, got (0, nan)"),
    ((-np.inf, 1), "value_range: expected finite numbers low < high, got (-inf, 1)"),
]


@pytest.mark.parametrize(("said", "text"), WRONG)
def test_an_invalid_range_is_refused(said, text):
    for kind in (GanTrainer, VaeTrainer, AutoencoderTrainer, VqVaeTrainer):
        with pytest.raises(ParameterError) as caught:
            kind(value_range=said, epochs=1).fit(BYTES)
        assert str(caught.value) == text


def test_a_range_that_the_data_contradict_is_refused():
    with pytest.raises(DataError) as caught:
        gan(BYTES, value_range=(0, 1))
    assert str(caught.value) == "X: expected bytes 0..1 as value_range says, got bytes up to 255; divide by 255"
    with pytest.raises(DataError, match=r"0\.\.255 as value_range says, got floats in 0\.\.1; multiply by 255$"):
        gan(UNIT, value_range=(0, 255))


def test_rows_that_are_standardised_have_no_use_for_a_range():
    for make in (gan, vae):
        with pytest.raises(
            ParameterError, match=r"^value_range: expected None for rows that are standardised by column, "
        ):
            make(ROWS, value_range=(0, 1))


@pytest.mark.parametrize("stream", ["looked up", "iterated"])
@pytest.mark.parametrize("late", [40.0, -1.0])
def test_streams_that_leave_the_range_of_their_first_samples_say_so_once(stream, late, tmp_path):
    X = np.tile(UNIT * 30, (18, 1, 1)).astype(np.float32)
    X[-3:, 4, 4] = late
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = GanTrainer(net="mlp", hidden=(4,), epochs=3, random_state=0, verbose=0)
        model.fit(STREAMS[stream](X, tmp_path))
    texts = [str(w.message) for w in caught if w.category is DataRangeWarning]
    assert texts == [
        f"X: a value of {late:g} lies outside the fitted range 0..30, and counts as its nearest end; give the range of "
        "all data as value_range=(low, high)"
    ]
    assert [w.filename for w in caught if w.category is DataRangeWarning] == [__file__]
    # No warning for data that was measured completely, or with an explicit range.
    model.set_params(value_range=(-1, 40)).fit(STREAMS[stream](X, tmp_path))
    model.set_params(value_range=None).fit(X)
    model.fit(mapped(X, tmp_path))


def test_more_data_outside_the_range_say_so():
    model = gan(UNIT.astype(np.float32))
    with pytest.warns(DataRangeWarning, match=r"^X: a value of 1\.5 lies outside the fitted range 0\.\.1, ") as caught:
        model.partial_fit(UNIT * 1.5)
    assert caught[0].filename == __file__
    model.partial_fit(UNIT * 1.0005)
