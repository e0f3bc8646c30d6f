"""Latents whose samples are nearest to given ones."""

import os
import signal
import threading
import time

import numpy as np
import pandas as pd
import pytest
import torch
from tiny import IMAGES, RING, tiny

import ganvas
from ganvas import GanTrainer
from ganvas.estimators._inversion import Hole
from ganvas.exceptions import DataError, NotFittedError, ParameterError, ShapeError

pytestmark = pytest.mark.usefixtures("one_thread")

GREY, Y = ganvas.data.load_digits(size=8, return_y=True)
GREY, Y = GREY[:128].astype(np.float32) / 255, Y[:128]
COLOUR = np.stack([GREY, GREY[::-1], 1 - GREY], axis=-1)
SMALL = {"hidden": (16,), "latent_dim": 4, "epochs": 4, "lr": 1e-3, "ema": 0}
UNTRAINED = SMALL | {"lr": 1e-12}
CONVOLUTIONS = {"net": "dcgan", "hidden": None, "base_channels": 4, "latent_dim": 4, "epochs": 2}


@pytest.fixture(scope="module")
def gan():
    return tiny(**SMALL).fit(GREY)


@pytest.fixture(scope="module")
def labelled():
    return tiny(**SMALL).fit(GREY, Y % 3)


def root(a, b):
    return np.sqrt(((a.astype(float) - b) ** 2).reshape(len(a), -1).mean(1))


@pytest.mark.parametrize("X", [GREY, COLOUR, COLOUR.transpose(0, 3, 1, 2)], ids=["grey", "colour", "first"])
@pytest.mark.parametrize("params", [SMALL, UNTRAINED, CONVOLUTIONS], ids=["trained", "untrained", "dcgan"])
def test_generated_samples_are_found_again(X, params):
    model = tiny(**params).fit(X)
    samples, others = model.sample(5, random_state=5), model.sample(1000, random_state=6)
    found = model.invert(samples)
    assert found.latents.shape == (5, 4)
    assert (found.reconstruction.shape, found.reconstruction.dtype) == (samples.shape, samples.dtype)
    np.testing.assert_allclose(found.distance, root(samples, found.reconstruction), rtol=1e-3, atol=1e-6)
    nearest = np.array([root(others, sample[None].repeat(1000, 0)).min() for sample in samples])
    assert (found.distance < 0.2 * nearest).all()


def test_the_reconstruction_is_what_the_generator_makes_of_the_latents(gan):
    latents, reconstruction, _ = gan.invert(GREY[:3], steps=5, starts=2)
    made = gan.generator_(torch.from_numpy(latents)).detach().numpy()[:, 0]
    np.testing.assert_allclose(reconstruction, (made + 1) / 2, atol=1e-5)
    np.testing.assert_allclose(gan.interpolate(latents[0], latents[1], steps=2), reconstruction[:2], atol=1e-5)


def test_steps_and_starts_make_it_nearer(gan):
    samples = gan.sample(16, random_state=4)
    random = root(gan.sample(16, random_state=3), samples)
    assert gan.invert(samples, steps=0, starts=1).distance.mean() < 0.5 * random.mean()
    guess = gan.invert(GREY[:16], steps=0, starts=1).distance
    several = gan.invert(GREY[:16], steps=0, starts=20).distance
    moved = gan.invert(GREY[:16], steps=60, starts=1).distance
    both = gan.invert(GREY[:16], steps=60, starts=20).distance
    # The loss has a small term of the latents beside the distance.
    assert (several <= guess + 1e-6).all()
    assert (moved <= guess + 1e-6).all()
    assert (both <= moved + 2e-3).all()
    assert both.mean() < moved.mean() < guess.mean()


def test_a_sample_does_not_depend_on_the_others_and_nothing_is_drawn(gan):
    before = gan._run.to_bytes("{}")
    several, again, one = (gan.invert(X, steps=30, starts=3) for X in (GREY[:4], GREY[:4], GREY[:1]))
    assert np.array_equal(several.latents, again.latents)
    # Random starts are drawn sample after sample.
    np.testing.assert_allclose(one.distance, several.distance[:1], atol=1e-3)
    assert gan._run.to_bytes("{}") == before


def test_labels_decide_what_is_generated(labelled):
    samples = labelled.sample(6, y=[0, 1, 2, 0, 1, 2], random_state=1)
    right = labelled.invert(samples, [0, 1, 2, 0, 1, 2])
    wrong = labelled.invert(samples, [1, 2, 0, 1, 2, 0])
    assert right.distance.mean() < 0.5 * wrong.distance.mean()
    assert np.array_equal(labelled.invert(samples[:2], 1, steps=3).latents.shape, (2, 4))


def test_values_without_weight_are_filled_in(gan):
    whole = gan.sample(4, random_state=8)
    spoiled, weights = whole.copy(), np.ones((4, 8, 8, 1), np.float32)
    spoiled[:, :, 5:], weights[:, :, 5:] = 1 - whole[:, :, 5:], 0
    made = gan._inverted(spoiled[..., None], None, 300, 8, Hole(weights))[1][..., 0]
    plain = gan.invert(spoiled, steps=300).reconstruction
    assert root(made[:, :, :5], whole[:, :, :5]).max() < 0.02
    assert root(made, whole).mean() < 0.5 * root(plain, whole).mean()


OF_EVERY_KIND = {
    "rows": (RING, {}),
    "frame": (pd.DataFrame(RING * 5 + 3, columns=["a", "b"]), {}),
    "bytes": (IMAGES, {}),
    "tensor": (torch.from_numpy(IMAGES), {}),
    "series": (np.random.default_rng(0).normal(size=(64, 12, 3)), {"kind": "series"}),
    "volumes": (ganvas.data.shapes3d(64, size=8, random_state=0), {}),
    "tiles": (ganvas.data.platform_levels(64, random_state=0)[:, 6:, :8], {}),
    "rolls": (
        np.random.default_rng(0).random((64, 2, 8, 24)) < 0.2,
        {"kind": "roll", "net": "pianoroll", "hidden": None, "base_channels": 4},
    ),
}


@pytest.mark.parametrize("kind", OF_EVERY_KIND)
def test_samples_of_every_kind_come_back_in_their_form(kind):
    X, more = OF_EVERY_KIND[kind]
    model = tiny(**SMALL | {"epochs": 1} | more).fit(X)
    some = X.iloc[[7, 9]] if kind == "frame" else X[:2]
    found, before = model.invert(some, steps=10, starts=2), model.invert(some, steps=0, starts=2)
    assert type(found.reconstruction) is type(some)
    assert found.reconstruction.shape == some.shape
    assert found.latents.shape == (2, model.latent_dim_)
    assert (found.distance > 0).all()
    assert found.distance.mean() <= before.distance.mean() + 1e-6
    if kind == "frame":
        assert found.reconstruction.index.tolist() == [7, 9]


def test_codes_of_a_model_are_labels():
    model = tiny(**SMALL, codes=3).fit(GREY)
    samples = model.sample(3, y=[0, 1, 2], random_state=0)
    assert model.invert(samples, [0, 1, 2]).distance.max() < 0.05
    with pytest.raises(
        ParameterError, match=r"^y: expected labels of the samples for a model with codes of its own, got"
    ):
        model.invert(samples)


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"X": GREY[:2, :4]}, ShapeError, r"fitted on \(8, 8, 1\), got \(4, 8, 1\)"),
        ({"X": GREY[0]}, ShapeError, r"expected samples \(n, 8, 8\), got one sample \(8, 8\)"),
        ({"X": np.where(GREY > 0.9, np.nan, GREY)}, DataError, "not finite"),
        ({"X": GREY[:1], "steps": -1}, ParameterError, "^steps: must be between 0 and 1000000, got -1$"),
        ({"X": GREY[:1], "starts": 0}, ParameterError, "^starts: must be between 1 and 1000, got 0$"),
        ({"X": GREY[:1], "y": 1}, ParameterError, "^y: this model was fitted without labels"),
    ],
)
def test_what_cannot_be_inverted_is_refused(gan, given, error, text):
    with pytest.raises(error, match=text):
        gan.invert(**given)


def test_labels_and_a_fit_are_required(labelled):
    with pytest.raises(ParameterError, match=r"^y: expected labels of the samples for a model with labels, got None$"):
        labelled.invert(GREY[:2])
    with pytest.raises(NotFittedError):
        GanTrainer().invert(GREY)
    with pytest.raises(NotFittedError):
        GanTrainer().plot_inversion(GREY)


def test_the_core_checks_what_it_is_given(gan):
    x, starts = GREY[:2, :, :, None], np.zeros((2, 3, 4), np.float32)
    for wrong in (starts[:1], starts[:, :, :2], starts[:, 0]):
        with pytest.raises(ShapeError, match=r"^starts: expected \(2, starts, 4\), got"):
            gan._run.nearest("generator", x, np.ascontiguousarray(wrong), 1, 0.0)
    with pytest.raises(ParameterError, match=r"^weights: must be at least 0, and not all 0 for a sample, got 0$"):
        gan._run.nearest("generator", x, starts, 1, 0.0, weights=np.zeros_like(x))
    with pytest.raises(ShapeError, match=r"^weights: expected"):
        gan._run.nearest("generator", x, starts, 1, 0.0, weights=np.ones((2, 8, 8), np.float32))
    with pytest.raises(ParameterError, match=r'^unknown network "generatr"'):
        gan._run.nearest("generatr", x, starts, 1, 0.0)
    for wrong, word in ((-1.0, "-1"), (float("nan"), "NaN")):
        with pytest.raises(ParameterError, match=rf"^prior: must be finite and at least 0, got {word}$"):
            gan._run.nearest("generator", x, starts, 1, wrong)


def test_ctrl_c_interrupts_the_search(gan):
    pressed = []

    def press():
        time.sleep(0.3)
        pressed.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        gan.invert(GREY, steps=1_000_000)
    waited = time.perf_counter() - pressed[0]
    thread.join()
    assert waited < 1
    assert gan.sample(2).shape == (2, 8, 8)


def test_a_plot_has_a_row_for_each(gan):
    ax = gan.plot_inversion(GREY, n=3, steps=5, starts=2)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["sample", "nearest", "difference"]
    assert len(ax.get_xticks()) == 3
    for kind in ("series", "volumes", "tiles", "rolls", "rows"):
        X, more = OF_EVERY_KIND[kind]
        model = tiny(**SMALL | {"epochs": 1} | more).fit(X)
        model.plot_inversion(X, n=2, steps=2, starts=2).figure.canvas.draw()
