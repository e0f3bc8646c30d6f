"""The networks of a description in plain torch.nn: shares no code with the core."""

import json

import torch
from torch import nn


class Crop(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x):
        return x[:, :, : self.size, : self.size]


class Pad(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x):
        return nn.functional.pad(x, (0, self.size - x.shape[3], 0, self.size - x.shape[2]))


ACTIVATIONS = {"relu": nn.ReLU, "leaky_relu": lambda: nn.LeakyReLU(0.2), "tanh": nn.Tanh}


def _conv(inputs, outputs, kernel, stride, padding, bias):
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=bias)


def _conv_transpose(inputs, outputs, kernel, stride, padding):
    return nn.ConvTranspose2d(inputs, outputs, kernel, stride, padding, bias=False)


LAYERS = {
    "activation": lambda function: ACTIVATIONS[function](),
    "batch_norm": lambda features: nn.BatchNorm2d(features),
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "crop": Crop,
    "flatten": nn.Flatten,
    "linear": lambda inputs, outputs: nn.Linear(inputs, outputs),
    "pad": Pad,
    "unflatten": lambda shape: nn.Unflatten(1, shape),
}


class Chain(nn.Sequential):
    """The layers of a description, whose tensors go by the description's names.

    Parameters
    ----------
    network : callable with ``describe``
        A network of ganvas.
    named : mapping of str to torch.Tensor
        Its weights and running statistics.
    """

    def __init__(self, network, named):
        layers = [dict(layer) for layer in json.loads(network.describe())["layers"]]
        self.layer_names = [layer.pop("name") for layer in layers]
        super().__init__(*(LAYERS[layer.pop("layer")](**layer) for layer in layers))
        own = self.named_tensors()
        assert set(own) == set(named)
        with torch.no_grad():
            for name, tensor in named.items():
                assert own[name].shape == tensor.shape, name
                own[name].copy_(tensor)

    def named_tensors(self):
        """Weights and running statistics, live, by ganvas's names."""
        tensors = {}
        for name, layer in zip(self.layer_names, self, strict=True):
            for own, tensor in layer.state_dict(keep_vars=True).items():
                if own != "num_batches_tracked":
                    tensors[f"{name}.{own}"] = tensor
        return tensors


def assert_near(found, wanted, tolerance):
    """Largest difference at most `tolerance`; where all of `wanted` is below 1, that share of its largest value."""
    assert found.shape == wanted.shape
    scale = min(1.0, wanted.abs().max().item())
    assert scale > 0
    error = (found - wanted).abs().max().item()
    assert error <= tolerance * scale, f"off by {error:g} where the largest value is {wanted.abs().max():g}"
