"""Residual generator and projection discriminator for square images with labels."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

_SMALLEST = 4


class Modulated(nn.Module):
    """Batch norm, scaled and shifted by functions of the labels, and ReLU."""

    def __init__(self, channels: int, labels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.labels = nn.ModuleDict({name: nn.Linear(labels, channels, bias=False) for name in ("scale", "shift")})

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        scale, shift = (self.labels[name](labels)[:, :, None, None] for name in ("scale", "shift"))
        return torch.addcmul(shift, self.norm(x), scale + 1).relu_()


class ModulatedConv(Modulated):
    """The same before a convolution."""

    def __init__(self, inputs: int, outputs: int, labels: int, bias: bool = False) -> None:
        super().__init__(inputs, labels)
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)


class Up(nn.Module):
    """Residual block that doubles the sides."""

    def __init__(self, inputs: int, outputs: int, labels: int) -> None:
        super().__init__()
        self.first, self.second = ModulatedConv(inputs, outputs, labels), ModulatedConv(outputs, outputs, labels)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        inner = self.first.conv(F.interpolate(self.first(x, labels), scale_factor=2))
        return F.interpolate(self.shortcut(x), scale_factor=2) + self.second.conv(self.second(inner, labels))


class Generator(nn.Module):
    """Map latents and labels to images in [-1, 1]."""

    def __init__(self, channels: list[int], latent_dim: int, labels: int) -> None:
        super().__init__()
        colours, *widths = channels
        widths.reverse()
        self.start = nn.Linear(latent_dim, widths[0] * _SMALLEST**2)
        self.register_load_state_dict_pre_hook(_renamed)
        self.blocks = []
        for i, (inputs, outputs) in enumerate(pairwise([*widths, widths[-1]]), start=1):
            self.blocks.append(f"block{i}")
            self.add_module(self.blocks[-1], Up(inputs, outputs, labels))
        self.last = Modulated(widths[-1], labels)
        self.out = nn.Conv2d(widths[-1], colours, 3, padding=1)

    def forward(self, latents: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        x = self.start(latents).unflatten(1, (-1, _SMALLEST, _SMALLEST))
        x = x.contiguous(memory_format=torch.channels_last)
        for name in self.blocks:
            x = self.get_submodule(name)(x, labels)
        return torch.tanh(self.out(self.last(x, labels)))


def _renamed(_: nn.Module, weights: dict[str, torch.Tensor], *rest: object) -> None:
    """Rename ganvas's layer "in": the code that torch.compile makes cannot have this name."""
    for name in ("weight", "bias"):
        weights[f"start.{name}"] = weights.pop(f"in.{name}")


class Down(nn.Module):
    """Residual block with a learnt scale that halves the sides."""

    def __init__(self, inputs: int, outputs: int, first: bool) -> None:
        super().__init__()
        self.begins, self.scale = first, nn.Parameter(torch.zeros(1))
        self.first = nn.ModuleDict({"conv": nn.Conv2d(inputs, outputs, 3, padding=1)})
        self.second = nn.ModuleDict({"conv": nn.Conv2d(outputs, outputs, 3, padding=1)})
        self.shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = self.first["conv"](x if self.begins else x.relu())
        inner = F.avg_pool2d(self.second["conv"](inner.relu()), 2)
        return torch.addcmul(self.shortcut(F.avg_pool2d(x, 2)), self.scale, inner)


class Discriminator(nn.Module):
    """Map images and labels to scores."""

    def __init__(self, channels: list[int], labels: int) -> None:
        super().__init__()
        self.blocks = []
        for i, (inputs, outputs) in enumerate(pairwise(channels), start=1):
            self.blocks.append(f"block{i}")
            self.add_module(self.blocks[-1], Down(inputs, outputs, first=i == 1))
        linear, projection = nn.Linear(channels[-1], 1), nn.Linear(labels, channels[-1], bias=False)
        self.out = nn.ModuleDict({"linear": linear, "labels": projection})

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        for name in self.blocks:
            x = self.get_submodule(name)(x)
        features = x.relu().sum((2, 3))
        return self.out["linear"](features).squeeze(1) + (features * self.out["labels"](labels)).sum(1)


def residual(side: int, colours: int, base: int, latent_dim: int, labels: int) -> tuple[nn.Module, nn.Module]:
    """Build generator and discriminator for square images whose side is a power of two."""
    channels = [colours]
    while side > _SMALLEST:
        channels.append(base * min(2 ** (len(channels) - 1), 8))
        side //= 2
    return Generator(channels, latent_dim, labels), Discriminator(channels, labels)
