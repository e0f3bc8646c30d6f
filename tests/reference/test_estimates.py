"""Estimates of the log likelihood against integrals and against plain PyTorch; flows; labels."""

import numpy as np
import pytest
import torch
from coders import PlainCoder, encoded_labels, in_range
from philox import keys, score_noise, uniform
from registries import nets_of_arrays
from runs import images, rows

import ganvas

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = {"net": "mlp", "hidden": (16,), "latent_dim": 2, "batch_size": 20, "verbose": 0, "random_state": 4, "lr": 0.01}
MODELS = {
    "bernoulli": ({"epochs": 30}, lambda: images(60, 4)),
    "gaussian": ({"epochs": 60}, lambda: rows(60, 4)),
    "mixture": ({"epochs": 60, "prior": "gaussian_mixture", "n_components": 6}, lambda: rows(60, 4)),
    "vamp": ({"epochs": 60, "prior": "vamp", "n_components": 6}, lambda: rows(60, 4)),
    "iaf": ({"epochs": 60, "bottleneck": "iaf"}, lambda: rows(60, 4)),
    "importance weighted": ({"epochs": 60, "bound": "importance_weighted"}, lambda: images(60, 4)),
    "discretised logistic": ({"epochs": 300, "likelihood": "discretised_logistic"}, lambda: images(60, 4)),
}
FITTED = {}


def fitted(name):
    if name not in FITTED:
        parameters, data = MODELS[name]
        X = data()
        FITTED[name] = ganvas.VaeTrainer(**SMALL | parameters).fit(X), X
    coder, X = FITTED[name]
    model = PlainCoder(coder._run).double()
    return coder, X, model, in_range(coder._run, X if X.ndim == 2 else X[..., None]).double()


def volume(coder):
    """Log volume that converts densities in the networks' range to the user's units."""
    data = coder._run.data().words()
    if coder.likelihood_ not in ("gaussian", "laplace"):
        return 0.0
    return -np.log(data["deviation"]).sum()


@pytest.mark.parametrize("name", MODELS)
def test_log_likelihood_is_the_integral_over_latents(name):
    coder, X, model, x = fitted(name)
    with torch.no_grad():
        axis = torch.linspace(-7, 7, 351, dtype=torch.float64)
        grid = torch.cartesian_prod(axis, axis)
        log_prior = model.prior().log_prob(grid)
        assert log_prior.exp().sum() * (axis[1] - axis[0]) ** 2 == pytest.approx(1, abs=1e-3)
        wanted = []
        for sample in x[:10]:
            likelihood = model.log_likelihood(grid[:, None], sample[None], None)[:, 0]
            wanted.append((likelihood + log_prior).logsumexp(0) + 2 * (axis[1] - axis[0]).log())
    wanted = torch.stack(wanted).numpy() + volume(coder)
    mean, error = coder.log_likelihood(X[:10])
    assert mean == pytest.approx(wanted.mean(), abs=2e-2)
    assert error == pytest.approx(wanted.std(ddof=1) / 10**0.5, abs=1e-2)


def weights(model, x, noise, labels=None):
    """log p(x, z) - log q(z | x) of the latents for noise ``(k, n, d)``."""
    z, density, _, _ = model.encode(x, labels, noise)
    return model.log_likelihood(z, x, labels) + model.prior().log_prob(z) - density


@pytest.mark.parametrize("name", MODELS)
def test_scores_of_many_draws_agree_with_those_of_other_noise(name):
    coder, X, model, x = fitted(name)
    draws = 3000
    with torch.no_grad():
        noise = torch.randn(draws, len(x), 2, generator=torch.Generator().manual_seed(0)).double()
        found = weights(model, x, noise)
    wanted = found.logsumexp(0) - np.log(draws) + volume(coder)
    # Standard error of a mean of weights, by the delta method, for both sides.
    share = (found - found.logsumexp(0)).exp()
    error = ((share - 1 / draws).square().sum(0) * 2).sqrt()
    difference = torch.from_numpy(coder.score_samples(X, n_importance=draws)) - wanted
    # A weight of a flow's latents can be so rare that only one side has drawn it.
    assert (difference.abs() < 5 * error + 1e-4).double().mean() > 0.98
    assert error.max() < 0.5


@pytest.mark.parametrize("draws", [1, 2, 33, 5000])
@pytest.mark.parametrize("name", MODELS)
def test_scores_are_those_of_plain_torch_with_the_same_noise(name, draws):
    coder, X, model, x = fitted(name)
    X, x = X[:7], x[:7]
    # Below 16 draws, the mean of several bounds with 16 draws in total.
    repeats = -(-16 // draws)
    noise = torch.from_numpy(score_noise(coder._run, X, draws * repeats, 2, pairs=draws == 1)).double()
    with torch.no_grad():
        found = weights(model, x, noise)
        if draws == 1 and coder.bottleneck_ == "gaussian" and coder.prior_ == "standard_normal":
            z, _, gaussian, _ = model.encode(x, None, noise)
            kl = torch.distributions.kl_divergence(gaussian, torch.distributions.Normal(0.0, 1.0)).sum(1)
            found = model.log_likelihood(z, x, None) - kl
        found = (found.view(repeats, draws, 7).logsumexp(1) - np.log(draws)).mean(0)
    wanted = found.numpy() + volume(coder)
    assert coder.score_samples(X, n_importance=draws) == pytest.approx(wanted, rel=2e-5, abs=2e-4)


@pytest.mark.parametrize("draws", [4096, 4097])
def test_a_single_remaining_draw_has_the_same_weight(draws):
    more = {"latent_dim": 10, "epochs": 60, "random_state": 292, "variance": 0.1}
    coder = ganvas.VaeTrainer(**SMALL | more).fit(rows(60, 12))
    X = rows(60, 12)[:7]
    model, x = PlainCoder(coder._run).double(), in_range(coder._run, X).double()
    noise = torch.from_numpy(score_noise(coder._run, X, draws, 10)).double()
    with torch.no_grad():
        wanted = weights(model, x, noise).logsumexp(0) - np.log(draws)
    found = coder.score_samples(X, n_importance=draws)
    assert found == pytest.approx(wanted.numpy() + volume(coder), rel=0, abs=1e-4)


def test_log_likelihood_is_the_mean_of_scores():
    coder, _, _, _ = fitted("gaussian")
    X = rows(150, 4, seed=5)
    scores = coder.score_samples(X, n_importance=200)
    mean, error = coder.log_likelihood(X, n_importance=200)
    assert mean == pytest.approx(scores.mean(), rel=1e-12)
    assert error == pytest.approx(scores.std(ddof=1) / 150**0.5, rel=1e-12)
    assert coder.score(X) == coder.score_samples(X).mean()


@pytest.mark.parametrize("draws", [1, 30])
def test_scores_of_binarized_pictures_draw_black_and_white(draws):
    X = images(20, 6)
    coder = ganvas.VaeTrainer(**SMALL | {"binarize": "dynamic", "epochs": 3}).fit(X)
    model, x = PlainCoder(coder._run).double(), in_range(coder._run, X[..., None])
    repeats = 16 if draws == 1 else 1
    noise = torch.from_numpy(score_noise(coder._run, X, draws * repeats, 2, pairs=draws == 1)).double()
    noise = noise.view(repeats, draws, 20, 2)
    white = np.stack([uniform(4, "score", key | 1, repeats * 36) for key in keys(coder._run, X)])
    white = torch.from_numpy(white).view(20, repeats, 1, 6, 6)
    normal = torch.distributions.Normal(0.0, 1.0)
    wanted = 0
    with torch.no_grad():
        for repeat in range(repeats):
            seen = ((x + 1) / 2 > white[:, repeat]).double() * 2 - 1
            if draws == 1:
                z, _, gaussian, _ = model.encode(seen, None, noise[repeat])
                kl = torch.distributions.kl_divergence(gaussian, normal).sum(1)
                wanted += (model.log_likelihood(z, seen, None)[0] - kl) / repeats
            else:
                wanted = weights(model, seen, noise[repeat]).logsumexp(0) - np.log(draws)
    assert coder.score_samples(X, n_importance=draws) == pytest.approx(wanted.numpy(), rel=1e-5)


# Flows ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_the_log_determinant_of_a_flow_is_that_of_its_jacobian(dim):
    coder = ganvas.VaeTrainer(**SMALL | {"bottleneck": "iaf", "latent_dim": dim, "epochs": 40}).fit(rows(60, 6))
    model = PlainCoder(coder._run).double()
    x = in_range(coder._run, rows(60, 6)).double()[:5]
    with torch.no_grad():
        features = model.networks["encoder"](x)
    context, noise = features[:, 2 * dim :], torch.randn(5, dim, generator=torch.Generator().manual_seed(0)).double()
    start = features[:, :dim] + (features[:, dim : 2 * dim] / 2).exp() * noise
    for i in range(5):
        move = lambda z, i=i: model.flow(z[None], context[i : i + 1])[0][0]  # noqa: E731
        jacobian = torch.autograd.functional.jacobian(move, start[i])
        _, found = model.flow(start[i : i + 1], context[i : i + 1])
        assert torch.linalg.slogdet(jacobian).logabsdet.item() == pytest.approx(found.item(), abs=1e-9)
    # The plain flow equals ganvas's: without noise it gives the same latents.
    with torch.no_grad():
        ends, _ = model.flow(features[:, :dim], context)
    assert coder.transform(rows(60, 6)[:5]) == pytest.approx(ends.numpy(), abs=1e-5)


def test_the_density_of_a_flow_integrates_to_one():
    coder, _, model, x = fitted("iaf")
    with torch.no_grad():
        noise = torch.randn(200_000, 1, 2, generator=torch.Generator().manual_seed(0)).double()
        z, density, _, _ = model.encode(x[:1], None, noise)
        # The mean of 1 / (area q) over draws in a box is 1.
        low, high = z[:, 0].quantile(0.1, dim=0), z[:, 0].quantile(0.9, dim=0)
        inside = ((z[:, 0] > low) & (z[:, 0] < high)).all(1)
        area = (high - low).prod()
        found = ((-density[:, 0]).exp() * inside).mean() / area
    assert found.item() == pytest.approx(1, abs=0.02)
    assert coder.bottleneck_ == "iaf"


def test_the_kl_of_a_flow_that_is_shown_is_its_estimate():
    coder = ganvas.VaeTrainer(**SMALL | {"bottleneck": "iaf", "epochs": 1, "batch_size": 60, "lr": 1e-12})
    coder.fit(rows(60, 6))
    model, run = PlainCoder(coder._run).double(), coder._run
    x = in_range(run, rows(60, 6)).double()[run.order(0, 60)]
    with torch.no_grad():
        z, density, _, _ = model.encode(x, None, run.latents(0).double()[None])
        wanted = (density - model.prior().log_prob(z)).mean().item()
    assert coder.history_["kl"][0] == pytest.approx(wanted, rel=1e-4)


# Labels ---------------------------------------------------------------------------------------------------------------


def conditional(**more):
    X, y = images(60, 6), np.array(["b", "c", "a"])[np.arange(60) % 3]
    return ganvas.VaeTrainer(**SMALL | {"epochs": 20} | more).fit(X, y), X, y


@pytest.mark.parametrize("net", nets_of_arrays("autoencoder"))
def test_labels_reach_encoder_and_decoder_one_hot_in_the_order_of_classes(net):
    X, y = images(60, 9), np.array(["b", "c", "a"])[np.arange(60) % 3]
    coder = ganvas.VaeTrainer(**SMALL | {"net": net, "epochs": 5, "lr": 1e-3}).fit(X, y)
    assert coder.classes_.tolist() == ["a", "b", "c"]
    model, x = PlainCoder(coder._run), in_range(coder._run, X[..., None])
    latents, pictures = [], []
    z = torch.zeros(1, 2)
    for code, label in enumerate(coder.classes_):
        hot = torch.zeros(60, 3)
        hot[:, code] = 1
        with torch.no_grad():
            wanted = model.networks["encoder"](x, hot)[:, :2]
            picture = 2 * model.networks["decoder"](z, hot[:1]).sigmoid() - 1
        latents.append(coder.transform(X, label))
        pictures.append(coder.decoder_(z, torch.tensor([code])).numpy())
        assert latents[-1] == pytest.approx(wanted.numpy(), abs=1e-5)
        assert pictures[-1] == pytest.approx(picture.numpy(), abs=1e-5)
        assert np.abs(coder.inverse_transform(z, label) - 127.5 * (picture[:, 0].numpy() + 1)).max() <= 0.51
    for made in (latents, pictures):
        assert all(np.abs(made[i] - made[j]).max() > 1e-4 for i, j in ((0, 1), (0, 2), (1, 2)))


def test_scores_with_labels_are_those_of_plain_torch():
    for more in ({}, {"prior": "vamp", "n_components": 6}):
        coder, X, y = conditional(**more)
        model, x = PlainCoder(coder._run).double(), in_range(coder._run, X[..., None]).double()
        labels = encoded_labels(coder._run, np.searchsorted(coder.classes_, y)).double()
        noise = torch.from_numpy(score_noise(coder._run, X, 40, 2)).double()
        with torch.no_grad():
            wanted = (weights(model, x, noise, labels).logsumexp(0) - np.log(40)).numpy()
        assert coder.score_samples(X, y, n_importance=40) == pytest.approx(wanted, rel=1e-5, abs=1e-4)


def test_without_labels_a_sample_gets_the_class_under_which_its_bound_is_highest():
    coder, X, _ = conditional()
    # From one pair of draws, which suffices to compare classes.
    bounds = np.stack([coder._run.scores(X[..., None], np.full(60, code), 1, 2) for code in range(3)])
    likeliest = coder.classes_[bounds.argmax(0)]
    assert coder.transform(X) == pytest.approx(coder.transform(X, likeliest), abs=1e-6)
    assert len(np.unique(likeliest)) > 1
