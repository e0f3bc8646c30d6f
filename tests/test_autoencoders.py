"""Methods of the three estimators with an encoder and a decoder."""

import copy
import pickle

import joblib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import ganvas
from ganvas import AutoencoderTrainer, VaeTrainer, VqVaeTrainer
from ganvas.exceptions import (
    DataError,
    DtypeError,
    NotFittedError,
    ParameterError,
    ShapeError,
    UnknownNameError,
)

pytestmark = pytest.mark.usefixtures("one_thread")

IMAGES = ganvas.data.load_digits(size=8)[:64]
ROWS = ganvas.data.ring(64, random_state=0).astype(np.float32) * 3 + 5
CLASSES = np.array(["nought", "one", "two", "three"])[np.arange(64) % 4]
NUMBERS = np.random.default_rng(0).normal(size=(64, 2))
KINDS = [VaeTrainer, AutoencoderTrainer, VqVaeTrainer]


def small(kind=VaeTrainer, **params):
    usual = {"net": "mlp", "hidden": (8,), "latent_dim": 2, "epochs": 2, "batch_size": 16, "random_state": 0}
    if kind is VqVaeTrainer:
        usual |= {"n_codes": 4, "lr": 3e-3, "epochs": 40}
    return kind(**{**usual, "verbose": 0, "progress": False, **params})


@pytest.fixture(scope="module")
def fitted(one_thread):
    """One model per kind of labels; must not be trained further."""
    models = {}
    for kind in KINDS:
        models[kind] = {"none": small(kind).fit(IMAGES), "classes": small(kind).fit(IMAGES, CLASSES)}
        models[kind] |= {"numbers": small(kind).fit(IMAGES, NUMBERS), "rows": small(kind).fit(ROWS)}
    return models


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def models(request, fitted):
    return fitted[request.param]


def same(one, other):
    np.testing.assert_array_equal(one, other, strict=True)


# Latents --------------------------------------------------------------------------------------------------------------


def test_reconstructing_is_encoding_and_decoding(models):
    for name, X in (("none", IMAGES), ("rows", ROWS)):
        model = models[name]
        latents = model.transform(X)
        assert latents.shape == (64, model.latent_dim_ if model.n_codes_ is None else latents.shape[1])
        assert latents.dtype == (np.float32 if model.n_codes_ is None else np.int64)
        same(model.inverse_transform(latents), model.reconstruct(X))
        same(model.inverse_transform(latents.tolist()), model.reconstruct(X))
        same(model.inverse_transform(torch.from_numpy(latents)), model.reconstruct(X))
        same(model.transform(X[:1]), latents[:1])


def test_labels_change_what_is_encoded_and_decoded(models):
    for name, labels in (("classes", CLASSES), ("numbers", NUMBERS)):
        model = models[name]
        latents = model.transform(IMAGES, labels)
        same(model.inverse_transform(latents, labels), model.reconstruct(IMAGES, labels))
        other = np.roll(labels, 1, axis=0)
        assert (model.score_samples(IMAGES, labels) != model.score_samples(IMAGES, other)).mean() > 0.5
        # One label applies to all.
        same(model.transform(IMAGES, labels[0]), model.transform(IMAGES, np.array([labels[0]] * 64)))


def test_of_classes_the_likeliest_is_taken_and_of_numbers_the_mean(models):
    model = models["classes"]
    likeliest = model.classes_[model._run.likeliest(IMAGES[..., None])]
    same(model.transform(IMAGES), model.transform(IMAGES, likeliest))
    same(model.reconstruct(IMAGES), model.reconstruct(IMAGES, likeliest))
    model = models["numbers"]
    mean = np.float32(NUMBERS).mean(0, dtype=np.float64)
    # The order of summation depends on the processor.
    np.testing.assert_allclose(model.transform(IMAGES), model.transform(IMAGES, mean), rtol=1e-6)


@pytest.mark.parametrize("kind", ["slerp", "linear"])
def test_interpolations_start_and_end_at_the_reconstructions(models, kind):
    for name, X in (("none", IMAGES), ("rows", ROWS)):
        way = models[name].interpolate(X[0], X[1], steps=5, kind=kind)
        assert (way.shape, way.dtype) == ((5, *X.shape[1:]), X.dtype)
        np.testing.assert_allclose(way[[0, -1]], models[name].reconstruct(X[:2]), rtol=1e-5, atol=1e-5)
    for name, label in (("classes", "two"), ("numbers", NUMBERS[0])):
        way = models[name].interpolate(IMAGES[0], IMAGES[1], kind=kind, y=label)
        np.testing.assert_allclose(way[[0, -1]], models[name].reconstruct(IMAGES[:2], label), atol=1)
        same(
            models[name].interpolate(IMAGES[0], IMAGES[0], steps=2, kind=kind)[:1], models[name].reconstruct(IMAGES[:1])
        )


def test_a_great_circle_keeps_the_length_of_latents(fitted):
    model = fitted[VaeTrainer]["none"]
    ends = model.transform(IMAGES[:2])
    ends[1] *= np.linalg.norm(ends[0]) / np.linalg.norm(ends[1])
    angle = np.arccos(ends[0] @ ends[1] / np.linalg.norm(ends[0]) ** 2)
    middle = model.inverse_transform([(ends[0] + ends[1]) / (2 * np.cos(angle / 2))])
    one, other = (model.decoder_(torch.from_numpy(end[None])).detach() for end in ends)
    assert one.shape == other.shape == (1, 1, 8, 8)
    assert middle.shape == (1, 8, 8)


def test_a_traversal_changes_one_latent(models):
    for name, X in (("none", IMAGES), ("rows", ROWS)):
        walk = models[name].traverse(X[0], 1, span=2.0, steps=5)
        assert (walk.shape, walk.dtype) == ((5, *X.shape[1:]), X.dtype)
    model = models["none"]
    if model.n_codes_ is None:
        latents = np.repeat(model.transform(IMAGES[:1]), 5, axis=0)
        latents[:, 1] = np.linspace(-2, 2, 5)
        same(model.traverse(IMAGES[0], 1, span=2.0, steps=5), model.inverse_transform(latents))
    for name, label in (("classes", "one"), ("numbers", NUMBERS[3])):
        assert models[name].traverse(IMAGES[0], 0, y=label).shape == (9, 8, 8)
        assert models[name].traverse(IMAGES[0], 0, steps=2).shape == (2, 8, 8)


def test_an_attribute_is_the_difference_of_two_means(models):
    model, has = models["none"], IMAGES.mean((1, 2)) > np.median(IMAGES.mean((1, 2)))
    direction = model.attribute_vector(IMAGES, has)
    assert direction.dtype == np.float32
    same(model.attribute_vector(IMAGES, has.astype(int)), direction)
    if model.n_codes_ is None:
        latents = model.transform(IMAGES)
        np.testing.assert_allclose(direction, latents[has].mean(0) - latents[~has].mean(0), rtol=1e-5)
    for wrong in (has[:-1], np.ones(64, bool), np.arange(64)):
        with pytest.raises(ShapeError, match=r"^y: expected two different values, shape \(64,\), got "):
            model.attribute_vector(IMAGES, wrong)


# Samples --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch):
    """A second stage that trains quickly."""
    fit = VaeTrainer.fit

    def shorter(self, *data):
        return fit(self.set_params(epochs=2), *data)

    monkeypatch.setattr(VaeTrainer, "fit", shorter)


@pytest.mark.parametrize("sampler", ["prior", "gmm", "two_stage"])
def test_every_sampler_draws(models, sampler, quick):
    for name, X, labels in (
        ("none", IMAGES, [None]),
        ("rows", ROWS, [None]),
        ("classes", IMAGES, [None, "two", CLASSES[:5]]),
        ("numbers", IMAGES, [None, NUMBERS[0], NUMBERS[:5]]),
    ):
        model = models[name]
        if sampler == "prior" and model.prior_ is None:
            with pytest.raises(ParameterError, match=r'^sampler: "prior" needs latents with a prior; use "gmm", got '):
                model.sample(sampler=sampler)
            continue
        for y in labels:
            samples = model.sample(5, y=y, random_state=0, sampler=sampler)
            assert (samples.shape, samples.dtype) == ((5, *X.shape[1:]), X.dtype)
            assert np.isfinite(samples).all()
            same(model.sample(5, y=y, random_state=0, sampler=sampler), samples)
            assert (model.sample(5, y=y, random_state=1, sampler=sampler) != samples).any()
        assert (model.sample(9, sampler=sampler) != model.sample(9, sampler=sampler)).any()


def test_the_sampler_is_the_prior_where_there_is_one(models):
    model = models["none"]
    usual = "gmm" if model.prior_ is None else "prior"
    same(model.sample(4, random_state=0), model.sample(4, random_state=0, sampler=usual))
    with pytest.raises(UnknownNameError, match=r'^unknown sampler "gnm"; did you mean "gmm"'):
        model.sample(sampler="gnm")


@pytest.mark.parametrize("kind", KINDS)
def test_samples_of_a_class_look_like_it(kind):
    y = np.arange(64) % 2
    X = np.repeat(y, 64).reshape(64, 8, 8).astype(np.uint8) * 255
    model = small(kind, epochs=100).fit(X, y)
    for sampler in ("gmm", None):
        black, white = (model.sample(16, y=label, random_state=0, sampler=sampler).mean() for label in (0, 1))
        assert black + 40 < white


@pytest.mark.parametrize("sampler", ["gmm", "two_stage"])
def test_a_class_of_one_sample_is_sampled(sampler, quick):
    y = np.r_[1, np.zeros(63, int)]
    model = small(AutoencoderTrainer).fit(IMAGES, y)
    for label in (0, 1, None):
        assert model.sample(3, y=label, sampler=sampler).shape == (3, 8, 8)


def test_a_class_that_is_rare_in_many_samples_is_sampled():
    X = np.repeat(ROWS, 50, axis=0)
    y = np.zeros(len(X), int)
    y[2] = 1
    model = small(AutoencoderTrainer, epochs=1, batch_size=128).fit(X, y)
    assert model.sample(3, y=1).shape == (3, 2)


# Scores ---------------------------------------------------------------------------------------------------------------


def test_scores_do_not_depend_on_other_samples(models):
    for name, X in (("none", IMAGES), ("rows", ROWS), ("classes", IMAGES)):
        model = models[name]
        for draws in (1, 3):
            scores = model.score_samples(X, n_importance=draws)
            assert (scores.shape, scores.dtype) == ((64,), np.float64)
            same(model.score_samples(X, n_importance=draws), scores)
            same(model.score_samples(X[::-1], n_importance=draws), scores[::-1])
            same(model.score_samples(X[[7]], n_importance=draws), scores[[7]])
            same(model.score_samples(np.concatenate([X] * 3), n_importance=draws)[64:128], scores)
        assert model.score(X) == pytest.approx(model.log_likelihood(X, n_importance=1)[0], rel=1e-5)


def test_more_draws_make_the_bound_tighter():
    model = small(epochs=60, lr=0.01, beta=0.05, hidden=(32,), latent_dim=4).fit(IMAGES)
    means = [model.log_likelihood(IMAGES, n_importance=draws)[0] for draws in (1, 10, 100)]
    assert means[0] < means[1] < means[2]
    assert model.score_samples(IMAGES, n_importance=100).mean() > model.score_samples(IMAGES).mean()
    assert model.log_likelihood(IMAGES, n_importance=10) == model.log_likelihood(IMAGES, n_importance=10)
    assert np.isnan(model.log_likelihood(IMAGES[:1], n_importance=2)[1])


def test_without_a_density_more_draws_change_nothing(fitted):
    for kind in (AutoencoderTrainer, VqVaeTrainer):
        model = fitted[kind]["none"]
        np.testing.assert_allclose(model.score_samples(IMAGES, n_importance=7), model.score_samples(IMAGES), rtol=1e-5)


@pytest.mark.parametrize("likelihood", ["gaussian", "laplace"])
def test_a_density_is_in_the_units_of_the_data(likelihood):
    one, other = (small(likelihood=likelihood).fit(X) for X in (ROWS, ROWS * 100))
    difference = one.score_samples(ROWS) - other.score_samples(ROWS * 100)
    # Rounding may give a row different noise.
    np.testing.assert_allclose(difference, 2 * np.log(100), atol=0.5)
    assert difference.mean() == pytest.approx(2 * np.log(100), rel=1e-2)


def test_an_anomaly_map_shows_the_difference_in_shares_of_the_range(models):
    model = models["none"]
    shown = model.anomaly_map(IMAGES)
    assert (shown.shape, shown.dtype) == (IMAGES.shape, np.float32)
    np.testing.assert_allclose(shown, np.abs(IMAGES - model.reconstruct(IMAGES).astype(float)) / 255, atol=2.1e-3)
    rows = models["rows"]
    expected = np.abs(ROWS - rows.reconstruct(ROWS)) / ROWS.std(0)
    np.testing.assert_allclose(rows.anomaly_map(ROWS), expected, rtol=1e-3, atol=1e-5)


def test_an_anomaly_map_is_zero_where_nothing_differs(models):
    made = models["rows"].reconstruct(ROWS)
    flat = small(type(models["rows"]), epochs=1).fit(np.concatenate([ROWS, np.full((64, 1), 7.0)], axis=1))
    shown = flat.anomaly_map(np.concatenate([made, np.full((64, 1), 7.0)], axis=1))
    assert shown.shape == (64, 3)
    assert np.isfinite(shown).all()
    values = flat.reconstruct(np.full((1, 3), 7.0))
    again = np.abs(values - flat.reconstruct(values)) / np.append(ROWS.std(0), 1)
    np.testing.assert_allclose(flat.anomaly_map(values), again, rtol=1e-3, atol=1e-6)


# Parts ----------------------------------------------------------------------------------------------------------------


def test_classes_are_known_where_there_are_some(models):
    same(models["classes"].classes_, np.unique(CLASSES))
    for name in ("none", "numbers"):
        assert not hasattr(models[name], "classes_")


@pytest.mark.parametrize("classes", [[3, 7], [False, True], ["a", "bcd"], [1.0, 2.0], np.array([1, 2], np.uint8)])
def test_classes_come_back_as_they_were(classes, tmp_path):
    y = np.asarray(classes)[np.arange(64) % 2]
    model = small().fit(IMAGES, y)
    model.save(tmp_path / "model")
    for kept in (model, VaeTrainer.load(tmp_path / "model")):
        same(kept.classes_, np.unique(y))
        assert kept.sample(2, y=y[0]).shape == (2, 8, 8)


def in_range(X):
    return torch.from_numpy(X / 127.5 - 1).float()[:, None]


def test_the_networks_are_what_the_methods_use(models):
    model = models["none"]
    latents = model.encoder_(in_range(IMAGES))
    if model.n_codes_ is None:
        np.testing.assert_allclose(latents.detach().numpy(), model.transform(IMAGES), rtol=1e-4, atol=1e-5)
    made = (model.decoder_(latents).detach().numpy()[:, 0] + 1) * 127.5
    np.testing.assert_allclose(made, model.reconstruct(IMAGES), atol=0.51)
    scaled = torch.from_numpy((ROWS - ROWS.mean(0)) / ROWS.std(0))
    made = models["rows"].decoder_(models["rows"].encoder_(scaled)).detach().numpy() * ROWS.std(0) + ROWS.mean(0)
    np.testing.assert_allclose(made, models["rows"].reconstruct(ROWS), rtol=1e-4, atol=1e-4)


def test_the_networks_take_labels_and_can_be_differentiated(models):
    y = torch.eye(4)[np.searchsorted(np.unique(CLASSES), CLASSES)]
    model = models["classes"]
    try:
        latents = model.encoder_(in_range(IMAGES), y)
    except (ShapeError, DtypeError):
        y = torch.from_numpy(np.searchsorted(np.unique(CLASSES), CLASSES))
        latents = model.encoder_(in_range(IMAGES), y)
    made = (model.decoder_(latents, y).detach().numpy()[:, 0] + 1) * 127.5
    np.testing.assert_allclose(made, model.reconstruct(IMAGES, CLASSES), atol=0.51)
    x = in_range(IMAGES).requires_grad_()
    networks = models["none"]
    networks.decoder_(networks.encoder_(x)).sum().backward()
    assert torch.isfinite(x.grad).all()


def drawn(ax):
    return bool(ax.has_data() or ax.images or ax.lines or ax.collections)


def test_every_plot_draws_on_an_axes(models):
    for name, X in (("none", IMAGES), ("rows", ROWS), ("classes", IMAGES), ("numbers", IMAGES)):
        model = models[name]
        plots = [
            model.plot_reconstructions(X),
            model.plot_latent(X),
            model.plot_latent(X, CLASSES),
            model.plot_latent(X, NUMBERS[:, 0]),
            model.plot_anomalies(X, n=3),
            model.plot_samples(4),
            model.plot_data(X),
            model.plot_history(),
        ]
        if name != "rows":
            label = {"classes": "one", "numbers": NUMBERS[0]}.get(name)
            plots += [model.plot_traversal(X[0], y=label), model.plot_traversal(X[0], dims=[1], steps=3)]
            plots += [model.plot_manifold(3, y=label)] if model.n_codes_ is None else []
        for ax in plots:
            assert isinstance(ax, plt.Axes)
            assert drawn(ax)
        plt.close("all")
    with plt.rc_context():
        _, ax = plt.subplots()
        assert models["none"].plot_reconstructions(IMAGES, n=2, ax=ax) is ax
        plt.close("all")


def test_plots_of_images_refuse_rows(models):
    with pytest.raises(ParameterError, match=r"^plot_traversal: draws images, this model was fitted on rows$"):
        models["rows"].plot_traversal(ROWS[0])
    if models["rows"].n_codes_ is None:
        with pytest.raises(ParameterError, match=r"^plot_manifold: draws images, this model was fitted on rows$"):
            models["rows"].plot_manifold(2)
    with pytest.raises(ParameterError, match=r"^plot_manifold: needs latent_dim=2, got 3$"):
        small(type(models["none"]), latent_dim=3, epochs=1).fit(IMAGES).plot_manifold()


# Training -------------------------------------------------------------------------------------------------------------


def test_methods_need_a_fit():
    for kind in KINDS:
        for name in (
            "transform",
            "inverse_transform",
            "reconstruct",
            "score_samples",
            "score",
            "predict",
            "anomaly_map",
        ):
            with pytest.raises(NotFittedError, match=f"^{kind.__name__} is not fitted; call fit first$"):
                getattr(small(kind), name)(IMAGES)
        for name in ("encoder_", "decoder_", "threshold_", "classes_", "history_"):
            with pytest.raises(NotFittedError, match=f"^{kind.__name__} is not fitted; call fit first$"):
                getattr(small(kind), name)


# Copies ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sampler", [None, "gmm"])
def test_a_copy_does_what_the_model_does(kind, sampler, tmp_path):
    for y in (None, CLASSES):
        model = small(kind).fit(IMAGES, y)
        joblib.dump(model, tmp_path / "joblib")
        model.save(tmp_path / "model")
        copies = [pickle.loads(pickle.dumps(model)), copy.deepcopy(model), joblib.load(tmp_path / "joblib")]
        for other in (*copies, kind.load(tmp_path / "model"), copy.deepcopy(copy.deepcopy(model))):
            same(other.transform(IMAGES), model.transform(IMAGES))
            same(other.score_samples(IMAGES), model.score_samples(IMAGES))
            same(other.predict(IMAGES), model.predict(IMAGES))
            assert other.threshold_ == model.threshold_
            same(other.sample(5, random_state=0, sampler=sampler), model.sample(5, random_state=0, sampler=sampler))
        one, other = copies[0].partial_fit(IMAGES, y), copies[1].partial_fit(IMAGES, y)
        same(one.transform(IMAGES), other.transform(IMAGES))


@pytest.mark.parametrize("Z", [[[1e300, 0.0]], [[np.nan, 0.0]]])
def test_latents_that_are_not_finite_are_refused(fitted, Z):
    with pytest.raises(DataError, match=r"^Z: 1 values are not finite$"):
        fitted[VaeTrainer]["none"].inverse_transform(Z)
