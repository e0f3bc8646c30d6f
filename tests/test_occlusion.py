"""Occlusion maps of the discriminator's and the likelihood's opinion."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from tiny import IMAGES, RING, tiny

import ganvas
from ganvas import AutoencoderTrainer, GanTrainer, VaeTrainer
from ganvas._data.windows import interpolated, most_frequent
from ganvas.exceptions import NotFittedError, ParameterError, ShapeError

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = {"hidden": (16,), "latent_dim": 4, "epochs": 3, "lr": 1e-3}
COLOUR = np.stack([IMAGES, IMAGES[::-1], 255 - IMAGES], axis=-1)
LABELS = np.arange(len(IMAGES)) % 3
CODER = {"net": "mlp", "hidden": (16,), "latent_dim": 3, "epochs": 5, "batch_size": 32, "verbose": 0, "random_state": 0}


@pytest.fixture(scope="module")
def gan():
    return tiny(**SMALL).fit(IMAGES)


def test_a_window_is_filled_from_what_surrounds_it():
    series = np.array([[0.0, 1.0, 9.0, 9.0, 9.0, 5.0, 2.0]])[..., None]
    np.testing.assert_allclose(interpolated(series, (slice(2, 5),))[0, :, 0], [2, 3, 4])
    # At an end, only one side is known.
    np.testing.assert_allclose(interpolated(series, (slice(5, 7),))[0, :, 0], [9, 9])
    even = np.full((2, 6, 6, 3), 0.1, np.float32)
    even[:, 2:4, 2:4] = 7
    np.testing.assert_array_equal(interpolated(even, (slice(2, 4), slice(2, 4))), np.float32(0.1))
    whole = np.arange(8.0).reshape(1, 2, 2, 2)
    np.testing.assert_allclose(interpolated(whole, (slice(0, 2), slice(0, 2)))[0], np.full((2, 2, 2), [3.0, 4.0]))
    # The one voxel that is not surrounded by zeros, at the distance 1; the others by their distances.
    volume = np.zeros((1, 3, 3, 3, 1))
    volume[0, 0, 1, 1] = 1
    weights = [
        np.sqrt(sum(step)) ** -3.0 for step in product((0, 1), repeat=3) for _ in range(2 ** sum(step)) if sum(step)
    ]
    assert interpolated(volume, (slice(1, 2),) * 3).item() == pytest.approx(1 / sum(weights))


def test_symbols_are_replaced_by_the_most_frequent_around():
    tiles = np.array([[[0, 0, 2, 2], [0, 1, 2, 2], [2, 2, 2, 2]]], np.uint8)
    assert most_frequent(tiles, (slice(1, 2), slice(1, 2))).tolist() == [[[2]]]
    assert most_frequent(tiles, (slice(0, 1), slice(0, 1))).tolist() == [[[0]]]
    assert most_frequent(tiles, (slice(0, 3), slice(0, 4))).tolist() == [[[2]]]


def test_a_map_is_the_mean_change_over_the_windows_that_contain_a_position(gan, monkeypatch):
    weight = np.random.default_rng(0).normal(size=(8, 8, 1))

    def opinion(array, codes):
        return (array * weight).sum((1, 2, 3))

    monkeypatch.setattr(gan, "_opinion", opinion, raising=False)
    images = IMAGES[:3].astype(float)
    changes, counts = np.zeros((3, 8, 8)), np.zeros((8, 8))
    for y, x in product((0, 2, 4, 5), repeat=2):
        hidden = images.copy()
        hidden[:, y : y + 3, x : x + 3] = interpolated(images[..., None], (slice(y, y + 3), slice(x, x + 3)))[..., 0]
        change = ((images - hidden) * weight[..., 0]).sum((1, 2))
        changes[:, y : y + 3, x : x + 3] += change[:, None, None]
        counts[y : y + 3, x : x + 3] += 1
    found = gan.occlusion_map(IMAGES[:3], size=3, stride=2)
    np.testing.assert_allclose(found, changes / counts, rtol=1e-4, atol=1e-3)
    monkeypatch.setattr("ganvas.estimators._occlusion._BYTES", 1)
    np.testing.assert_array_equal(gan.occlusion_map(IMAGES[:3], size=3, stride=2), found)


def test_the_score_of_a_gan_is_that_of_its_discriminator():
    for more in ({}, {"pac": 4}, {"net": "dcgan", "hidden": None, "base_channels": 4, "minibatch_std": True}):
        model = tiny(**SMALL | more).fit(IMAGES)
        x = torch.from_numpy(IMAGES[:2].astype(np.float32))[:, None] / 127.5 - 1
        smooth = IMAGES[:2].astype(np.float32)[..., None]
        smooth[:, 4:, 4:] = interpolated(smooth, (slice(4, 8), slice(4, 8)))
        hidden = torch.from_numpy(smooth)[..., 0][:, None] / 127.5 - 1
        pac = more.get("pac", 1)
        scores = [model.discriminator_(one.repeat_interleave(pac, 0)).detach().numpy() for one in (x, hidden)]
        corner = model.occlusion_map(IMAGES[:2], size=4, stride=4)[:, 7, 7]
        np.testing.assert_allclose(corner, scores[0] - scores[1], atol=1e-4)


def test_an_even_background_says_nothing_and_strokes_do():
    digits = ganvas.data.load_digits(size=16)[:400]
    framed = np.pad(digits, ((0, 0), (4, 4), (4, 4)))
    model = VaeTrainer(**CODER | {"hidden": (64,), "latent_dim": 8, "epochs": 20}).fit(framed)
    of_gan = tiny(**SMALL | {"net": "dcgan", "hidden": None, "base_channels": 4}).fit(framed)
    for one in (model, of_gan):
        maps = one.occlusion_map(framed[:8], size=4, stride=2)
        assert (maps[:, :2, :2] == 0).all()
        stroke = framed[:8] > 128
        assert np.abs(maps)[stroke].mean() > 1.2 * np.abs(maps)[~stroke].mean()


def test_the_score_of_an_autoencoder_is_its_likelihood():
    model = VaeTrainer(**CODER).fit(IMAGES)
    smooth = IMAGES[:2].astype(np.float32)
    smooth[:, :4, :4] = interpolated(smooth[..., None], (slice(0, 4), slice(0, 4)))[..., 0]
    change = model.score_samples(IMAGES[:2]) - model.score_samples(smooth)
    np.testing.assert_allclose(model.occlusion_map(IMAGES[:2], size=4, stride=4)[:, 0, 0], change, rtol=1e-4)


def test_columns_of_rows_get_their_mean():
    rows = np.random.default_rng(0).normal([5, -100, 0, 0], [1, 10, 1, 1], size=(128, 4))
    rows[:, 3] = rows[:, 2] * 3
    model = AutoencoderTrainer(**CODER | {"latent_dim": 2}).fit(pd.DataFrame(rows, columns=list("abcd")))
    some = pd.DataFrame(rows[:5], columns=list("abcd"))
    found = model.occlusion_map(some)
    assert (found.shape, found.dtype) == ((5, 4), np.float32)
    for i, name in enumerate("abcd"):
        hidden = some.assign(**{name: rows[:, i].mean()})
        np.testing.assert_allclose(
            found[:, i], model.score_samples(some) - model.score_samples(hidden), rtol=1e-3, atol=1e-3
        )
    assert np.ptp(model.occlusion_map(some, size=4), axis=1).max() == 0


OF_EVERY_KIND = {
    "grey": (IMAGES, {}, (8, 8)),
    "colour": (COLOUR, {}, (8, 8)),
    "first": (torch.from_numpy(COLOUR.transpose(0, 3, 1, 2).copy()), {}, (8, 8)),
    "rows": (RING, {}, (2,)),
    "series": (np.random.default_rng(0).normal(size=(64, 12, 3)), {"kind": "series"}, (12,)),
    "volumes": (ganvas.data.shapes3d(64, size=8, random_state=0), {"base_channels": 4}, (8, 8, 8)),
    "tiles": (
        ganvas.data.platform_levels(64, random_state=0),
        {"base_channels": 4},
        ganvas.data.platform_levels(1).shape[1:],
    ),
    "rolls": (
        np.random.default_rng(0).random((64, 2, 8, 24)) < 0.2,
        {"kind": "roll", "net": "pianoroll", "base_channels": 4},
        (2, 8, 24),
    ),
}


@pytest.mark.parametrize("kind", OF_EVERY_KIND)
@pytest.mark.parametrize("family", ["gan", "vae"])
def test_a_map_has_the_positions_of_a_sample_and_a_picture(kind, family):
    X, more, positions = OF_EVERY_KIND[kind]
    make = {"epochs": 1, "latent_dim": 3, "batch_size": 32, "verbose": 0, "random_state": 0, "progress": False} | more
    if family == "vae":
        make["net"] = "mlp"
        make.pop("base_channels", None)
    model = (GanTrainer if family == "gan" else VaeTrainer)(**make).fit(X)
    found = model.occlusion_map(X[:2])
    assert (found.shape, found.dtype) == ((2, *positions), np.float32)
    assert np.isfinite(found).all()
    assert found.any()
    model.plot_occlusion(X, n=2).figure.canvas.draw()


def test_hidden_values_of_rolls_and_tiles_are_values_of_the_data(monkeypatch):
    for kind in ("rolls", "tiles"):
        X, more, _ = OF_EVERY_KIND[kind]
        model = tiny(**SMALL | {"net": None, "hidden": None, "epochs": 1} | more).fit(X)
        seen = []
        monkeypatch.setattr(
            model,
            "_opinion",
            lambda array, codes, seen=seen: (seen.append(array), array[:, 0].flatten()[: len(array)])[1],
            raising=False,
        )
        model.occlusion_map(X[:1])
        values = np.unique(np.concatenate([array.reshape(-1) for array in seen]))
        assert set(values.tolist()) <= set(range(20 if kind == "tiles" else 2))


def test_labels_are_given_to_the_discriminator():
    model = tiny(**SMALL).fit(IMAGES, LABELS)
    one, other = model.occlusion_map(IMAGES[:4], 0), model.occlusion_map(IMAGES[:4], [1, 1, 1, 1])
    assert (one != other).any()
    np.testing.assert_allclose(
        model.occlusion_map(IMAGES[:4], [0, 0, 1, 1]), np.concatenate([one[:2], other[2:]]), atol=1e-5
    )
    with pytest.raises(
        ParameterError, match=r"^y: expected labels of the samples, which the discriminator is given, got None$"
    ):
        model.occlusion_map(IMAGES[:4])
    with pytest.raises(ParameterError, match=r"^y: expected labels among 0, 1, 2, got 3$"):
        model.plot_occlusion(IMAGES[:4], 3)
    assert tiny(**SMALL, discriminator_conditioning="auxiliary").fit(IMAGES, LABELS).occlusion_map(IMAGES[:1]).any()
    assert tiny(**SMALL, codes=3).fit(IMAGES).occlusion_map(IMAGES[:1]).any()
    coder = VaeTrainer(**CODER | {"epochs": 1}).fit(IMAGES, LABELS)
    assert (coder.occlusion_map(IMAGES[:1]) != coder.occlusion_map(IMAGES[:1], 1)).any()


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"size": 0}, ParameterError, "^size: must be between 1 and 8, got 0$"),
        ({"size": 9}, ParameterError, "^size: must be between 1 and 8, got 9$"),
        ({"size": 2.5}, ParameterError, "^size: expected an integer, got 2.5$"),
        (
            {"size": (2, 3, 4)},
            ParameterError,
            r"^size: expected an integer, or one for each of 2 sides, got \(2, 3, 4\)$",
        ),
        ({"stride": 0}, ParameterError, "^stride: must be between 1 and 8, got 0$"),
        ({"X": IMAGES[:1, :4]}, ShapeError, "fitted on"),
        ({"y": 1}, ParameterError, "^y: this model was fitted without labels"),
    ],
)
def test_wrong_windows_and_samples_are_refused(gan, given, error, text):
    with pytest.raises(error, match=text):
        gan.occlusion_map(**{"X": IMAGES[:1], **given})


def test_windows_may_differ_along_the_sides(gan):
    narrow = gan.occlusion_map(IMAGES[:1], size=(8, 2), stride=(8, 2))
    assert (narrow == narrow[:, :1]).all()
    assert (narrow[:, 0, ::2] == narrow[:, 0, 1::2]).all()


def test_texts_and_models_that_are_not_fitted_are_refused():
    for call in (GanTrainer().occlusion_map, VaeTrainer().plot_occlusion):
        with pytest.raises(NotFittedError):
            call(IMAGES)
    texts = ganvas.data.load_names()[:64]
    small = {"vocabulary": "characters", "latent_dim": 3, "width": 8, "epochs": 1, "verbose": 0, "random_state": 0}
    model = AutoencoderTrainer(net="gru", **small).fit(texts)
    with pytest.raises(
        ParameterError, match=r"^occlusion needs values at fixed places, this model was fitted on texts; use"
    ):
        model.occlusion_map(texts[:1])
