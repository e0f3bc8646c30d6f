"""A DCGAN on pictures and an MLP on points."""

from collections.abc import Mapping
from typing import Any

from contenders import Ganvas
from workload import SEED, Tolerance, Workload, digits

import ganvas
from ganvas import _core
from ganvas.data import ring

from . import networks, sampling
from .contenders import Compiled, CompiledProjection, Projection, Script, Tuned
from .residual import residual

_IMAGES = {"net": "dcgan", "latent_dim": 100, "depth": 1, "lr": 2e-4, "betas": (0.5, 0.999)}
_POINTS = {"net": "mlp", "hidden": (128, 128), "latent_dim": 16, "batch_size": 256, "lr": 5e-4, "betas": (0.5, 0.999)}


class Gan(Workload):
    """A generator and a discriminator."""

    parts = ("generator", "discriminator")
    losses = ("discriminator_loss", "generator_loss")
    low = -1.0
    kinds = (Ganvas, Script, Tuned, Compiled)

    def trainer(self) -> ganvas.GanTrainer:
        return ganvas.GanTrainer(**self.settings, random_state=SEED, device=self.device, verbose=0, progress=False)

    def run(self) -> _core.Run:
        return _core.Run("gan", {**self.settings, "seed": SEED}, self.shape(), len(self.samples), "cpu")

    def extras(self, ready: Mapping[str, Any], rounds: int) -> dict[str, Any]:
        if self.name != "dcgan":
            return {}
        return {"ms_per_call": sampling.measure(ready["ganvas"].trainer, ready["script"], ready["tuned"], rounds)}


class Projected(Gan):
    """A conditional GAN with a gradient penalty."""

    kinds = (Ganvas, Projection, CompiledProjection)


_NEAR = Tolerance(steps=6, limit=1e-3, drifts=True)
# At 64 px, four steps of any float32 loop deviate by 5e-3 from float64.
_WIDE = Tolerance(steps=4, limit=5e-3, drifts=True)


def dcgan(
    steps: int, side: int = 32, base: int = 32, batch: int = 64, name: str = "dcgan", tolerance: Tolerance = _NEAR
) -> Gan:
    """DCGAN on digits."""
    settings = {**_IMAGES, "base_channels": base, "batch_size": batch}
    return Gan(
        name,
        f"DCGAN, {side} px, {base} channels, batch {batch}",
        settings,
        digits(steps * batch, side)[0],
        lambda: networks.dcgan(side, colours=1, base=base, latent_dim=settings["latent_dim"]),
        tolerance,
    )


def dcgan_wide(steps: int) -> Gan:
    """DCGAN on digits of 32 px with twice the channels and twice the batch size."""
    return dcgan(steps, 32, base=64, batch=128, name="dcgan-wide")


def dcgan64(steps: int) -> Gan:
    """DCGAN on digits of 64 px, with the size of PyTorch's example."""
    return dcgan(steps, 64, base=64, batch=128, name="dcgan64", tolerance=_WIDE)


def projection(steps: int) -> Gan:
    """Residual GAN on digits with their classes, with R1 every 16 steps."""
    side, base, batch, penalty = 32, 32, 64, {"name": "r1", "weight": 10.0, "every": Projection.period}
    how = {"net": "resnet", "conditioning": "modulation", "discriminator_conditioning": "projection"}
    settings = {**_IMAGES, **how, "base_channels": base, "batch_size": batch, "penalty": [penalty]}
    samples, classes = digits(steps * batch, side)
    return Projected(
        "projection",
        f"residual GAN, {side} px, projection, R1 every {Projection.period} steps, batch {batch}",
        settings,
        samples,
        lambda: residual(side, colours=1, base=base, latent_dim=settings["latent_dim"], labels=10),
        _NEAR,
        labels=classes,
    )


def points(steps: int) -> Gan:
    """MLP GAN on a ring of eight Gaussians."""
    settings = _POINTS
    return Gan(
        "ring",
        "ring, MLP 2-128-128, batch 256",
        settings,
        ring(steps * settings["batch_size"], random_state=SEED),
        lambda: networks.mlp(2, settings["hidden"], settings["latent_dim"]),
        Tolerance(steps=40, limit=1e-4, drifts=True),
    )
