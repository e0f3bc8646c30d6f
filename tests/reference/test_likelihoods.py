"""Likelihoods and divergences in closed form, through the scores of small models."""

import itertools
import math

import numpy as np
import pytest
import torch
from coders import PlainCoder, in_range, new_coder, train
from philox import score_noise
from registries import names
from runs import images, rows
from torch.distributions import Laplace, Normal

import ganvas

pytestmark = pytest.mark.usefixtures("one_thread")
TINY = {"net": "mlp", "hidden": (6,), "latent_dim": 2, "epochs": 1, "batch_size": 4, "lr": 0.02}


def same_latent(X, **more):
    """A trained model with a single code, so that a score is the log likelihood under this latent."""
    run, array, _ = new_coder(ganvas.VqVaeTrainer(**TINY | {"n_codes": 1} | more), X)
    train(run, array, 1)
    return run, array


def pixels(levels, count):
    """All images with this number of pixels and levels."""
    values = list(itertools.product(np.linspace(0, 1, levels, dtype=np.float32), repeat=count))
    return np.array(values, dtype=np.float32).reshape(-1, 1, count)


@pytest.mark.parametrize(
    ("likelihood", "levels", "count"),
    [
        ("bernoulli", 2, 3),
        ("bernoulli", 2, 4),
        ("categorical", 2, 3),
        ("categorical", 16, 2),
        ("categorical", 256, 1),
        ("discretised_logistic", 2, 3),
        ("discretised_logistic", 16, 2),
        ("discretised_logistic", 256, 1),
        ("discretised_logistic", 4096, 1),
        ("discretised_logistic", 65536, 1),
    ],
)
def test_probabilities_of_all_pictures_sum_to_one(likelihood, levels, count):
    X = pixels(levels, count)
    more = {} if likelihood == "bernoulli" else {"levels": levels}
    run, array, _ = new_coder(ganvas.VqVaeTrainer(**TINY | {"n_codes": 1, "likelihood": likelihood} | more), X)
    # Some images are more frequent than others.
    train(run, np.concatenate([array[-1:]] * 8 + [array[:1]] * 4), 1)
    scores = run.scores(array, None, 1, 1).astype(np.float64)
    assert np.ptp(scores) > 0.01
    assert np.exp(scores).sum() == pytest.approx(1, abs=2e-4)


@pytest.mark.parametrize("variance", [None, 0.3])
@pytest.mark.parametrize("likelihood", ["gaussian", "laplace"])
def test_densities_of_rows_integrate_to_one_in_the_users_units(likelihood, variance):
    X = 40 + 9 * rows(40, 1)
    run, _ = same_latent(X, likelihood=likelihood, variance=variance)
    grid = np.linspace(X.mean() - 400, X.mean() + 400, 40_001, dtype=np.float32)[:, None]
    density = torch.from_numpy(run.scores(grid, None, 1, 1)).double().exp()
    assert torch.trapezoid(density, torch.from_numpy(grid[:, 0]).double()).item() == pytest.approx(1, abs=1e-3)


DENSITIES = {
    "bytes": lambda: images(20, 5, 3),
    "floats": lambda: images(20, 5, 1).astype(np.float32) / 40 - 3,
    "rows": lambda: 40 + 9 * rows(20, 4),
}


@pytest.mark.parametrize("variance", [None, 0.3])
@pytest.mark.parametrize("likelihood", ["gaussian", "laplace"])
@pytest.mark.parametrize("data", DENSITIES)
def test_a_score_is_a_density_in_the_users_units(likelihood, variance, data):
    X = DENSITIES[data]()
    coder = ganvas.AutoencoderTrainer(
        **TINY | {"likelihood": likelihood, "variance": variance}, random_state=0, verbose=0
    ).fit(X)
    shape, x = coder._run.data().words(), in_range(coder._run, X if X.ndim != 3 else X[..., None])
    means, channels = coder.decoder_(coder.encoder_(x)).double(), x.shape[1]
    parts = coder._run.state_dict("parts")
    if likelihood == "gaussian":
        free = [(1e-5 + parts.get("likelihood.log_variance", torch.zeros(channels)).exp()) ** 0.5]
        scale = torch.full([channels], variance**0.5) if variance else free[0]
    else:
        free = [1e-3 + parts.get("likelihood.log_scale", torch.zeros(channels)).exp()]
        scale = torch.full([channels], (variance / 2) ** 0.5) if variance else free[0]
    if "low" in shape:
        half = (shape["high"] - shape["low"]) / 2
        means, scale = (means + 1) * half + shape["low"], (scale * half)[:, None, None]
        found = torch.from_numpy(np.asarray(X, np.float64).reshape(20, 5, 5, channels)).movedim(3, 1)
    else:
        deviation = torch.tensor(shape["deviation"])
        means, scale = means * deviation + torch.tensor(shape["mean"]), scale * deviation
        found = torch.from_numpy(np.asarray(X, np.float64))
    family = Normal if likelihood == "gaussian" else Laplace
    wanted = family(means, scale).log_prob(found).flatten(1).sum(1)
    assert coder.score_samples(X) == pytest.approx(wanted.numpy(), rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("likelihood", ["categorical", "discretised_logistic"])
def test_a_score_is_the_probability_of_the_levels(likelihood):
    coder = ganvas.AutoencoderTrainer(**TINY | {"likelihood": likelihood}, random_state=0, verbose=0)
    X = images(20, 4, 3)
    coder.fit(X)
    model, x = PlainCoder(coder._run).double(), in_range(coder._run, X).double()
    with torch.no_grad():
        wanted = model.log_likelihood(model.encode(x, None, None)[0], x, None)[0]
    assert coder.score_samples(X) == pytest.approx(wanted.numpy(), rel=1e-5)


def test_the_mean_of_a_categorical_is_that_of_its_levels():
    coder = ganvas.AutoencoderTrainer(**TINY | {"likelihood": "categorical", "levels": 5}, random_state=0, verbose=0)
    X = images(20, 4, 3)
    coder.fit(X)
    model = PlainCoder(coder._run)
    z = torch.randn(3, 2, generator=torch.Generator().manual_seed(0))
    shares = model.networks["decoder"](z).view(3, 5, 3, 4, 4).softmax(1)
    wanted = sum(share * value for share, value in zip(shares.unbind(1), (-1, -0.5, 0, 0.5, 1), strict=True))
    assert (coder.decoder_(z) - wanted).abs().max() < 1e-6


def test_values_far_out_have_finite_scores_and_losses():
    for likelihood in names("likelihood"):
        coder = ganvas.AutoencoderTrainer(**TINY | {"likelihood": likelihood, "lr": 1.0}, random_state=0, verbose=0)
        X = np.where(images(40, 5) > 100, 255, 0).astype(np.uint8)
        coder.set_params(epochs=20).fit(X)
        assert np.isfinite(coder.score_samples(X)).all(), likelihood


def test_kl_of_a_gaussian_with_mean_a_half_and_deviation_four_fifths():
    wanted = 0.5 * (0.64 + 0.25 - 1 - math.log(0.64))
    assert round(wanted, 4) == 0.1681
    plain = torch.distributions.kl_divergence(Normal(torch.tensor(0.5), 0.8), Normal(torch.tensor(0.0), 1.0))
    assert plain.item() == pytest.approx(wanted, abs=1e-6)


def test_the_kl_that_is_shown_and_the_one_in_a_score_are_the_closed_form():
    X = images(8, 4)
    run, array, _ = new_coder(ganvas.VaeTrainer(**TINY | {"batch_size": 8, "lr": 1e-12}), X)
    model, x = PlainCoder(run).double(), in_range(run, array).double()
    features = model.networks["encoder"](x)
    mean, variance = features[:, :2], features[:, 2:].exp()
    kl = 0.5 * (variance + mean**2 - 1 - variance.log()).sum(1)
    train(run, array, 1)
    assert run.history()["kl"][0] == pytest.approx(kl.mean().item(), rel=1e-5)
    noise = torch.from_numpy(score_noise(run, array, 1, 2)).double()[0]
    z = mean + variance.sqrt() * noise
    wanted = model.log_likelihood(z[None], x, None)[0] - kl
    assert run.scores(array, None, 1, 1) == pytest.approx(wanted.detach().numpy(), rel=1e-5)
