"""The networks of a description in plain torch.nn: shares no code with the core."""

import json

import torch
from torch import nn


class Condition(nn.Module):
    def __init__(self, labels):
        super().__init__()
        self.labels = labels

    def forward(self, x, labels):
        assert labels.shape == (len(x), self.labels)
        places = labels.view(*labels.shape, *(1,) * (x.dim() - 2)).expand(-1, -1, *x.shape[2:])
        return torch.cat([x, places], 1)


class Crop(nn.Module):
    def __init__(self, height, width):
        super().__init__()
        self.height, self.width = height, width

    def forward(self, x):
        return x[:, :, : self.height, : self.width]


class Pad(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x):
        return nn.functional.pad(x, (0, self.size - x.shape[3], 0, self.size - x.shape[2]))


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.scale = nn.Parameter(torch.zeros(1))
        self.body_names, self.body = build(body)
        self.shortcut_names, self.shortcut = build(shortcut)

    def forward(self, x):
        return self.shortcut(x) + self.scale * self.body(x)

    def named(self):
        inner = named(self.body_names, self.body) | named(self.shortcut_names, self.shortcut)
        return {"scale": self.scale} | inner


class Resize(nn.Module):
    def __init__(self, height, width):
        super().__init__()
        self.size = height, width

    def forward(self, x):
        return nn.functional.interpolate(x, self.size, mode="nearest")


ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.2),
    "tanh": nn.Tanh,
    "elu": nn.ELU,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "softplus": nn.Softplus,
    "sigmoid": nn.Sigmoid,
}


def _conv(inputs, outputs, kernel, stride, padding, bias):
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=bias)


def _conv_transpose(inputs, outputs, kernel, stride, padding, bias):
    return nn.ConvTranspose2d(inputs, outputs, kernel, stride, padding, bias=bias)


class Centre(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape))

    def forward(self, x):
        return x - self.mean


# What torch's parametrization calls them.
SPECTRAL = {"original": "weight", "0._u": "left", "0._v": "right"}


def _spectral(inner):
    inner = dict(inner)
    return nn.utils.parametrizations.spectral_norm(LAYERS[inner.pop("layer")](**inner))


LAYERS = {
    "activation": lambda function: ACTIVATIONS[function](),
    "batch_norm": lambda features: nn.BatchNorm2d(features),
    "centre": Centre,
    "condition": Condition,
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "crop": Crop,
    "flatten": nn.Flatten,
    "group_norm": lambda features, groups: nn.GroupNorm(groups, features),
    "linear": lambda inputs, outputs: nn.Linear(inputs, outputs),
    "pad": Pad,
    "residual": Residual,
    "resize": Resize,
    "spectral": _spectral,
    "unflatten": lambda shape: nn.Unflatten(1, shape),
}


def build(described):
    """Names and layers of a description's list."""
    layers = [dict(layer) for layer in described]
    names = [layer.pop("name") for layer in layers]
    return names, nn.Sequential(*(LAYERS[layer.pop("layer")](**layer) for layer in layers))


def named(names, layers):
    """Weights and running statistics of layers, live, by ganvas's names."""
    tensors = {}
    for name, layer in zip(names, layers, strict=True):
        own = layer.named() if isinstance(layer, Residual) else layer.state_dict(keep_vars=True)
        for key, tensor in own.items():
            if key != "num_batches_tracked":
                key = key.removeprefix("parametrizations.weight.")
                tensors[f"{name}.{SPECTRAL.get(key, key)}"] = tensor
    return tensors


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
        self.layer_names, layers = build(json.loads(network.describe())["layers"])
        super().__init__(*layers)
        own = self.named_tensors()
        assert set(own) == set(named)
        with torch.no_grad():
            for name, tensor in named.items():
                assert own[name].shape == tensor.shape, name
                own[name].copy_(tensor)

    def noise(self):
        return []

    def forward(self, x, labels=None, noise=()):
        for layer in self:
            x = layer(x, labels) if isinstance(layer, Condition) else layer(x)
        return x

    def named_tensors(self):
        """Weights and running statistics, live, by ganvas's names."""
        return named(self.layer_names, self)


def assert_near(found, wanted, tolerance):
    """Largest difference at most `tolerance`; where all of `wanted` is below 1, that share of its largest value."""
    assert found.shape == wanted.shape
    scale = min(1.0, wanted.abs().max().item())
    assert scale > 0
    error = (found - wanted).abs().max().item()
    assert error <= tolerance * scale, f"off by {error:g} where the largest value is {wanted.abs().max():g}"
