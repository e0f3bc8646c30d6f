"""Encoders and decoders."""

from collections import OrderedDict
from itertools import pairwise

import torch
from networks import block, dense
from networks import mlp as chain
from torch import nn

_SMALLEST = 7


def mlp(features: int, hidden: tuple[int, ...], latent_dim: int) -> tuple[nn.Sequential, nn.Sequential]:
    """Build an encoder, to means and log variances, and a decoder, to logits, on flattened images."""
    body = chain([features, *hidden, 2 * latent_dim], nn.ReLU, "dense")
    head = OrderedDict(flatten=nn.Flatten(), centre=Centre(features))
    encoder = nn.Sequential(OrderedDict(head, **dict(body.named_children())))
    return encoder, chain([latent_dim, *reversed(hidden), features], nn.ReLU, "dense")


def conv(side: int, base: int, hidden: tuple[int, ...], latent_dim: int) -> tuple[nn.Sequential, nn.Sequential]:
    """Build the same with convolutions, for images of one channel whose side is 7 times a power of two."""
    channels, rest = [1], side
    while rest > _SMALLEST:
        channels.append(base * min(2 ** (len(channels) - 1), 4))
        rest //= 2
    features = channels[-1] * rest**2

    layers: OrderedDict[str, nn.Module] = OrderedDict(centre=Centre(1, side, side))
    for i, (inputs, outputs) in enumerate(pairwise(channels), start=1):
        layers[f"block{i}"] = block(conv=nn.Conv2d(inputs, outputs, 3, 2, 1), act=nn.ReLU(inplace=True))
    layers["flatten"] = nn.Flatten()
    layers.update(chain([features, *hidden, 2 * latent_dim], nn.ReLU, "dense").named_children())
    encoder = nn.Sequential(layers)

    layers = dense([latent_dim, *reversed(hidden), features], nn.ReLU, "dense")
    layers["in"] = nn.Unflatten(1, (channels[-1], rest, rest))
    channels.reverse()
    for i, (inputs, outputs) in enumerate(pairwise(channels[:-1]), start=1):
        layers[f"block{i}"] = block(conv=nn.ConvTranspose2d(inputs, outputs, 4, 2, 1), act=nn.ReLU(inplace=True))
    layers["out"] = nn.ConvTranspose2d(*channels[-2:], 4, 2, 1)
    return encoder, nn.Sequential(layers)


class Centre(nn.Module):
    """Convert pixels in 0..1, the targets of the loss, to ganvas's input: -1..1 with the mean subtracted."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mul(2).sub_(self.mean + 1)


def split_heads(layer: nn.Linear) -> tuple[nn.Linear, nn.Linear]:
    """Split a layer into one for means and one for log variances."""
    result = []
    for weight, bias in zip(layer.weight.chunk(2), layer.bias.chunk(2), strict=True):
        half = nn.Linear(layer.in_features, layer.out_features // 2)
        half.load_state_dict({"weight": weight, "bias": bias})
        result.append(half)
    return tuple(result)
