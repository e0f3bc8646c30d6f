"""Generators and discriminators."""

from collections import OrderedDict
from itertools import pairwise

from networks import block
from networks import mlp as chain
from torch import nn

_SLOPE = 0.2
_SMALLEST = 4


def dcgan(side: int, colours: int, base: int, latent_dim: int) -> tuple[nn.Sequential, nn.Sequential]:
    """Build generator and discriminator for square images whose side is a power of two."""
    channels = [colours]
    while side > _SMALLEST:
        channels.append(base * min(2 ** (len(channels) - 1), 8))
        side //= 2
    return _generator(channels, latent_dim), _discriminator(channels)


def _generator(channels: list[int], latent_dim: int) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict(latent=nn.Unflatten(1, (latent_dim, 1, 1)))
    widths = [latent_dim, *reversed(channels)]
    for i, (inputs, outputs) in enumerate(pairwise(widths[:-1]), start=1):
        stride, padding = (1, 0) if i == 1 else (2, 1)
        conv = nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=False)
        layers[f"block{i}"] = block(conv=conv, norm=nn.BatchNorm2d(outputs), act=nn.ReLU(inplace=True))
    layers["out"] = nn.ConvTranspose2d(*widths[-2:], 4, 2, 1, bias=False)
    layers["tanh"] = nn.Tanh()
    return nn.Sequential(layers)


def _discriminator(channels: list[int]) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for i, (inputs, outputs) in enumerate(pairwise(channels), start=1):
        parts: dict[str, nn.Module] = {"conv": nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False)}
        if i > 1:
            parts["norm"] = nn.BatchNorm2d(outputs)
        layers[f"block{i}"] = block(**parts, act=nn.LeakyReLU(_SLOPE, inplace=True))
    layers["out"] = nn.Conv2d(channels[-1], 1, _SMALLEST, bias=False)
    layers["flatten"] = nn.Flatten(0)
    return nn.Sequential(layers)


def mlp(features: int, hidden: tuple[int, ...], latent_dim: int) -> tuple[nn.Sequential, nn.Sequential]:
    """Build generator and discriminator for rows."""
    generator = chain([latent_dim, *hidden, features], lambda: nn.ReLU(inplace=True))
    discriminator = chain([features, *reversed(hidden), 1], lambda: nn.LeakyReLU(_SLOPE, inplace=True))
    return generator, discriminator.append(nn.Flatten(0))
