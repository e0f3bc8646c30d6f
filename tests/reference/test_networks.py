import pytest
import torch
from networks import Chain, assert_near
from runs import images, new_run, rows, train, volumes

import ganvas

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = {"batch_size": 6, "ema": 0, "lr": 0.002}
MLP = {"net": "mlp", "hidden": (24, 16), **SMALL}
DCGAN = {"net": "dcgan", "base_channels": 4, "latent_dim": 7, **SMALL}
RESNET = {"net": "resnet", "base_channels": 3, "latent_dim": 7, **SMALL}
SPECTRAL = RESNET | {"spectral_norm": True}
CASES = {
    "mlp, 2 columns": (MLP, lambda: rows(12, 2)),
    "mlp, 9 columns": (MLP | {"hidden": (8,)}, lambda: rows(12, 9)),
    "mlp, 8x8x1": (MLP, lambda: images(12, 8)),
    "mlp, 5x5x3": (MLP, lambda: images(12, 5, 3)),
    "dcgan, 8x8x1": (DCGAN, lambda: images(12, 8)),
    "dcgan, 16x16x3": (DCGAN, lambda: images(12, 16, 3)),
    "dcgan, 16x16x1, depth 2": (DCGAN | {"depth": 2}, lambda: images(12, 16)),
    "dcgan, 28x28x1": (DCGAN, lambda: images(12, 28)),
    "dcgan, 25x25x3": (DCGAN, lambda: images(12, 25, 3)),
    "dcgan, 9x9x1, depth 3": (DCGAN | {"depth": 3}, lambda: images(12, 9)),
    "dcgan, 100x100x1": (DCGAN | {"base_channels": 2}, lambda: images(12, 100)),
    "dcgan, 64x64x3": (DCGAN | {"base_channels": 4}, lambda: images(12, 64, 3)),
    "dcgan, 4x4x3": (DCGAN, lambda: images(12, 4, 3)),
    "dcgan, 14x28x1, depth 2": (DCGAN | {"depth": 2}, lambda: images(12, 28)[:, :14]),
    "dcgan, 23x9x3": (DCGAN, lambda: images(12, 23, 3)[:, :, :9]),
    "dcgan, 16x16x1, spectral": (DCGAN | {"spectral_norm": True}, lambda: images(12, 16)),
    "dcgan, 16x16x1, batch and spectral norm": (
        DCGAN | {"discriminator_norm": "batch", "spectral_norm": True},
        lambda: images(12, 16),
    ),
    "resnet, 8x8x1, no norm": (RESNET | {"norm": "none"}, lambda: images(12, 8)),
    "resnet, 16x16x3, layer norm": (RESNET | {"norm": "layer"}, lambda: images(12, 16, 3)),
    "resnet, 5x13x3, attention": (SPECTRAL | {"attention": 7}, lambda: images(12, 13, 3)[:, :5]),
    "dcgan, 5x9x6x3, depth 2": (DCGAN | {"depth": 2}, lambda: volumes(12, 5, 9, 6, 3)),
    "resnet, 8x5x8x1, attention": (SPECTRAL | {"attention": 4}, lambda: volumes(12, 8, 5, 8, 1)),
    "resnet, 25x25x1, spectral": (SPECTRAL, lambda: images(12, 25)),
    "resnet, 9x9x3, depth 2, spectral": (SPECTRAL | {"depth": 2}, lambda: images(12, 9, 3)),
}


class Pair:
    """Both networks of a run after a few steps, in ganvas and in torch.nn."""

    def __init__(self, case):
        parameters, data = CASES[case]
        run, array = new_run(ganvas.GanTrainer(**parameters), data())
        train(run, array, 2)
        self.generator, self.discriminator = run.network("generator"), run.network("discriminator")
        self.plain_generator = Chain(self.generator, run.state_dict("generator")).eval()
        critic = Chain(self.discriminator, run.state_dict("discriminator")).eval()
        self.plain_discriminator = lambda x: critic(x).flatten()
        self.latents = torch.randn(5, run.latents(0).shape[1], generator=torch.Generator().manual_seed(1))
        self.samples = self.plain_generator(self.latents).detach()
        self.samples += 0.1 * torch.randn(self.samples.shape, generator=torch.Generator().manual_seed(2))


@pytest.fixture(scope="module", params=CASES)
def pair(request):
    return Pair(request.param)


def gradient(function, x):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(function(x), x)[0]


def weighted(network):
    # A sum with unequal weights, so that outputs cannot be exchanged.
    def total(x):
        y = network(x)
        return (y * torch.linspace(-1, 2, y.numel()).view(y.shape)).sum()

    return total


def penalty(network):
    # WGAN-GP's term on squared scores: scores of a piecewise linear network have no second derivative.
    def value(x):
        (slope,) = torch.autograd.grad(network(x).square().sum(), x, create_graph=True)
        return (slope.flatten(1).norm(2, 1) - 1).square().mean()

    return value


def test_outputs_are_those_of_torch_nn(pair):
    # Batch norms are folded into weights, whose rounding affects small outputs of large sums.
    assert_near(pair.generator(pair.latents), pair.plain_generator(pair.latents), 3e-5)
    assert_near(pair.discriminator(pair.samples), pair.plain_discriminator(pair.samples), 3e-5)


def test_gradients_with_respect_to_inputs_are_those_of_torch_nn(pair):
    for network, plain, x in [
        (pair.generator, pair.plain_generator, pair.latents),
        (pair.discriminator, pair.plain_discriminator, pair.samples),
    ]:
        assert_near(gradient(weighted(network), x), gradient(weighted(plain), x), 1e-5)


def test_gradient_penalty_and_its_gradient_are_those_of_torch_nn(pair):
    x = pair.samples.clone().requires_grad_()
    assert_near(penalty(pair.discriminator)(x), penalty(pair.plain_discriminator)(x), 1e-5)
    found = gradient(penalty(pair.discriminator), pair.samples)
    wanted = gradient(penalty(pair.plain_discriminator), pair.samples)
    assert_near(found, wanted, 1e-5)


def test_second_derivatives_pass_through_both_networks(pair):
    found = gradient(penalty(lambda z: pair.discriminator(pair.generator(z))), pair.latents)
    wanted = gradient(penalty(lambda z: pair.plain_discriminator(pair.plain_generator(z))), pair.latents)
    assert_near(found, wanted, 1e-5)


def test_a_network_leaves_its_input_as_it_was(pair):
    for network, x in [(pair.generator, pair.latents), (pair.discriminator, pair.samples)]:
        before = x.clone()
        network(x)
        assert torch.equal(x, before)


def test_inputs_of_any_strides_give_the_same_output(pair):
    for network, x in [(pair.generator, pair.latents), (pair.discriminator, pair.samples)]:
        spread = torch.stack([x, x], -1)[..., 0]
        assert not spread.is_contiguous()
        assert_near(network(spread), network(x), 1e-6)
