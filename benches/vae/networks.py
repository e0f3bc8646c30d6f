"""Encoders and decoders."""

from collections import OrderedDict

import torch
from networks import mlp as chain
from torch import nn


def mlp(features: int, hidden: tuple[int, ...], latent_dim: int) -> tuple[nn.Sequential, nn.Sequential]:
    """Build an encoder, to means and logarithms of variances, and a decoder, to logits, on flat pictures."""
    body = chain([features, *hidden, 2 * latent_dim], nn.ReLU, "dense")
    encoder = nn.Sequential(OrderedDict(centre=Centre(features), **dict(body.named_children())))
    return encoder, chain([latent_dim, *reversed(hidden), features], nn.ReLU, "dense")


class Centre(nn.Module):
    """Turn pixels from 0 to 1, as the loss takes them, into those from -1 to 1 that ganvas takes, less their mean."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mul(2).sub_(self.mean + 1)


def split_heads(layer: nn.Linear) -> tuple[nn.Linear, nn.Linear]:
    """Split a layer into the one for means and the one for logarithms of variances."""
    result = []
    for weight, bias in zip(layer.weight.chunk(2), layer.bias.chunk(2), strict=True):
        half = nn.Linear(layer.in_features, layer.out_features // 2)
        half.load_state_dict({"weight": weight, "bias": bias})
        result.append(half)
    return tuple(result)
