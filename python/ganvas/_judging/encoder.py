"""An encoder for features of samples, trained on the user's own data."""

import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._run.torch import plain_modes

#: Number of features.
WIDTH = 64
# Widths of the layers, of stride 2, and of the output of the contrastive head.
_LAYERS, _HEAD = (32, 64, 128, 128), 128
# Larger samples are averaged: their longest sides are halved until they have at most this number of pixels.
_PLACES = 64 * 64
_BATCH, _TEMPERATURE, _RATE = 256, 0.2, 2e-3
# Number of steps, fewer for large samples: by the multiply-adds of all forward passes.
_STEPS, _FEWEST, _BUDGET = 150, 10, 3e11
# Samples that are encoded at once, and encoders that are kept.
_AT_ONCE, _KEPT = 512, 4
_CACHE: OrderedDict[str, nn.Sequential] = OrderedDict()


def trained(samples: np.ndarray, y: np.ndarray | None, seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """Train an encoder to recognise a sample that was moved, turned, scaled and dimmed, and to tell classes apart.

    The loss is the normalised cross-entropy of pairs (Chen et al., "A Simple Framework for Contrastive Learning of
    Visual Representations", 2020), plus the cross-entropy of the classes, if there are any. The number of steps depends
    on the sizes only, so that equal data and seeds give equal features. The last four encoders are kept in memory.

    Parameters
    ----------
    samples : numpy.ndarray of shape (n, *sizes), float32
        Samples of one to three axes, channels last.
    y : numpy.ndarray of shape (n,) or None
        Codes of classes.
    seed : int

    Returns
    -------
    callable
        Function from samples to features ``(n, 64)``, float32.
    """
    key = _key(samples, y, seed)
    net = _CACHE.pop(key, None)
    if net is None:
        with plain_modes():
            net = _train(samples, y, seed)
    _CACHE[key] = net
    while len(_CACHE) > _KEPT:
        _CACHE.popitem(last=False)

    return lambda samples: _encoded(net, samples).numpy()


def _key(samples: np.ndarray, y: np.ndarray | None, seed: int) -> str:
    hashed = hashlib.sha256(repr((samples.shape, seed, y is None)).encode())
    for array in (samples, y):
        if array is not None:
            hashed.update(np.ascontiguousarray(array).data)
    return hashed.hexdigest()


def _train(samples: np.ndarray, y: np.ndarray | None, seed: int) -> nn.Sequential:
    data = _tensor(samples)
    targets = None if y is None else torch.from_numpy(y)
    random = torch.Generator().manual_seed(seed)
    # Weights are drawn from a state of their own: the user's random numbers stay as they are.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = _body(data)
        head = nn.Sequential(nn.GELU(), nn.Linear(WIDTH, _HEAD))
        classes = nn.Sequential(nn.GELU(), nn.Linear(WIDTH, 1 if targets is None else int(targets.max()) + 1))
    # The caller may have another default dtype.
    net, head, classes = (part.float() for part in (net, head, classes))
    steps = _steps(data)
    parameters = [*net.parameters(), *head.parameters(), *classes.parameters()]
    optimiser = torch.optim.AdamW(parameters, _RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    batch = min(_BATCH, len(data))
    for _ in range(steps):
        chosen = torch.randperm(len(data), generator=random)[:batch]
        features = net(torch.cat([_moved(data[chosen], random) for _ in range(2)]))
        loss = _pairs(head(features))
        if targets is not None:
            loss = loss + F.cross_entropy(classes(features), targets[chosen].repeat(2))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    net.eval().requires_grad_(False)
    net.append(_Standard(_encoded(net, samples)))
    return net


class _Standard(nn.Module):
    """Subtract the mean of the features of the training samples, and divide by their deviation."""

    def __init__(self, features: Tensor) -> None:
        super().__init__()
        self._mean, deviation = features.mean(0), features.std(0, correction=0)
        self._unit = torch.where(deviation > 0, deviation, 1)

    def forward(self, features: Tensor) -> Tensor:
        return (features - self._mean) / self._unit


@torch.no_grad()
def _encoded(net: nn.Module, samples: np.ndarray) -> Tensor:
    parts = (samples[first : first + _AT_ONCE] for first in range(0, len(samples), _AT_ONCE))
    return torch.cat([net(_tensor(part)) for part in parts])


def _tensor(samples: np.ndarray) -> Tensor:
    """Bring samples to ``(n, c, h, w)`` or ``(n, c, d, h, w)``, and average large ones; series have height 1."""
    data = torch.from_numpy(np.ascontiguousarray(samples, np.float32)).movedim(-1, 1)
    data = data[:, :, None] if data.ndim == 3 else data
    short = list(data.shape[2:])
    while math.prod(short) > _PLACES:
        longest = max(short)
        short = [-(-size // 2) if size == longest else size for size in short]
    return data if short == list(data.shape[2:]) else F.interpolate(data, short, mode="area")


def _body(data: Tensor) -> nn.Sequential:
    """Convolutions of stride 2 along the axes that are longer than 2, until none is left."""
    solid = data.ndim == 5
    convolution = nn.Conv3d if solid else nn.Conv2d
    layers: list[nn.Module] = []
    channels, sizes = data.shape[1], list(data.shape[2:])
    for width in _LAYERS:
        if max(sizes) <= 2 and layers:
            break
        kernel, stride = zip(*((3, 2) if size > 2 else (1, 1) for size in sizes), strict=True)
        padding = tuple(size // 2 for size in kernel)
        layers += [convolution(channels, width, kernel, stride, padding), nn.GroupNorm(8, width), nn.GELU()]
        channels, sizes = width, [-(-size // step) for size, step in zip(sizes, stride, strict=True)]
    pooled = tuple(min(size, 2) for size in sizes)
    pool = nn.AdaptiveAvgPool3d(pooled) if solid else nn.AdaptiveAvgPool2d(pooled)
    return nn.Sequential(*layers, pool, nn.Flatten(), nn.Linear(channels * math.prod(pooled), WIDTH))


def _steps(data: Tensor) -> int:
    """Return the number of steps that the sizes of samples allow."""
    work, channels, places = 0, data.shape[1], math.prod(data.shape[2:])
    axes = sum(size > 2 for size in data.shape[2:])
    for width in _LAYERS:
        places = max(1, places // 2**axes)
        work += places * channels * width * 3**axes
        channels = width
    return max(_FEWEST, min(_STEPS, int(_BUDGET / (2 * _BATCH * work))))


def _moved(data: Tensor, random: torch.Generator) -> Tensor:
    """Move, scale, turn and dim each sample by random amounts, and add noise."""
    n, sizes = len(data), data.shape[2:]
    axes, one = len(sizes), [1] * (data.ndim - 2)

    def uniform(width: float, *shape: int) -> Tensor:
        return (2 * torch.rand(n, *shape, generator=random, dtype=data.dtype) - 1) * width

    # Coordinates are (x, y, z) and axes (z, y, x); samples are turned in the plane of the last two.
    scale, shift = 1 + uniform(0.25), uniform(0.2, axes)
    angle = uniform(0.25) if min(sizes[-2:]) > 2 else torch.zeros(n, dtype=data.dtype)
    places = torch.diag_embed(scale[:, None].repeat(1, axes))
    places[:, 0, 0] = places[:, 1, 1] = scale * angle.cos()
    places[:, 0, 1], places[:, 1, 0] = -scale * angle.sin(), scale * angle.sin()
    places = torch.cat([places, shift[:, :, None]], dim=2)
    grid = F.affine_grid(places, list(data.shape), align_corners=False)
    moved = F.grid_sample(data, grid, align_corners=False, padding_mode="border")
    middle = moved.flatten(1).mean(1).reshape(n, 1, *one)
    moved = middle + (moved - middle) * (1 + uniform(0.4, 1, *one)) + uniform(0.2, data.shape[1], *one)
    return moved + 0.05 * torch.randn(moved.shape, generator=random, dtype=data.dtype)


def _pairs(vectors: Tensor) -> Tensor:
    """Cross-entropy of finding the other view of each sample among all views."""
    vectors = F.normalize(vectors, dim=1)
    similar = (vectors @ vectors.T / _TEMPERATURE).fill_diagonal_(-torch.inf)
    return F.cross_entropy(similar, torch.arange(len(vectors)).roll(len(vectors) // 2))
