"""Networks built from a description in plain torch.nn, without code of the core."""

import json

import torch
from torch import nn


class Labelled(nn.Module):
    """A layer that takes labels as a second argument."""


def _join(x, row):
    return torch.cat([x, row.view(*row.shape, *(1,) * (x.dim() - 2)).expand(-1, -1, *x.shape[2:])], 1)


class Condition(Labelled):
    def __init__(self, labels):
        super().__init__()
        self.labels = labels

    def forward(self, x, labels):
        assert labels.shape == (len(x), self.labels)
        return _join(x, labels)


class Embedding(Labelled):
    def __init__(self, labels, features):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(features, labels))

    def forward(self, x, labels):
        return _join(x, labels @ self.weight.T)


class Modulate(Labelled):
    def __init__(self, labels, features):
        super().__init__()
        self.scale = nn.Linear(labels, features, bias=False)
        self.shift = nn.Linear(labels, features, bias=False)

    def forward(self, x, labels):
        of = [part(labels).view(*x.shape[:2], *(1,) * (x.dim() - 2)) for part in (self.scale, self.shift)]
        return x + x * of[0] + of[1]


class Projection(Labelled):
    def __init__(self, inputs, labels):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(inputs, labels))

    def forward(self, x, labels):
        return torch.einsum("ni,il,nl->n", x, self.weight, labels)[:, None]


class Attend(nn.Module):
    def __init__(self, keys, values):
        super().__init__()
        self.sizes = keys, keys, values

    def forward(self, x):
        queries, keys, values = x.flatten(2).split(self.sizes, 1)
        weights = torch.einsum("nkq,nkp->nqp", queries, keys).softmax(2)
        return torch.einsum("nqp,nvp->nvq", weights, values).unflatten(2, x.shape[2:])


class Maxout(nn.Module):
    def __init__(self, pieces):
        super().__init__()
        self.pieces = pieces

    def forward(self, x):
        return x.unflatten(1, (-1, self.pieces)).amax(2)


class MinibatchDeviation(nn.Module):
    """Computed from the batch in training, else the running mean."""

    def __init__(self):
        super().__init__()
        self.register_buffer("running_deviation", torch.zeros(1))

    def forward(self, x):
        number = self.running_deviation
        if self.training:
            number = ((x.var(0, unbiased=False) + 1e-8).sqrt() - 1e-4).mean().view(1)
            with torch.no_grad():
                self.running_deviation.lerp_(number, 0.1)
        return _join(x, number.expand(len(x), 1))


class Noise(nn.Module):
    """Add the given noise in training."""

    def __init__(self, shape, deviation):
        super().__init__()
        self.shape, self.deviation, self.numbers = shape, deviation, None

    def forward(self, x):
        return x + self.deviation * self.numbers if self.training else x


class Pool(nn.Module):
    def forward(self, x):
        odd = [zeros for side in reversed(x.shape[2:]) for zeros in (0, side % 2)]
        mean = getattr(nn.functional, f"avg_pool{x.ndim - 2}d")
        weights = nn.functional.pad(torch.ones_like(x), odd)
        return mean(nn.functional.pad(x, odd), 2) / mean(weights, 2)


class Sum(nn.Module):
    def forward(self, x):
        return x.flatten(2).sum(2)


class Crop(nn.Module):
    def __init__(self, sides):
        super().__init__()
        self.sides = sides

    def forward(self, x):
        return x[(slice(None), slice(None), *map(slice, self.sides))]


class Pad(nn.Module):
    def __init__(self, sides):
        super().__init__()
        self.sides = sides

    def forward(self, x):
        sizes = zip(reversed(self.sides), reversed(x.shape[2:]), strict=True)
        return nn.functional.pad(x, [zeros for after, before in sizes for zeros in (0, after - before)])


class Residual(Labelled):
    def __init__(self, body, shortcut, scaled):
        super().__init__()
        self.scale = nn.Parameter(torch.zeros(1)) if scaled else None
        self.body_names, self.body = build(body)
        self.shortcut_names, self.shortcut = build(shortcut)

    def forward(self, x, labels):
        kept, added = run(self.shortcut, x, labels), run(self.body, x, labels)
        return kept + (added if self.scale is None else self.scale * added)

    def named(self):
        inner = named(self.body_names, self.body) | named(self.shortcut_names, self.shortcut)
        return inner if self.scale is None else {"scale": self.scale} | inner


class Resize(nn.Module):
    def __init__(self, sides):
        super().__init__()
        self.sides = sides

    def forward(self, x):
        return nn.functional.interpolate(x, self.sides, mode="nearest")


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
    conv = getattr(nn, f"Conv{len(kernel)}d")
    if max(stride) > 1 and padding == 0 and set(kernel) == {1}:
        # torch corrupts the heap in the backward pass of these on CPUs without AVX-512.
        conv = conv(inputs, outputs, kernel, bias=bias)
        pixels = (..., *[slice(None, None, step) for step in stride])
        conv.register_forward_pre_hook(lambda _, args: (args[0][pixels],))
        return conv
    return conv(inputs, outputs, kernel, stride, padding, bias=bias)


def _conv_transpose(inputs, outputs, kernel, stride, padding, bias):
    return getattr(nn, f"ConvTranspose{len(kernel)}d")(inputs, outputs, kernel, stride, padding, bias=bias)


def _batch_norm(features):
    norm = nn.BatchNorm2d(features)
    # Accept any number of axes.
    norm._check_input_dim = lambda x: None
    return norm


class Centre(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape))

    def forward(self, x):
        return x - self.mean


# Names in torch's parametrization.
SPECTRAL = {"original": "weight", "0._u": "left", "0._v": "right"}


def _spectral(inner):
    inner = dict(inner)
    return nn.utils.parametrizations.spectral_norm(LAYERS[inner.pop("layer")](**inner))


LAYERS = {
    "activation": lambda function: ACTIVATIONS[function](),
    "attend": Attend,
    "batch_norm": _batch_norm,
    "centre": Centre,
    "condition": Condition,
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "crop": Crop,
    "embedding": Embedding,
    "flatten": nn.Flatten,
    "group_norm": lambda features, groups: nn.GroupNorm(groups, features),
    "linear": lambda inputs, outputs: nn.Linear(inputs, outputs),
    "maxout": Maxout,
    "minibatch_deviation": MinibatchDeviation,
    "modulate": Modulate,
    "noise": Noise,
    "pad": Pad,
    "pool": Pool,
    "projection": Projection,
    "residual": Residual,
    "resize": Resize,
    "spectral": _spectral,
    "sum": Sum,
    "unflatten": lambda shape: nn.Unflatten(1, shape),
}


def build(described):
    """Build names and layers from a description's list."""
    layers = [dict(layer) for layer in described]
    names = [layer.pop("name") for layer in layers]
    return names, nn.Sequential(*(LAYERS[layer.pop("layer")](**layer) for layer in layers))


def run(layers, x, labels):
    """Apply layers in sequence; labels are passed to layers that take them."""
    for layer in layers:
        x = layer(x, labels) if isinstance(layer, Labelled) else layer(x)
    return x


def named(names, layers):
    """Live weights and running statistics of layers, by ganvas's names."""
    tensors = {}
    for name, layer in zip(names, layers, strict=True):
        own = layer.named() if isinstance(layer, Residual) else layer.state_dict(keep_vars=True)
        for key, tensor in own.items():
            if key != "num_batches_tracked":
                key = key.removeprefix("parametrizations.weight.")
                tensors[f"{name}.{SPECTRAL.get(key, key)}"] = tensor
    return tensors


class Chain(nn.Sequential):
    """The layers of a description, with tensors named as in the description.

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
        """Shapes of the noise in training."""
        return [module.shape for module in self.modules() if isinstance(module, Noise)]

    def forward(self, x, labels=None, noise=()):
        for module, numbers in zip((m for m in self.modules() if isinstance(m, Noise)), noise, strict=bool(noise)):
            module.numbers = numbers
        return run(self, x, labels)

    def named_tensors(self):
        """Live weights and running statistics, by ganvas's names."""
        return named(self.layer_names, self)


def assert_near(found, wanted, tolerance):
    """Check that the maximum difference is at most `tolerance`, relative to the maximum of `wanted` if that is below 1.

    Above 5, a fifth of the relative tolerance, which is close to the precision of float32.
    """
    assert found.shape == wanted.shape
    largest = wanted.abs().max().item()
    scale = max(min(1.0, largest), largest / 5)
    assert scale > 0
    error = (found - wanted).abs().max().item()
    assert error <= tolerance * scale, f"off by {error:g} where the largest value is {wanted.abs().max():g}"
