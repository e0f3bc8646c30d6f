"""Workloads: data, settings and initial weights shared by all contenders."""

import abc
import dataclasses
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import networks
import numpy as np
import torch
from torch import nn

from ganvas import _core
from ganvas._data.arrays import measure, read
from ganvas._data.labels import Labels
from ganvas.data import load_mnist

SEED = 0


@dataclasses.dataclass(frozen=True)
class Tolerance:
    """Maximum deviation of losses from ganvas's.

    Attributes
    ----------
    steps : int
        Number of compared steps.
    limit : float
        Maximum difference of a loss.
    relative : bool
        True if the difference is relative to the loss.
    drifts : bool
        True if the limit applies to the tuned loop over all steps and to other contenders over the first half: in
        adversarial training rounding errors grow with each step, and two correct float32 loops diverge.
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
        uint8 images ``(n, h, w)`` or float32 rows ``(n, d)``; one pass over them is ``n // batch_size`` steps.
    build : callable
        Builds the two networks in torch.nn.
    tolerance : Tolerance
    device : str, default "cpu"
        Device of all contenders.
    labels : numpy.ndarray or None, default None
        Classes of the samples, int64 ``(n,)``.
    parts : (str, str)
        Names of the two networks in the core.
    losses : tuple of str
        Columns of the history that a step of a contender returns.
    low : float
        Value of a black pixel in a batch; white is 1.
    kinds : tuple of type
        Contenders, ganvas first.
    """

    name: str
    title: str
    settings: dict[str, Any]
    samples: np.ndarray
    build: Callable[[], tuple[nn.Sequential, nn.Sequential]]
    tolerance: Tolerance
    device: str = "cpu"
    labels: np.ndarray | None = None

    parts: ClassVar[tuple[str, str]]
    losses: ClassVar[tuple[str, ...]]
    low: ClassVar[float]
    kinds: ClassVar[tuple[type, ...]]

    @abc.abstractmethod
    def trainer(self) -> Any:
        """Create the estimator of ganvas."""

    @abc.abstractmethod
    def run(self) -> Any:
        """Create a run of the core, for its weights, orders and noise."""

    def extras(self, ready: Mapping[str, Any], rounds: int) -> dict[str, Any]:
        """Measure everything except training steps, with the contenders that are `ready`."""
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
        """Return the samples as the core takes them: images with channels last."""
        return self.samples[..., None] if self.images else self.samples

    def tensor(self) -> torch.Tensor:
        """Return the samples as a tensor to draw batches from: images as bytes, rows standardised."""
        if self.images:
            return torch.from_numpy(self.samples).unsqueeze(1).to(self.device)
        data = self.shape()
        mean, deviation = (torch.tensor(values, dtype=torch.float32) for values in (data.offset, data.unit))
        return ((torch.from_numpy(self.samples) - mean) / deviation).to(self.device)

    def given(self, indices: torch.Tensor, dtype: torch.dtype) -> tuple[torch.Tensor, ...]:
        """Return what a step needs beside samples and noise: the labels of these samples as one-hot rows, if any."""
        if self.labels is None:
            return ()
        rows = torch.nn.functional.one_hot(torch.from_numpy(self.labels)[indices.cpu()])
        return (rows.to(self.device, dtype),)

    def scaled(self, batch: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        """Convert a batch of `tensor` to floats, with pixels from `low` to 1."""
        floats = batch.to(dtype)
        if self.images:
            floats.mul_((1 - self.low) / 255)
        return floats.add_(self.low) if self.images and self.low else floats

    def networks(self) -> tuple[nn.Module, nn.Module]:
        """Build the torch.nn networks with ganvas's initial weights."""
        run, nets = self.run(), self.build()
        loaded = (networks.load(net, run.state_dict(part)) for net, part in zip(nets, self.parts, strict=True))
        return tuple(net.to(self.device) for net in loaded)

    def shape(self) -> _core.Data:
        """Describe the samples to the core."""
        array, layout = read(self.trainer(), self.samples, None, None)
        data = measure([array], layout, array.shape[1:])
        return data if self.labels is None else data.labelled(Labels.learn(self.labels, len(array))[0].describe())


def digits(n: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return `n` digits and their classes, repeated; random images and classes without the digits."""
    root = Path(os.environ.get("GANVAS_DATA", "data")) / "mnist"
    if root.is_dir():
        images, classes = load_mnist(root, size=size, return_y=True)
        places = np.arange(n) % len(images)
        return np.ascontiguousarray(images[places]), classes[places]
    return np.random.default_rng(SEED).integers(256, size=(n, size, size), dtype=np.uint8), np.arange(n) % 10
