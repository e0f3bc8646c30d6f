"""What is trained: the data, the settings, and the weights that everybody starts from."""

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networks
import numpy as np
import torch
from torch import nn

from ganvas import _core
from ganvas.data import load_mnist, ring

SEED = 0
_IMAGES = {"net": "dcgan", "base_channels": 32, "latent_dim": 100, "batch_size": 64, "lr": 2e-4, "betas": (0.5, 0.999)}
_POINTS = {"net": "mlp", "hidden": (128, 128), "latent_dim": 16, "batch_size": 256, "lr": 5e-4, "betas": (0.5, 0.999)}


@dataclasses.dataclass(frozen=True)
class Workload:
    """Data for a number of steps, and the settings of the model.

    Attributes
    ----------
    name, title : str
    settings : dict
        Parameters of `ganvas.GanTrainer`.
    samples : numpy.ndarray
        uint8 images ``(n, h, w)`` or float32 rows ``(n, d)``; one pass through them is ``n // batch_size`` steps.
    build : callable
        Makes the generator and the discriminator in torch.nn.
    """

    name: str
    title: str
    settings: dict[str, Any]
    samples: np.ndarray
    build: Callable[[], tuple[nn.Sequential, nn.Sequential]]

    @property
    def steps(self) -> int:
        return len(self.samples) // self.settings["batch_size"]

    @property
    def images(self) -> bool:
        return self.samples.ndim == 3

    def run(self) -> Any:
        """Make a run of the core, for its weights, orders and latents."""
        return _core.Run.gan({**self.settings, "seed": SEED}, json.dumps(self._shape()), len(self.samples), "cpu")

    def stored(self) -> np.ndarray:
        """Give the samples as the core takes them: images with their channel last."""
        return self.samples[..., None] if self.images else self.samples

    def tensor(self) -> torch.Tensor:
        """Give the samples as a tensor to pick batches from: images stay bytes, rows are standardised."""
        if self.images:
            return torch.from_numpy(self.samples).unsqueeze(1)
        shape = self._shape()
        mean, deviation = (torch.tensor(shape[name], dtype=torch.float32) for name in ("mean", "deviation"))
        return (torch.from_numpy(self.samples) - mean) / deviation

    def networks(self) -> tuple[nn.Module, nn.Module]:
        """Make the torch.nn networks with ganvas's initial weights."""
        run, (generator, discriminator) = self.run(), self.build()
        networks.load(generator, run.state_dict("generator"))
        networks.load(discriminator, run.state_dict("discriminator"))
        return generator, discriminator

    def _shape(self) -> dict[str, Any]:
        if self.images:
            height, width = self.samples.shape[1:]
            return {"kind": "image", "height": height, "width": width, "channels": 1, "low": 0.0, "high": 255.0}
        mean, deviation = (f(axis=0, dtype=np.float64).tolist() for f in (self.samples.mean, self.samples.std))
        return {"kind": "vector", "mean": mean, "deviation": deviation}


def dcgan(steps: int) -> Workload:
    """DCGAN on digits of 32 px; random pictures where the digits are not at hand."""
    settings = _IMAGES
    sizes = {"colours": 1, "base": settings["base_channels"], "latent_dim": settings["latent_dim"]}
    return Workload(
        "dcgan",
        "DCGAN, 32 px, 32 channels, batch 64",
        settings,
        _digits(steps * settings["batch_size"]),
        lambda: networks.dcgan(32, **sizes),
    )


def points(steps: int) -> Workload:
    """MLP GAN on a ring of eight Gaussians."""
    settings = _POINTS
    return Workload(
        "ring",
        "ring, MLP 2-128-128, batch 256",
        settings,
        ring(steps * settings["batch_size"], random_state=SEED),
        lambda: networks.mlp(2, settings["hidden"], settings["latent_dim"]),
    )


# Maker, and steps of one round: two to four seconds on two cores.
WORKLOADS = {"dcgan": (dcgan, 32), "ring": (points, 600)}


def _digits(n: int) -> np.ndarray:
    root = Path(os.environ.get("GANVAS_DATA", "data")) / "mnist"
    if root.is_dir():
        images = load_mnist(root, size=32)
        return np.ascontiguousarray(images[np.arange(n) % len(images)])
    return np.random.default_rng(SEED).integers(256, size=(n, 32, 32), dtype=np.uint8)
