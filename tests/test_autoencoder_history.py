"""The training history of autoencoders."""

import warnings

import numpy as np
import pytest

import ganvas
from ganvas import AutoencoderTrainer, VaeTrainer, VqVaeTrainer
from ganvas.exceptions import CollapseWarning

pytestmark = pytest.mark.usefixtures("one_thread")

IMAGES = ganvas.data.load_digits(size=8)[:64]
SHARED = ["epoch", "samples", "loss", "reconstruction"]


def small(kind=VaeTrainer, **params):
    usual = {"net": "mlp", "hidden": (8,), "latent_dim": 2, "epochs": 2, "batch_size": 16, "random_state": 0}
    if kind is VqVaeTrainer:
        usual |= {"n_codes": 4, "lr": 3e-3, "epochs": 40}
    return kind(**{**usual, "verbose": 0, "progress": False, **params})


@pytest.mark.parametrize(
    ("model", "own"),
    [
        (small(), ["kl", "active_units", "mutual_information", "kl_weight"]),
        (
            small(bound="total_correlation"),
            ["kl", "total_correlation", "active_units", "mutual_information", "kl_weight"],
        ),
        (small(bound="mmd"), ["kl", "mmd", "active_units", "mutual_information", "kl_weight"]),
        (small(bottleneck="iaf"), ["kl", "active_units", "kl_weight"]),
        (small(AutoencoderTrainer), []),
        (small(AutoencoderTrainer, l2=0.1), ["l2"]),
        (small(AutoencoderTrainer, bound="mmd"), ["mmd", "kl_weight"]),
        (small(VqVaeTrainer), ["commitment", "perplexity"]),
    ],
    ids=str,
)
def test_history_has_the_columns_that_apply(model, own):
    history = model.fit(IMAGES).history_
    assert list(history.columns) == [*SHARED, *own, "seconds"]
    assert all(np.isfinite(history[name]).all() for name in history.columns)


def test_the_loss_is_the_sum_of_its_terms():
    history = small(beta=3.0).fit(IMAGES).history_
    np.testing.assert_allclose(history["loss"], history["reconstruction"] + 3 * history["kl"], rtol=1e-5)
    history = small(VqVaeTrainer).fit(IMAGES).history_
    np.testing.assert_allclose(history["loss"], history["reconstruction"] + history["commitment"], rtol=1e-5)
    assert (history["perplexity"] <= 4).all()


@pytest.mark.parametrize(
    ("schedule", "length", "course"),
    [
        (None, None, [4, 4, 4, 4, 4, 4, 4, 4]),
        ("warmup", 4, [1, 2, 3, 4, 4, 4, 4, 4]),
        ("warmup", None, [2, 4, 4, 4, 4, 4, 4, 4]),
        ("cyclical", 2, [2, 4, 4, 0, 2, 4, 4, 0]),
        ("cyclical", None, [4, 0, 4, 0, 4, 0, 4, 0]),
        ("warmup", 0, [4, 4, 4, 4, 4, 4, 4, 4]),
    ],
)
def test_the_weight_follows_its_schedule(schedule, length, course):
    model = small(epochs=8, beta=4.0, beta_schedule=schedule, warmup_epochs=length).fit(IMAGES)
    np.testing.assert_allclose(model.history_["kl_weight"], course)


def test_a_collapsed_posterior_gives_a_warning():
    model = small(beta=1e4, epochs=150)
    with pytest.warns(CollapseWarning, match=r"^the posterior has collapsed: KL .* nats, .*; lower beta, or try "):
        model.fit(IMAGES)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small(epochs=150, beta=0.01).fit(IMAGES)
