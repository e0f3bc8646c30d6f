import numpy as np
import pytest
import torch
from coders import PlainCoder, encoded_labels, in_range, new_coder, train
from networks import assert_near
from runs import images, rows, volumes

import ganvas

pytestmark = pytest.mark.usefixtures("one_thread")
# Steps are large enough to change the scales of residual blocks, which start at 0.
SMALL = {"latent_dim": 5, "batch_size": 6, "lr": 0.01, "epochs": 2, "hidden": (12,)}
CONV, RESNET = {"net": "conv", "base_channels": 4}, {"net": "resnet", "base_channels": 4}
CASES = {
    "mlp, 3 columns": ({"net": "mlp"}, lambda: rows(12, 3), None),
    "mlp, no hidden layer": ({"net": "mlp", "hidden": ()}, lambda: images(12, 5, 3), None),
    "mlp, 6x6x1, classes": ({"net": "mlp", "hidden": (12, 9)}, lambda: images(12, 6), "classes"),
    "conv, 8x8x1": (CONV, lambda: images(12, 8), None),
    "conv, 9x9x3, depth 3": (CONV | {"depth": 3}, lambda: images(12, 9, 3), None),
    "conv, 28x28x1, classes": (CONV, lambda: images(12, 28), "classes"),
    "conv, 13x22x2": (CONV, lambda: images(12, 22, 2)[:, :13], None),
    "conv, 4x31x1": (CONV | {"activation": "elu"}, lambda: images(12, 31)[:, :4], None),
    "conv, 33x33x1, categorical": (CONV | {"likelihood": "categorical", "levels": 3}, lambda: images(12, 33), None),
    "resnet, 8x8x1": (RESNET, lambda: images(12, 8), None),
    "resnet, 15x15x3, depth 2": (RESNET | {"depth": 2}, lambda: images(12, 15, 3), "numbers"),
    "conv, 5x9x4x3": (CONV | {"activation": "elu"}, lambda: volumes(12, 5, 9, 4, 3), "classes"),
    "resnet, 8x4x11x1": (RESNET, lambda: volumes(12, 8, 4, 11, 1), None),
    "resnet, 4x4x1": (RESNET, lambda: images(12, 4), None),
    "resnet, 21x12x1": (RESNET, lambda: images(12, 21)[:, :, :12], "classes"),
    "resnet, 40x40x3": (RESNET | {"hidden": ()}, lambda: images(12, 40, 3), None),
}
CASES |= {
    f"conv, {name}": (CONV | {"activation": name}, lambda: images(12, 10), None)
    for name in ("leaky_relu", "tanh", "elu", "silu", "gelu", "softplus", "sigmoid")
}
CASES |= {
    f"resnet, {name}": (RESNET | {"activation": name}, lambda: images(12, 10), None)
    for name in ("leaky_relu", "tanh", "elu", "silu", "gelu", "softplus", "sigmoid")
}
LABELS = {None: lambda: None, "classes": lambda: np.arange(12) % 3, "numbers": lambda: rows(12, 2, seed=1)}
VECTOR = {"latent_dim": 3, "n_codes": 6, "batch_size": 6, "lr": 0.01, "epochs": 2}
QUANTISED = {
    "conv, 9x14x1": (CONV | {"depth": 2}, lambda: images(12, 14)[:, :9], None),
    "conv, 5x9x4x1": (CONV, lambda: volumes(12, 5, 9, 4, 1), None),
    "resnet, 17x17x3, classes": (RESNET, lambda: images(12, 17, 3), "classes"),
    "mlp, 5x5x1, classes": ({"net": "mlp", "hidden": (7,)}, lambda: images(12, 5), "classes"),
}


class Both:
    """The networks of a run after a few steps, in ganvas and in torch.nn."""

    def __init__(self, trainer, parameters, data, y):
        X = np.ascontiguousarray(data())
        form = {"channels": "last"} if X.ndim > 3 else {}
        run, array, y = new_coder(trainer(**parameters, **form), X, LABELS[y]())
        train(run, array, 2, y)
        self.run, self.y, self.plain = run, encoded_labels(run, y), PlainCoder(run)
        self.x = in_range(run, array)
        self.encoder, self.decoder = run.network("encoder"), run.network("decoder")
        self.z = torch.randn(12, *run.code(), generator=torch.Generator().manual_seed(0))

    def plain_mean(self, x):
        """The encoder's features; for a Gaussian the mean."""
        features = self.plain.networks["encoder"](x, self.y)
        return features[:, :5] if self.plain.spec["bottleneck"] == "gaussian" else features

    def plain_sample(self, z):
        """The mean of the decoder's distribution."""
        out = self.plain.networks["decoder"](z, self.y)
        if self.plain.spec["likelihood"] == "bernoulli":
            return 2 * out.sigmoid() - 1
        if self.plain.spec["likelihood"] == "categorical":
            shares = out.view(len(z), 3, -1, *out.shape[2:]).softmax(1)
            return shares[:, 2] - shares[:, 0]
        return out

    def ganvas(self, network):
        return lambda x: network(x) if self.y is None else network(x, self.y)


def make(case):
    parameters, data, y = CASES[case]
    return Both(ganvas.VaeTrainer, SMALL | parameters, data, y)


@pytest.fixture(scope="module", params=CASES)
def both(request):
    return make(request.param)


def gradient(function, x):
    x = x.clone().requires_grad_()
    y = function(x)
    return torch.autograd.grad((y * torch.linspace(-1, 2, y.numel()).view(y.shape)).sum(), x)[0]


def gradient_of_square(function, x):
    x = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(function(x).square().sum(), x, create_graph=True)
    return torch.autograd.grad(slope.square().sum(), x)[0]


def relative(found, wanted, tolerance=1e-5):
    largest = wanted.abs().max()
    assert_near(found / largest, wanted / largest, tolerance)


def test_values_are_those_of_torch_nn(both):
    assert_near(both.ganvas(both.encoder)(both.x), both.plain_mean(both.x), 1e-5)
    assert_near(both.ganvas(both.decoder)(both.z), both.plain_sample(both.z), 1e-5)


def test_gradients_with_respect_to_inputs_are_those_of_torch_nn(both):
    relative(gradient(both.ganvas(both.encoder), both.x), gradient(both.plain_mean, both.x))
    relative(gradient(both.ganvas(both.decoder), both.z), gradient(both.plain_sample, both.z))


def test_second_derivatives_are_those_of_torch_nn(both):
    relative(gradient_of_square(both.ganvas(both.encoder), both.x), gradient_of_square(both.plain_mean, both.x), 2e-5)
    relative(gradient_of_square(both.ganvas(both.decoder), both.z), gradient_of_square(both.plain_sample, both.z), 2e-5)


def test_networks_leave_their_inputs_as_they_were(both):
    for network, x in [(both.encoder, both.x), (both.decoder, both.z)]:
        before = x.clone()
        both.ganvas(network)(x)
        assert torch.equal(x, before)


def test_residual_blocks_count_after_a_few_steps():
    state = make("resnet, 15x15x3, depth 2").run.state_dict("encoder")
    scales = [tensor.abs().item() for name, tensor in state.items() if name.endswith(".scale")]
    assert len(scales) == 4
    assert min(scales) > 1e-3


@pytest.mark.parametrize("case", QUANTISED)
def test_networks_around_a_map_of_codes_are_those_of_torch_nn(case):
    parameters, data, y = QUANTISED[case]
    both = Both(ganvas.VqVaeTrainer, VECTOR | parameters, data, y)
    features = both.plain_mean(both.x)
    book = both.plain.buffers["bottleneck.codebook"]
    nearest = torch.cdist(features.movedim(1, -1).flatten(1, -2), book).argmin(2)
    assert_near(both.ganvas(both.encoder)(both.x).movedim(1, -1).flatten(1, -2), book[nearest], 1e-5)
    assert_near(both.ganvas(both.decoder)(both.z), both.plain_sample(both.z), 1e-5)
    relative(gradient(both.ganvas(both.encoder), both.x), gradient(both.plain_mean, both.x))
    relative(gradient(both.ganvas(both.decoder), both.z), gradient(both.plain_sample, both.z))
