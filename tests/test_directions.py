"""Directions in latent space, and walks along them."""

import numpy as np
import pytest
import torch
from tiny import IMAGES, RING, tiny

import ganvas
from ganvas import AutoencoderTrainer, GanTrainer, VaeTrainer, VqVaeTrainer
from ganvas.exceptions import DataError, DtypeError, NotFittedError, ParameterError, ShapeError, UnknownNameError

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = {"hidden": (16,), "latent_dim": 4, "epochs": 2, "ema": 0}
LABELS = np.arange(len(IMAGES)) % 3
CODER = {"net": "mlp", "hidden": (16,), "latent_dim": 3, "epochs": 2, "batch_size": 32, "verbose": 0, "random_state": 0}


@pytest.fixture(scope="module")
def gan():
    return tiny(**SMALL).fit(IMAGES)


@pytest.fixture(scope="module")
def labelled():
    return tiny(**SMALL).fit(IMAGES, LABELS)


@pytest.fixture(scope="module")
def vae():
    return VaeTrainer(**CODER, ema=0).fit(IMAGES)


def first_weight(model, network, axis):
    """The weight of the first layer, with the latent on the last axis."""
    weight = next(iter(model._run.state_dict(network).values())).double().numpy()
    return np.moveaxis(weight, axis, -1).reshape(-1, weight.shape[axis])


def agree(found, weight, n):
    vectors, strengths = found
    _, singular, right = np.linalg.svd(weight)
    assert (vectors.shape, vectors.dtype) == ((n, weight.shape[1]), np.float32)
    np.testing.assert_allclose(strengths, singular[:n], rtol=1e-4)
    np.testing.assert_allclose(np.abs((vectors * right[:n]).sum(1)), 1, atol=1e-4)
    assert (np.take_along_axis(vectors, np.abs(vectors).argmax(1)[:, None], 1) > 0).all()


def test_sefa_is_the_decomposition_of_the_first_weight(gan, labelled, vae):
    agree(gan.directions(3), first_weight(gan, "generator", 1), 3)
    # Labels are appended to the latent, and are no directions.
    agree(labelled.directions(4), first_weight(labelled, "generator", 1)[:, :4], 4)
    agree(vae.directions(3), first_weight(vae, "decoder", 1), 3)
    deep = tiny(**SMALL | {"net": "dcgan", "hidden": None, "base_channels": 4, "latent_dim": 6}).fit(IMAGES)
    agree(deep.directions(5), first_weight(deep, "generator", 0), 5)


def test_sefa_has_the_weights_that_samples_have():
    model = tiny(**SMALL | {"ema": 10_000, "lr": 0.01}).fit(IMAGES)
    assert model.directions(1).strengths[0] != pytest.approx(
        np.linalg.norm(first_weight(model, "generator", 1), 2), rel=1e-4
    )
    at = torch.zeros(1, 4, requires_grad=True)
    slope = torch.autograd.functional.jacobian(lambda z: model.generator_(z).flatten(), at)[:, 0]
    vectors, strengths = model.directions(4)
    # A direction without effect in the first layer has none in the sample; here all have one.
    assert (strengths > 0).all()
    assert torch.linalg.matrix_rank(slope) == 4
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(4), atol=1e-5)


def test_both_methods_nearly_agree_for_a_gan(gan):
    wide = tiny(**SMALL | {"lr": 0.02, "epochs": 6}).fit(IMAGES)
    for model in (gan, wide):
        sefa, pca = model.directions(4), model.directions(4, method="pca")
        np.testing.assert_allclose(pca.strengths, sefa.strengths, rtol=0.05)
        apart = np.flatnonzero(np.diff(np.log(sefa.strengths)) < -0.2)
        first = [0] if len(apart) and apart[0] == 0 else []
        assert (np.abs((pca.vectors * sefa.vectors).sum(1))[first] > 0.95).all()
        np.testing.assert_allclose(np.linalg.norm(pca.vectors, axis=1), 1, rtol=1e-5)
    assert np.array_equal(gan.directions(2, method="pca").vectors, gan.directions(2, method="pca").vectors)


def test_pca_of_an_autoencoder_is_that_of_its_latents(vae):
    latents = vae.transform(IMAGES[:50]).astype(float)
    centred = latents - latents.mean(0)
    _, singular, right = np.linalg.svd(centred, full_matrices=False)
    vectors, strengths = vae.directions(2, method="pca", X=IMAGES[:50])
    np.testing.assert_allclose(strengths, singular[:2] / np.sqrt(49), rtol=1e-4)
    np.testing.assert_allclose(np.abs((vectors * right[:2]).sum(1)), 1, atol=1e-4)
    assert vae.directions(9, method="pca").vectors.shape == (3, 3)


def test_more_latents_than_outputs_are_completed_by_directions_without_effect():
    model = tiny(**SMALL | {"hidden": (2,)}).fit(IMAGES)
    vectors, strengths = model.directions(4)
    np.testing.assert_allclose(strengths[2:], 0, atol=1e-6)
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(4), atol=1e-5)
    walk = model.traverse(0, vectors[3])
    assert (walk == walk[:1]).all()


def test_a_vector_along_an_axis_is_this_dimension(gan, vae):
    axis = np.array([0, 0, 1, 0])
    np.testing.assert_array_equal(gan.traverse(3, 2), gan.traverse(3, axis * 7.0))
    np.testing.assert_array_equal(gan.traverse(3, 2), gan.traverse(3, torch.tensor(axis)))
    np.testing.assert_array_equal(vae.traverse(IMAGES[0], 1), vae.traverse(IMAGES[0], [0, 2, 0]))
    np.testing.assert_array_equal(gan.traverse(3, axis), gan.traverse(3, -axis)[::-1])


def test_a_walk_moves_the_component_along_its_direction(gan):
    latent, way = gan._run.starts(1, 3)[0], np.array([0.6, 0, 0, 0.8])
    rest = latent - (latent @ way) * way
    latents = np.stack([rest + t * way for t in (-2, 0, 2)]).astype(np.float32)
    made = gan.generator_(torch.from_numpy(latents)).detach().numpy()[:, 0]
    walk = gan.traverse(3, way, span=2, steps=3)
    assert walk.dtype == np.uint8
    assert np.abs(walk - (made + 1) * 127.5).max() <= 1
    np.testing.assert_array_equal(gan.traverse(latent, way, span=2, steps=3), walk)
    np.testing.assert_array_equal(gan.traverse(None, 0), gan.traverse(0, 0))


def test_walks_have_the_label_that_is_asked_for(labelled):
    walk = labelled.traverse(3, 1, y=2, steps=3)
    z = torch.from_numpy(labelled._run.starts(1, 3).repeat(3, 0))
    z[:, 1] = torch.tensor([-3.0, 0.0, 3.0])
    made = labelled.generator_(z, torch.tensor([2, 2, 2])).detach().numpy()[:, 0]
    assert np.abs(walk - (made + 1) * 127.5).max() <= 1
    labelled.plot_traversal(3, dims=[0, labelled.directions(1).vectors[0]], y=1)
    labelled.plot_directions(2, y=0)


def test_a_conditional_autoencoder_walks_from_samples_and_from_the_middle():
    model = VaeTrainer(**CODER).fit(IMAGES, LABELS)
    assert model.traverse(IMAGES[0], 0, y=1).shape == (9, 8, 8)
    assert model.traverse(None, model.directions(1).vectors[0], y=1).shape == (9, 8, 8)
    assert model.directions(2, method="pca", X=IMAGES, y=LABELS).vectors.shape == (2, 3)


def test_rows_of_a_plot_are_directions(gan, vae):
    ax = gan.plot_directions(3, steps=5)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["direction 0", "direction 1", "direction 2"]
    first = np.asarray(ax.images[0].get_array())[:8, :8, 0]
    walk = gan.traverse(0, gan.directions(1).vectors[0], steps=5)
    assert np.abs(first.astype(int) - walk[0]).max() <= 1
    ax = gan.plot_traversal(dims=[1, [1, 0, 0, 1]])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["latent 1", "direction 1"]
    assert len(gan.plot_traversal(7).get_yticks()) == 4
    for method in ("sefa", "pca"):
        vae.plot_directions(2, method=method, x=IMAGES[3])
        vae.plot_directions(2, method=method).figure.canvas.draw()


@pytest.mark.parametrize(
    ("X", "more"),
    [
        (np.random.default_rng(0).normal(size=(64, 12, 3)), {"kind": "series"}),
        (ganvas.data.shapes3d(64, size=8, random_state=0), {}),
        (ganvas.data.platform_levels(64, random_state=0), {}),
        (
            np.random.default_rng(0).random((64, 2, 8, 24)) < 0.2,
            {"kind": "roll", "net": "pianoroll", "base_channels": 4},
        ),
        (np.stack([IMAGES] * 3, axis=-1), {"net": "dcgan", "base_channels": 4}),
        (np.stack([IMAGES] * 3, axis=-1), {"net": "resnet", "base_channels": 4}),
    ],
    ids=["series", "volumes", "tiles", "rolls", "dcgan", "resnet"],
)
def test_every_kind_has_directions_and_a_plot(X, more):
    model = tiny(**SMALL | {"net": None, "hidden": None, "epochs": 1} | more).fit(X)
    vectors, strengths = model.directions(2)
    assert (np.diff(strengths) <= 0).all()
    assert model.traverse(1, vectors[0], steps=3).shape == (3, *X.shape[1:])
    model.plot_directions(2, steps=3).figure.canvas.draw()
    model.plot_traversal(steps=3).figure.canvas.draw()


REFUSED = [
    ({"dim": 4}, ParameterError, r"^dim: must be between 0 and 3, got 4$"),
    ({"dim": "x"}, ParameterError, r"^dim: expected an integer, got 'x'$"),
    ({"dim": [1, 0]}, ShapeError, r"^dim: expected an index or a direction \(4,\), got \(2,\)$"),
    ({"dim": np.zeros(4)}, DataError, r"^dim: expected a direction of any length but 0, got zeros$"),
    ({"dim": [0, np.nan, 0, 0]}, DataError, r"^dim: 1 values are not finite$"),
    ({"dim": ["a"] * 4}, DtypeError, r"^dim: expected an index or a direction of numbers, got <U1$"),
    ({"dim": 0, "steps": 1}, ParameterError, r"^steps: must be at least 2, got 1$"),
    ({"dim": 0, "x": -1}, ParameterError, r"^x: must be between 0"),
    ({"dim": 0, "x": [1, 2]}, ShapeError, r"^x: expected a seed or a latent \(4,\), got \(2,\)$"),
    ({"dim": 0, "y": 1}, ParameterError, r"^y: this model was fitted without labels"),
]


@pytest.mark.parametrize(("given", "error", "text"), REFUSED)
def test_wrong_walks_are_refused(gan, given, error, text):
    with pytest.raises(error, match=text):
        gan.traverse(**{"x": 0, **given})


def test_wrong_directions_are_refused(gan, vae):
    with pytest.raises(UnknownNameError, match=r'^unknown method "sef"; did you mean "sefa"'):
        gan.directions(2, method="sef")
    with pytest.raises(ParameterError, match=r"^n: must be at least 1, got 0$"):
        gan.directions(0)
    with pytest.raises(ParameterError, match=r"^X: expected None for a GAN, which has no encoder$"):
        gan.directions(2, method="pca", X=IMAGES)
    with pytest.raises(ParameterError, match=r'^X: expected None for method="sefa"'):
        vae.directions(2, X=IMAGES)
    with pytest.raises(ParameterError, match=r"^y: expected None without X"):
        vae.directions(2, method="pca", y=1)
    with pytest.raises(ShapeError, match=r"^X: expected at least 2 samples, got 1$"):
        vae.directions(2, method="pca", X=IMAGES[:1])
    for call in (GanTrainer().directions, GanTrainer().plot_directions, GanTrainer().plot_traversal):
        with pytest.raises(NotFittedError):
            call()


def test_models_without_a_linear_first_layer_say_so():
    codes = VqVaeTrainer(latent_dim=4, n_codes=8, epochs=1, batch_size=32, verbose=0, random_state=0).fit(IMAGES)
    with pytest.raises(ParameterError, match=r"^directions: expected latents that are vectors, this model has maps"):
        codes.directions(2)
    texts = ganvas.data.load_names()[:64]
    small = {"vocabulary": "characters", "latent_dim": 3, "width": 8, "epochs": 1, "verbose": 0, "random_state": 0}
    model = AutoencoderTrainer(net="gru", **small).fit(texts)
    with pytest.raises(ParameterError, match=r'^directions: expected a linear first layer, the decoder of net="?.gru'):
        model.directions(2)
    vectors = model.directions(2, method="pca").vectors
    assert len(model.traverse(texts[0], vectors[0], steps=3)) == 3


def test_rows_are_walked_and_not_drawn():
    model = tiny(**SMALL).fit(RING)
    assert model.traverse(0, model.directions(1).vectors[0], steps=4).shape == (4, 2)
    for call, name in ((model.plot_directions, "plot_directions"), (model.plot_traversal, "plot_traversal")):
        with pytest.raises(ParameterError, match=f"^{name}: draws images, this model was fitted on rows$"):
            call()
