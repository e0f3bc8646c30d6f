"""Vector quantisation: nearest codes, gradients, and updates of the codebook."""

import contextlib

import pytest
import torch
from coders import CoderLoop, PlainCoder, in_range, new_coder, train
from runs import images

import ganvas

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = {
    "net": "conv",
    "base_channels": 2,
    "latent_dim": 3,
    "activation": "silu",
    "batch_size": 5,
    "likelihood": "gaussian",
    "variance": 0.1,
}


def trainer(**more):
    return ganvas.VqVaeTrainer(**(SMALL | more))


@pytest.mark.parametrize(
    ("net", "n_codes", "steps"), [("conv", 6, 1), ("conv", 6, 10), ("resnet", 40, 10), ("mlp", 9, 10)]
)
def test_steps_are_those_of_a_plain_loop(net, n_codes, steps):
    channels = {"base_channels": None} if net == "mlp" else {}
    coder = trainer(
        net=net, n_codes=n_codes, commitment=0.7, epochs=2, hidden=(8,) if net == "mlp" else None, **channels
    )
    run, array, _ = new_coder(coder, images(5 if steps == 1 else 27, 9))
    loop = CoderLoop(run)
    epochs = 1 if steps == 1 else 2
    loop.train(in_range(run, array), epochs)
    train(run, array, epochs)
    assert loop.steps == steps
    for i, row in enumerate(loop.history):
        assert set(row) == {"loss", "reconstruction", "commitment"}
        assert {name: run.history()[name][i] for name in row} == pytest.approx(row, rel=1e-5)
    for player, tensors in loop.tensors().items():
        for name, tensor in tensors.items():
            assert (run.state_dict(player)[name] - tensor).abs().max() < 1e-4, name


def test_unused_codes_are_reset_to_vectors_of_the_batch():
    # One step on all images, then on dark ones only, which few codes represent: the count of other codes decays by a
    # hundredth per step, and reset codes are unused after 70 steps.
    run, array, _ = new_coder(trainer(n_codes=16, lr=1e-6, epochs=120), images(5, 8))
    loop, restarted = CoderLoop(run), []
    restart = loop.restart
    loop.restart = lambda vectors: restarted.append(restart(vectors))
    dark = array // 50
    for samples, epochs in [(array, 1), (dark, 60), (dark, 120)]:
        loop.train(in_range(run, samples), epochs)
        train(run, samples, epochs)
        for name in ("codebook", "codebook_count", "codebook_sum"):
            found, wanted = run.state_dict("parts")[f"bottleneck.{name}"], loop.buffers[f"bottleneck.{name}"]
            # A vector between two codes may be assigned to either.
            assert (found - wanted).abs().max() < 5e-3 * wanted.abs().max(), name
    again = [step for step, count in enumerate(restarted) if count]
    assert again[0] == 0
    assert restarted[0] == 16
    assert len(again) > 1
    assert min(again[1:]) > 60


def test_latents_are_the_nearest_codes_and_perplexity_counts_them():
    coder = trainer(n_codes=12, epochs=3, random_state=0, verbose=0).fit(images(40, 9))
    model, x = PlainCoder(coder._run), in_range(coder._run, images(40, 9)[..., None])
    with torch.no_grad():
        vectors = model.networks["encoder"](x).permute(0, 2, 3, 1).flatten(1, 2)
    book = model.buffers["bottleneck.codebook"]
    nearest = torch.cdist(vectors.double(), book.double()).argmin(2)
    codes = coder.transform(images(40, 9))
    assert codes.shape == (40, 25)
    assert (codes == nearest.numpy()).all()
    shares = torch.bincount(nearest.flatten(), minlength=12) / nearest.numel()
    assert coder.history_["perplexity"][-1] == pytest.approx(torch.special.entr(shares).sum().exp().item(), rel=1e-5)
    means = coder.decoder_(book[nearest].permute(0, 2, 1).reshape(40, 3, 5, 5))
    score = torch.distributions.Normal(means, 0.1**0.5).log_prob(x).sum((1, 2, 3))
    data = coder._run.data().words()
    volume = 81 * torch.tensor(2 / (data["high"] - data["low"])).log()
    # A place may hold any of the codes.
    wanted = score + volume - 25 * torch.tensor(12.0).log()
    assert coder.score_samples(images(40, 9)) == pytest.approx(wanted.numpy(), rel=1e-5)


def test_nearest_codes_are_found_in_float32_where_networks_calculate_in_half(monkeypatch):
    @contextlib.contextmanager
    def arithmetic(*_, **__):
        with torch.autocast("cpu", torch.bfloat16):
            yield

    x = images(40, 9)
    coder = trainer(n_codes=64, latent_dim=8, epochs=3, random_state=0, verbose=0, executor="tch").fit(x)
    monkeypatch.setattr("ganvas._run.precision.arithmetic", arithmetic)
    model = PlainCoder(coder._run)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        vectors = model.networks["encoder"](in_range(coder._run, x[..., None])).permute(0, 2, 3, 1).flatten(1, 2)
    assert vectors.dtype == torch.bfloat16
    nearest = torch.cdist(vectors.double(), model.buffers["bottleneck.codebook"].double()).argmin(2)
    # The vectors are rounded in another order; in half precision, only 0.37 of the codes agree.
    assert (nearest.numpy() == coder.transform(x)).mean() > 0.95


def test_gradients_pass_straight_through_the_codes():
    coder = trainer(n_codes=12, epochs=1, random_state=0, verbose=0).fit(images(10, 9))
    model = PlainCoder(coder._run)
    x = in_range(coder._run, images(10, 9)[..., None]).requires_grad_()
    weights = torch.randn(10, 3, 5, 5, generator=torch.Generator().manual_seed(0))
    (found,) = torch.autograd.grad((coder.encoder_(x) * weights).sum(), x)
    (wanted,) = torch.autograd.grad((model.networks["encoder"](x) * weights).sum(), x)
    assert (found - wanted).abs().max() < 1e-6
