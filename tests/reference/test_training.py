import numpy as np
import pytest
import torch
from formulas import TORCH_FORMS
from networks import Chain, assert_near
from plain_loop import PlainLoop
from runs import images, new_run, rows, train
from safetensors.torch import load

import ganvas

pytestmark = pytest.mark.usefixtures("one_thread")
OBJECTIVES = list(TORCH_FORMS)
NETS = {
    "mlp on rows": ({"net": "mlp", "hidden": (24, 16)}, lambda n, seed: rows(n, 3, seed)),
    "mlp on images": ({"net": "mlp", "hidden": (24,)}, lambda n, seed: images(n, 8, 1, seed)),
    "dcgan": ({"net": "dcgan", "base_channels": 2, "latent_dim": 12}, lambda n, seed: images(n, 16, 1, seed)),
    "dcgan, 9x9x3, depth 2": (
        {"net": "dcgan", "base_channels": 2, "depth": 2},
        lambda n, seed: images(n, 9, 3, seed),
    ),
}
RESNET = ({"net": "resnet", "base_channels": 2, "latent_dim": 12}, lambda n, seed: images(n, 8, 1, seed))
BATCH = 4


def in_network_range(X):
    """X in the networks' range: bytes become -1..1 with channels first, rows are standardised."""
    if X.ndim == 2:
        return torch.from_numpy(((X - X.mean(0, dtype="f8")) / X.std(0, dtype="f8")).astype("f4"))
    X = torch.from_numpy(X).float() / 127.5 - 1
    return X.unsqueeze(1) if X.ndim == 3 else X.permute(0, 3, 1, 2)


def labels_of(kind, n, seed):
    """Labels as passed by users, as passed to the core, and as passed to the networks."""
    numbers = np.random.default_rng(seed)
    if kind == "classes":
        y = np.append(np.arange(3), numbers.integers(0, 3, n - 3))
        return y, y, torch.nn.functional.one_hot(torch.from_numpy(y), 3).float()
    if kind == "numbers":
        y = numbers.normal(2, 3, (n, 2)).astype("f4")
        return y, y, torch.from_numpy((y - y.mean(0, dtype="f8")) / y.std(0, dtype="f8")).float()
    return None, None, None


def trained(net, objective, n, epochs, labels=None, **more):
    """A run and a plain loop that were trained from equal weights on equal data.

    `labels` are none, "classes" or "numbers". The seed is the first whose plain loop stays away from the kinks of ReLU,
    where two correct programs may differ.
    """
    parameters, data = RESNET if net == "resnet" else NETS[net]
    gan = ganvas.GanTrainer(**(parameters | {"objective": objective, "batch_size": BATCH} | more))
    for seed in range(60):
        X = data(n, seed)
        y, codes, seen = labels_of(labels, n, seed)
        run, array = new_run(gan, X, seed, y)
        loop = PlainLoop(run, more.get("n_critic"))
        loop.train(in_network_range(X), epochs, seen)
        if loop.nearest_kink > 2e-5:
            train(run, array, epochs, codes)
            return run, loop
    raise AssertionError("no seed keeps away from the kinks")


def compare(net, settings):
    """Compare ten steps of a run with those of a plain loop: weights, running statistics and history."""
    run, loop = trained(net, **{"objective": "non_saturating"} | settings, n=5 * BATCH + 3, epochs=2)
    for player in ("generator", "discriminator"):
        found, wanted = run.state_dict(player), loop.tensors(player)
        assert set(found) == set(wanted)
        for name, tensor in wanted.items():
            assert (found[name] - tensor).abs().max() < 1e-4, name
    history = run.history()
    for i, row in enumerate(loop.history):
        for name, value in row.items():
            assert history[name][i] == pytest.approx(value, rel=1e-4, abs=1e-4), name


@pytest.fixture(scope="module", params=[(net, objective) for net in NETS for objective in OBJECTIVES], ids=", ".join)
def after_ten_steps(request):
    # Five full batches per epoch, and three samples remaining.
    return trained(*request.param, n=5 * BATCH + 3, epochs=2)


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_ten_steps_move_weights_and_statistics_as_a_plain_loop_does(after_ten_steps, player):
    run, loop = after_ten_steps
    assert loop.steps == 10
    found, wanted = run.state_dict(player), loop.tensors(player)
    assert set(found) == set(wanted)
    for name, tensor in wanted.items():
        assert (found[name] - tensor).abs().max() < 1e-4, name


def test_history_holds_the_mean_losses_of_the_plain_loop(after_ten_steps):
    run, loop = after_ten_steps
    history = run.history()
    assert (history["epoch"], history["samples"]) == ([1, 2], [5 * BATCH, 10 * BATCH])
    for i, row in enumerate(loop.history):
        assert len(row) == 4
        assert {name: history[name][i] for name in row} == pytest.approx(row, rel=0, abs=1e-5)


@pytest.mark.parametrize("net", ["mlp on images", "dcgan"])
@pytest.mark.parametrize(("ema", "n_critic"), [(1.5, 1), (1e4, 1), (1e4, 2), (0, 1)])
def test_samples_are_made_with_the_averaged_weights(net, ema, n_critic):
    run, loop = trained(net, "non_saturating", n=5 * BATCH, epochs=2, ema=ema, n_critic=n_critic, lr=1e-3)
    generator = run.network("generator")
    latents = torch.randn(16, run.latents(0).shape[1], generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found = generator(latents)
        newest = Chain(generator, run.state_dict("generator")).eval()(latents)
        assert_near(found, Chain(generator, loop.average).eval()(latents), 1e-4)
    off = (found - newest).abs().max() / found.abs().max()
    # The generator's batch norms are folded, which rounds differently.
    assert off > 1e-3 if ema else off < 1e-4


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_gradients_of_the_weights_are_those_of_a_plain_loop(net, objective):
    # After one step Adam's mean is (1 - beta1) times the gradient.
    run, loop = trained(net, objective, n=BATCH, epochs=1, betas=(0.5, 0.999), n_critic=1)
    state = load(bytes(run.to_bytes("{}")))
    for player in ("discriminator", "generator"):
        wanted = loop.gradients[player].values()
        # Kernels are stored channels-last.
        flat = torch.cat([g.permute(0, 2, 3, 1).flatten() if g.dim() == 4 else g.flatten() for g in wanted])
        assert_near(state[f"adam.{player}.mean"] / 0.5, flat, 1e-5)


def test_the_discriminator_steps_n_critic_times_for_one_step_of_the_generator():
    run, array = new_run(ganvas.GanTrainer(batch_size=4, n_critic=3, hidden=(8,)), rows(8, 2))
    moved = {"generator": set(), "discriminator": set()}
    for epoch in range(1, 4):
        before = {player: _copies(run, player) for player in moved}
        train(run, array, epoch)
        for player, epochs in moved.items():
            if any(not torch.equal(value, before[player][name]) for name, value in run.state_dict(player).items()):
                epochs.add(epoch)
    # Two steps per epoch: the generator steps are 3 and 6.
    assert moved == {"generator": {2, 3}, "discriminator": {1, 2, 3}}


def test_a_state_dict_is_a_copy():
    run, array = new_run(ganvas.GanTrainer(batch_size=4, base_channels=2), images(4, 8))
    players = ("generator", "discriminator")
    given = {player: run.state_dict(player) for player in players}
    before = {player: _copies(run, player) for player in players}
    train(run, array, 1)
    for player in players:
        assert all(torch.equal(tensor, before[player][name]) for name, tensor in given[player].items())


@pytest.mark.parametrize("name", OBJECTIVES)
def test_weights_are_clipped_where_the_paper_clips_them(name):
    run, _ = trained("mlp on rows", name, n=BATCH, epochs=1)
    largest = max(value.abs().max().item() for value in run.state_dict("discriminator").values())
    assert (largest <= 0.01 + 1e-9) == (name == "wasserstein")


def test_latents_are_standard_normal_and_new_at_every_step():
    run, _ = new_run(ganvas.GanTrainer(latent_dim=100, batch_size=100), rows(100, 2))
    latents = torch.cat([run.latents(step) for step in range(10)])
    assert latents.unique().numel() > 0.99 * latents.numel()
    assert abs(latents.mean().item()) < 0.02
    assert abs(latents.std().item() - 1) < 0.02


def test_every_epoch_visits_every_sample_once_in_another_order():
    run, _ = new_run(ganvas.GanTrainer(), rows(100, 2))
    orders = [run.order(epoch, 100).tolist() for epoch in range(5)]
    assert all(sorted(order) == list(range(100)) for order in orders)
    assert len({tuple(order) for order in orders}) == 5


def _copies(run, player):
    return {name: tensor.clone() for name, tensor in run.state_dict(player).items()}
