"""What is trained: the data, the settings, and the weights that everybody starts from."""

import abc
import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import networks
import numpy as np
import torch
from torch import nn

from ganvas.data import load_mnist

SEED = 0


@dataclasses.dataclass(frozen=True)
class Tolerance:
    """How far losses may be from ganvas's.

    Attributes
    ----------
    steps : int
        Steps that are compared.
    limit : float
        The largest difference of a loss.
    relative : bool
        The difference is divided by the loss.
    drifts : bool
        The limit binds the tuned loop over all steps and the others over the first half: in a game rounding grows with
        each step, and two float32 loops that are right drift apart.
    """

    steps: int
    limit: float
    relative: bool = False
    drifts: bool = False


@dataclasses.dataclass(frozen=True)
class Workload(abc.ABC):
    """Data for a number of steps, and the settings of the model.

    Attributes
    ----------
    name, title : str
    settings : dict
        Parameters of the trainer.
    samples : numpy.ndarray
        uint8 images ``(n, h, w)`` or float32 rows ``(n, d)``; one pass through them is ``n // batch_size`` steps.
    build : callable
        Makes the two networks in torch.nn.
    tolerance : Tolerance
    device : str, default "cpu"
        Where everybody trains.
    parts : (str, str)
        Names that the core gives the two networks.
    losses : tuple of str
        Columns of the history that a step of a contender returns.
    low : float
        What a black pixel is in a batch; a white one is 1.
    kinds : tuple of type
        Who trains it, ganvas first.
    """

    name: str
    title: str
    settings: dict[str, Any]
    samples: np.ndarray
    build: Callable[[], tuple[nn.Sequential, nn.Sequential]]
    tolerance: Tolerance
    device: str = "cpu"

    parts: ClassVar[tuple[str, str]]
    losses: ClassVar[tuple[str, ...]]
    low: ClassVar[float]
    kinds: ClassVar[tuple[type, ...]]

    @abc.abstractmethod
    def trainer(self) -> Any:
        """Make the estimator of ganvas."""

    @abc.abstractmethod
    def run(self) -> Any:
        """Make a run of the core, for its weights, orders and noise."""

    def extras(self, ready: Mapping[str, Any], rounds: int) -> dict[str, Any]:
        """Measure what is not a training step, with the contenders that are `ready`."""
        return {}

    @property
    def contenders(self) -> dict[str, type]:
        return {kind.name: kind for kind in self.kinds}

    @property
    def steps(self) -> int:
        return len(self.samples) // self.settings["batch_size"]

    @property
    def images(self) -> bool:
        return self.samples.ndim == 3

    def stored(self) -> np.ndarray:
        """Give the samples as the core takes them: images with their channel last."""
        return self.samples[..., None] if self.images else self.samples

    def tensor(self) -> torch.Tensor:
        """Give the samples as a tensor to pick batches from: images stay bytes, rows are standardised."""
        if self.images:
            return torch.from_numpy(self.samples).unsqueeze(1).to(self.device)
        shape = json.loads(self.shape())
        mean, deviation = (torch.tensor(shape[name], dtype=torch.float32) for name in ("mean", "deviation"))
        return ((torch.from_numpy(self.samples) - mean) / deviation).to(self.device)

    def scaled(self, batch: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        """Turn a batch of `tensor` into floats, pixels from `low` to 1."""
        floats = batch.to(dtype)
        if self.images:
            floats.mul_((1 - self.low) / 255)
        return floats.add_(self.low) if self.images and self.low else floats

    def networks(self) -> tuple[nn.Module, nn.Module]:
        """Make the torch.nn networks with ganvas's initial weights."""
        run, nets = self.run(), self.build()
        loaded = (networks.load(net, run.state_dict(part)) for net, part in zip(nets, self.parts, strict=True))
        return tuple(net.to(self.device) for net in loaded)

    def shape(self) -> str:
        """Describe the samples to the core, in JSON."""
        if self.images:
            height, width = self.samples.shape[1:]
            shape = {"kind": "image", "height": height, "width": width, "channels": 1, "low": 0.0, "high": 255.0}
        else:
            mean, deviation = (f(axis=0, dtype=np.float64).tolist() for f in (self.samples.mean, self.samples.std))
            shape = {"kind": "vector", "mean": mean, "deviation": deviation}
        return json.dumps(shape)


def digits(n: int, size: int) -> np.ndarray:
    """Give `n` digits, over and over; random pictures where the digits are not at hand."""
    root = Path(os.environ.get("GANVAS_DATA", "data")) / "mnist"
    if root.is_dir():
        images = load_mnist(root, size=size)
        return np.ascontiguousarray(images[np.arange(n) % len(images)])
    return np.random.default_rng(SEED).integers(256, size=(n, size, size), dtype=np.uint8)
