import numpy as np
import pytest
import torch
from coders import CoderLoop, PlainCoder, encoded_labels, in_range, new_coder, train
from networks import assert_near
from philox import normal, score_noise
from runs import images, rows
from safetensors.torch import load

import ganvas

pytestmark = pytest.mark.usefixtures("one_thread")
BATCH = 6
SMALL = {"net": "mlp", "hidden": (16,), "latent_dim": 3, "activation": "softplus", "batch_size": BATCH, "epochs": 2}
PICTURES, TABLE = (lambda n: images(n, 8)), (lambda n: rows(n, 4))
COLOURS = lambda n: images(n, 8, 3)  # noqa: E731
VAE, PLAIN = ganvas.VaeTrainer, ganvas.AutoencoderTrainer
CASES = {
    "bernoulli": (VAE, {}, PICTURES),
    "binarized": (VAE, {"binarize": "dynamic"}, PICTURES),
    "beta 4": (VAE, {"beta": 4}, PICTURES),
    "three draws": (VAE, {"n_importance": 3}, PICTURES),
    "importance weighted": (VAE, {"bound": "importance_weighted", "n_importance": 5}, PICTURES),
    "importance weighted, beta 2": (VAE, {"bound": "importance_weighted", "beta": 2}, TABLE),
    "doubly reparameterized": (VAE, {"bound": "doubly_reparameterized"}, PICTURES),
    "doubly reparameterized, one draw": (VAE, {"bound": "doubly_reparameterized", "n_importance": 1}, TABLE),
    "doubly reparameterized, warmup": (
        VAE,
        {"bound": "doubly_reparameterized", "beta": 4, "beta_schedule": "warmup", "warmup_epochs": 1.5},
        TABLE,
    ),
    "doubly reparameterized, vamp": (VAE, {"bound": "doubly_reparameterized", "prior": "vamp", "beta": 2}, PICTURES),
    "gaussian, learnt variance": (VAE, {"likelihood": "gaussian"}, TABLE),
    "gaussian, fixed variance": (VAE, {"likelihood": "gaussian", "variance": 0.3}, COLOURS),
    "laplace, learnt variance": (VAE, {"likelihood": "laplace"}, COLOURS),
    "laplace, fixed variance": (VAE, {"likelihood": "laplace", "variance": 0.3}, TABLE),
    "categorical": (VAE, {"likelihood": "categorical", "levels": 5}, COLOURS),
    "discretised logistic": (VAE, {"likelihood": "discretised_logistic"}, COLOURS),
    "free bits": (VAE, {"free_bits": 0.02, "beta": 3}, PICTURES),
    "free bits, iaf": (VAE, {"free_bits": 0.1, "bottleneck": "iaf"}, PICTURES),
    "capacity": (VAE, {"capacity": 4, "warmup_epochs": 3, "beta": 10}, PICTURES),
    "warmup": (VAE, {"beta_schedule": "warmup", "warmup_epochs": 1.5}, PICTURES),
    "cyclical": (VAE, {"beta_schedule": "cyclical", "warmup_epochs": 0.5}, PICTURES),
    "total correlation": (VAE, {"bound": "total_correlation"}, PICTURES),
    "total correlation, mixture": (VAE, {"bound": "total_correlation", "prior": "gaussian_mixture"}, PICTURES),
    "mmd": (VAE, {"bound": "mmd"}, PICTURES),
    "mmd, mixture": (VAE, {"bound": "mmd", "prior": "gaussian_mixture", "n_components": 7}, PICTURES),
    "mmd, plain": (PLAIN, {"bound": "mmd"}, TABLE),
    "mixture": (VAE, {"prior": "gaussian_mixture", "n_components": 7}, PICTURES),
    "mixture, importance weighted": (VAE, {"prior": "gaussian_mixture", "bound": "importance_weighted"}, TABLE),
    "vamp": (VAE, {"prior": "vamp", "n_components": 7}, PICTURES),
    "vamp on rows": (VAE, {"prior": "vamp", "n_components": 7}, TABLE),
    "iaf": (VAE, {"bottleneck": "iaf"}, PICTURES),
    "iaf, importance weighted": (VAE, {"bottleneck": "iaf", "bound": "importance_weighted"}, TABLE),
    "plain, l2": (PLAIN, {"l2": 0.1}, PICTURES),
    "cosine": (VAE, {"lr_schedule": "cosine"}, PICTURES),
    "linear": (VAE, {"lr_schedule": "linear"}, PICTURES),
    "conv": (VAE, {"net": "conv", "base_channels": 2, "depth": 2}, lambda n: images(n, 9, 1)),
    "resnet": (VAE, {"net": "resnet", "base_channels": 2, "depth": 2}, lambda n: images(n, 15, 3)),
    "deep": (VAE, {"hidden": (16, 8), "activation": "silu"}, TABLE),
}
LABELS = {
    "classes": lambda n: np.array(["b", "c", "a"])[np.arange(n) % 3],
    "numbers": lambda n: rows(n, 2, seed=1),
}
CONDITIONAL = {
    "classes": (VAE, {}, PICTURES),
    "classes, three draws": (VAE, {"n_importance": 3}, PICTURES),
    "classes, vamp": (VAE, {"prior": "vamp", "n_components": 7}, TABLE),
    "classes, conv": (VAE, {"net": "conv", "base_channels": 2}, lambda n: images(n, 9, 1)),
    "numbers": (VAE, {}, TABLE),
    "numbers, vamp": (VAE, {"prior": "vamp", "n_components": 7}, TABLE),
}


def pair(case, n, epochs, y=None):
    """A run and a plain loop, trained from equal weights on equal data."""
    trainer, parameters, data = case
    run, array, y = new_coder(trainer(**(SMALL | parameters)), data(n), y, seed=3)
    loop = CoderLoop(run)
    loop.train(in_range(run, array), epochs, encoded_labels(run, y))
    train(run, array, epochs, y)
    return run, loop


def assert_same_weights(run, loop, tolerance):
    for player, tensors in loop.tensors().items():
        found = run.state_dict(player)
        assert set(found) == set(tensors)
        for name, tensor in tensors.items():
            assert (found[name] - tensor).abs().max() < tolerance, (player, name)


def assert_same_history(run, loop):
    history = run.history()
    for i, row in enumerate(loop.history):
        found = {name: history[name][i] for name in row}
        assert found == pytest.approx(row, rel=2e-5, abs=4e-6)


@pytest.mark.parametrize("case", CASES)
def test_one_step_has_the_losses_of_a_plain_loop_and_moves_the_weights_as_it_does(case):
    run, loop = pair(CASES[case], BATCH, 1)
    assert loop.steps == 1
    assert_same_history(run, loop)
    assert_same_weights(run, loop, 1e-4)
    # After one step Adam's mean is (1 - beta1) times the gradient.
    state = load(bytes(run.to_bytes("{}")))
    for player, gradient in loop.gradients.items():
        if len(gradient):
            largest = gradient.abs().max()
            assert_near(state[f"adam.{player}.mean"] / 0.1 / largest, gradient / largest, 1e-5)


@pytest.mark.parametrize("case", CASES)
def test_ten_steps_have_the_losses_of_a_plain_loop_and_move_the_weights_as_it_does(case):
    # Five full batches per epoch, and two samples remaining.
    run, loop = pair(CASES[case], 5 * BATCH + 2, 2)
    assert loop.steps == 10
    assert_same_history(run, loop)
    assert_same_weights(run, loop, 1e-4)


@pytest.mark.parametrize("case", CONDITIONAL)
def test_ten_steps_with_labels_are_those_of_a_plain_loop(case):
    n = 5 * BATCH + 2
    run, loop = pair(CONDITIONAL[case], n, 2, LABELS[case.split(",")[0]](n))
    assert_same_history(run, loop)
    assert_same_weights(run, loop, 1e-4)


def test_the_weight_of_the_divergence_is_shown_as_it_is_at_the_end_of_each_pass():
    for schedule, wanted in [
        ("constant", [2, 2, 2, 2, 2]),
        ("warmup", [0.8, 1.6, 2, 2, 2]),
        ("cyclical", [0.8, 1.6, 2, 2, 0]),
    ]:
        length = {} if schedule == "constant" else {"warmup_epochs": 2.5}
        trainer = VAE(**SMALL | {"beta": 2, "beta_schedule": schedule, "epochs": 5} | length)
        run, array, _ = new_coder(trainer, PICTURES(2 * BATCH))
        train(run, array, 5)
        assert run.history()["kl_weight"] == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("variance", [0.05, 1e-5])
def test_active_units_and_mutual_information_are_those_of_their_definitions(variance):
    # Small variances give narrow posteriors: standard deviations down to 0.001 around means of 6.
    parameters = {"latent_dim": 2, "likelihood": "gaussian", "lr": 0.005, "epochs": 300, "variance": variance}
    run, array, _ = new_coder(VAE(**SMALL | parameters), TABLE(60), seed=4)
    train(run, array, 300)
    model = PlainCoder(run).double()
    with torch.no_grad():
        features = model.networks["encoder"](in_range(run, array).double())
    gaussian = torch.distributions.Normal(features[:, :2], (features[:, 2:] / 2).exp())
    noise = torch.from_numpy(normal(4, "score", 0, 120)).view(60, 2)
    z = gaussian.mean + gaussian.stddev * noise
    pairs = torch.distributions.Normal(gaussian.mean[None], gaussian.stddev[None]).log_prob(z[:, None]).sum(2)
    information = (gaussian.log_prob(z).sum(1) - pairs.logsumexp(1) + np.log(60)).mean().item()
    history = run.history()
    assert 1 < information < np.log(60) + 1e-6
    assert history["mutual_information"][-1] == pytest.approx(information, abs=5e-3)
    assert history["active_units"][-1] == (gaussian.mean.var(0, unbiased=False) > 0.01).sum()


def test_results_are_made_with_averaged_weights():
    # The half-life counts samples, and is at most a twentieth of the samples seen.
    run, array, _ = new_coder(VAE(**SMALL | {"ema": 4, "likelihood": "gaussian", "lr": 0.01}), TABLE(5 * BATCH))
    loop, x = CoderLoop(run), in_range(run, array)
    averages = [p.detach().clone() for p in loop.parameters()]
    step = loop.adam.step

    def averaged():
        step()
        kept = 0.5 ** (BATCH / min(4, 0.05 * BATCH * (loop.steps + 1)))
        for average, p in zip(averages, loop.parameters(), strict=True):
            average.lerp_(p.detach(), 1 - kept)

    loop.adam.step = averaged
    loop.train(x, 2)
    train(run, array, 2)
    with torch.no_grad():
        for average, p in zip(averages, loop.parameters(), strict=True):
            assert p.numel() == 1 or (average - p).abs().max() > 1e-4
            p.copy_(average)
        assert_near(run.network("encoder")(x), loop.networks["encoder"](x)[:, :3], 1e-4)
        noise = torch.from_numpy(score_noise(run, array, 1, 3))[0]
        _, _, gaussian, _ = loop.encode(x, None, noise[None])
        kl = torch.distributions.kl_divergence(gaussian, torch.distributions.Normal(0.0, 1.0)).sum(1)
        wanted = loop.log_likelihood((gaussian.mean + gaussian.stddev * noise)[None], x, None)[0] - kl
    volume = -np.log(run.data().words()["deviation"]).sum()
    assert run.scores(array, None, 1, 1) == pytest.approx(wanted.numpy() + volume, rel=1e-4, abs=1e-4)
