"""Contract tests for every member of the autoencoders' registries."""

import re

import numpy as np
import pytest
from registries import choices, components, densities, fits, names, nets_of_arrays, takes

import ganvas
from ganvas import AutoencoderTrainer, VaeTrainer, VqVaeTrainer, _core
from ganvas.exceptions import ParameterError

pytestmark = pytest.mark.usefixtures("one_thread")
NETS, BOTTLENECKS, PRIORS = nets_of_arrays("autoencoder"), names("bottleneck"), names("prior")
LIKELIHOODS, BOUNDS = names("likelihood"), names("bound")
N = 12
SHAPES = {"rows": (5,), "grey": (8, 8), "colour": (8, 8, 3)}
SIZES = [(8, 8), (13, 13), (16, 16), (28, 28), (12, 20)]
LABELS = {
    "integers": np.arange(N) % 3,
    "strings": np.array(["cat", "dog"] * (N // 2)),
    "numbers": np.linspace(-1.3, 2.1, N),
    "two columns": np.random.default_rng(1).normal(size=(N, 2)),
}
SMALL = {"plain": AutoencoderTrainer, "vector_quantized": VqVaeTrainer}


def data(shape):
    numbers = np.random.default_rng(0)
    if len(shape) == 1:
        return numbers.normal(5, 3, (N, *shape)).astype(np.float32)
    return numbers.integers(0, 256, (N, *shape), dtype=np.uint8)


def trainer(kind=VaeTrainer, **params):
    usual = {"net": "mlp", "latent_dim": 3, "epochs": 1, "batch_size": 4, "random_state": 0}
    usual["hidden"] = (4,)
    if takes(params.get("net", "mlp"), VaeTrainer, base_channels=2):
        usual["base_channels"] = 2
    return kind(**{**usual, "verbose": 0, "progress": False, **params})


def results(model, X, y):
    """All results of a model, with the given labels."""
    label = None if y is None else y[0]
    outputs = {
        "transform": model.transform(X, y),
        "reconstruct": model.reconstruct(X, y),
        "score_samples": model.score_samples(X, y),
        "tighter": model.score_samples(X[:3], None if y is None else y[:3], n_importance=3),
        "unlabelled": model.transform(X),
        "sample": model.sample(4, y=label, random_state=3),
        "anywhere": model.sample(4, random_state=3),
        "next": model.sample(2),
        "predict": model.predict(X, y),
    }
    outputs["inverse_transform"] = model.inverse_transform(outputs["transform"], y)
    return outputs


def assert_equal(one, other):
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name, strict=True)


def assert_keeps_the_contract(model, X, y, tmp_path):
    model.fit(X, y)
    history = model.history_
    assert (history["epoch"].tolist(), history["samples"].tolist()) == ([1], [N])
    assert np.isfinite(list(history.row(-1).values())).all()

    model.save(tmp_path / "model")
    loaded = type(model).load(tmp_path / "model")
    same = trainer(type(model)).set_params(**model.get_params()).fit(X, y)
    outputs = results(model, X, y)
    for name in ("reconstruct", "inverse_transform", "sample", "anywhere"):
        assert (outputs[name].shape[1:], outputs[name].dtype) == (X.shape[1:], X.dtype), name
    for name in ("transform", "score_samples"):
        assert len(outputs[name]) == N
        assert np.isfinite(outputs[name]).all(), name
    np.testing.assert_array_equal(outputs["inverse_transform"], outputs["reconstruct"])
    assert_equal(outputs, results(loaded, X, y))
    assert_equal(outputs, results(same, X, y))
    assert loaded.history_ == history
    assert loaded.get_params() == model.get_params()


def assert_trains_in_parts(model, X, y):
    once = trainer(type(model)).set_params(**{**model.get_params(), "epochs": 2}).fit(X, y)
    model.partial_fit(X, y)
    # Samples without a seed continue the random stream.
    expected = {name: values for name, values in results(once, X, y).items() if name != "next"}
    assert_equal(expected, results(model, X, y))
    for name, values in once.history_.items():
        assert name == "seconds" or np.array_equal(values, model.history_[name]), name


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("bottleneck", BOTTLENECKS)
def test_every_bottleneck_works_with_every_likelihood(bottleneck, likelihood, shape, tmp_path):
    X = data(SHAPES[shape])
    model = trainer(bottleneck=bottleneck, likelihood=likelihood)
    assert_keeps_the_contract(model, X, None, tmp_path)
    assert (model.bottleneck_, model.likelihood_) == (bottleneck, likelihood)
    assert_trains_in_parts(model, X, None)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("bottleneck", densities())
def test_every_prior_works_with_every_density_or_names_both(bottleneck, prior, shape, tmp_path):
    X = data(SHAPES[shape])
    model = trainer(bottleneck=bottleneck, prior=prior, n_components=components(prior))
    if not fits(bottleneck, prior=prior):
        with pytest.raises(ParameterError, match=rf'^prior: "{prior}" needs .*, got bottleneck="{bottleneck}"$'):
            model.fit(X)
        return
    assert_keeps_the_contract(model, X, None, tmp_path)
    assert model.prior_ == prior
    assert_trains_in_parts(model, X, None)


@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize("bottleneck", BOTTLENECKS)
def test_every_bound_works_with_a_bottleneck_or_names_both(bottleneck, bound, tmp_path):
    X, model = data((8, 8)), trainer(bottleneck=bottleneck, bound=bound)
    if fits(bottleneck, bound):
        assert_keeps_the_contract(model, X, None, tmp_path)
        assert (model.bottleneck_, model.bound_) == (bottleneck, bound)
        assert_trains_in_parts(model, X, None)
        return
    with pytest.raises(ParameterError) as caught:
        model.fit(X)
    assert re.match(rf'bound: "{bound}" needs .*, got bottleneck="{bottleneck}"$', str(caught.value))
    assert not hasattr(model, "bound_")


def test_these_bounds_bottlenecks_and_priors_go_together_and_those_do_not():
    assert all(fits(bottleneck) for bottleneck in BOTTLENECKS)
    assert all(fits("gaussian", bound) for bound in BOUNDS)
    assert all(fits("gaussian", prior=prior) for prior in PRIORS)
    assert {"gaussian", "iaf"} <= set(densities())
    assert {"plain", "vector_quantized"}.isdisjoint(densities())
    assert fits("iaf", "importance_weighted")
    assert fits("iaf", "mmd")
    assert fits("plain", "mmd")
    assert fits("iaf", prior="gaussian_mixture")
    assert not fits("iaf", prior="vamp")
    assert not fits("plain", "importance_weighted")
    assert not fits("iaf", "doubly_reparameterized")
    assert not fits("iaf", "total_correlation")
    assert not fits("vector_quantized", "mmd")


@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize("prior", PRIORS)
def test_every_bound_works_with_every_prior(prior, bound):
    model = trainer(prior=prior, bound=bound, n_components=components(prior))
    if bound == "total_correlation" and prior != "standard_normal":
        # A model either trains or raises an error that names it; it never trains on anything else silently.
        model.fit(data((5,)))
        assert "total_correlation" in model.history_
        return
    assert np.isfinite(list(model.fit(data((5,))).history_.row(-1).values())).all()


@pytest.mark.parametrize("colours", [(), (3,)], ids=["grey", "colour"])
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("net", NETS)
def test_every_net_works_on_every_size(net, size, colours, tmp_path):
    X = data((*size, *colours))
    model = trainer(net=net, depth=2 if takes(net, VaeTrainer, depth=2) else None)
    assert_keeps_the_contract(model, X, None, tmp_path)
    assert model.net_ == net
    assert model.transform(X).shape == (N, 3)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("net", NETS)
def test_every_net_makes_a_map_of_codes(net, size, tmp_path):
    X = data(size)
    model = trainer(VqVaeTrainer, net=net, n_codes=4, latent_dim=2)
    if not takes(net, VqVaeTrainer, hidden=(4,)):
        model.set_params(hidden=None)
    assert_keeps_the_contract(model, X, None, tmp_path)
    codes = model.transform(X)
    assert codes.dtype == np.int64
    assert 0 <= codes.min() <= codes.max() < 4


@pytest.mark.parametrize("kind", [VaeTrainer, AutoencoderTrainer, VqVaeTrainer])
@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("net", NETS)
def test_every_net_learns_with_every_kind_of_labels(net, labels, kind, tmp_path):
    X, y = data((8, 8)), LABELS[labels]
    model = trainer(kind, net=net)
    if kind is VqVaeTrainer:
        model.set_params(n_codes=4, hidden=(4,) if takes(net, VqVaeTrainer, hidden=(4,)) else None)
    assert_keeps_the_contract(model, X, y, tmp_path)
    assert_trains_in_parts(model, X, y)


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize(
    "params",
    [
        {"prior": "vamp", "n_components": 3},
        {"prior": "gaussian_mixture", "n_components": 3},
        {"bottleneck": "iaf"},
        {"bound": "importance_weighted"},
        {"bound": "total_correlation"},
        {"bound": "mmd"},
        {"binarize": "dynamic"},
        {"ema": 8.0},
    ],
    ids=str,
)
def test_every_part_learns_with_every_kind_of_labels(params, labels, tmp_path):
    X, y = data((8, 8)), LABELS[labels]
    model = trainer(**params)
    assert_keeps_the_contract(model, X, y, tmp_path)
    assert_trains_in_parts(model, X, y)


@pytest.mark.parametrize("bottleneck", BOTTLENECKS)
def test_the_estimator_of_a_bottleneck_is_the_same_model(bottleneck):
    X = data((8, 8))
    general = trainer(bottleneck=bottleneck).fit(X)
    own = trainer(SMALL.get(bottleneck, VaeTrainer))
    own = (own if bottleneck in SMALL else own.set_params(bottleneck=bottleneck)).fit(X)
    assert_equal(results(general, X, None), results(own, X, None))


@pytest.mark.parametrize("activation", choices(VaeTrainer, "activation"))
@pytest.mark.parametrize("net", NETS)
def test_every_net_takes_every_activation(net, activation):
    model = trainer(net=net, activation=activation).fit(data((8, 8)))
    assert model.activation_ == activation
    assert np.isfinite(list(model.history_.row(-1).values())).all()
    assert np.isfinite(model.score_samples(data((8, 8)))).all()


@pytest.mark.parametrize(
    "registry", [("net", "autoencoder"), ("bottleneck",), ("prior",), ("likelihood",), ("bound",)], ids=" ".join
)
def test_every_member_has_a_description_with_source_and_year(registry):
    for name, description in _core.members(*registry):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert re.search(r"\([A-Za-z].*, (19|20)\d\d\)$", description), f"{name}: {description}"
        assert f'"{name}"' in ganvas.VaeTrainer.__doc__
