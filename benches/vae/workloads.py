"""Autoencoders on digits."""

from typing import Any

from contenders import Ganvas
from workload import SEED, Tolerance, Workload, digits

import ganvas
from ganvas import _core

from . import networks
from .contenders import Compiled, ConvScript, Pythae, Script, Tuned

_SIDE = 28
_DIGITS: dict[str, Any] = {
    "latent_dim": 20,
    "likelihood": "bernoulli",
    "batch_size": 128,
    "lr": 1e-3,
    "betas": (0.9, 0.999),
}
_MLP: dict[str, Any] = {"net": "mlp", "hidden": (400,), **_DIGITS}
_CONV: dict[str, Any] = {"net": "conv", "hidden": (256,), "base_channels": 32, "depth": 1, **_DIGITS}


class Vae(Workload):
    """An encoder and a decoder."""

    parts = ("encoder", "decoder")
    losses = ("loss",)
    low = 0.0
    kinds = (Ganvas, Script, Tuned, Compiled, Pythae)

    def trainer(self) -> "ganvas.VaeTrainer":
        return ganvas.VaeTrainer(**self.settings, random_state=SEED, device=self.device, verbose=0, progress=False)

    def run(self) -> _core.Run:
        return self.trainer()._create({**self.settings, "seed": SEED}, self.shape(), self.stored(), "cpu")


class ConvVae(Vae):
    """The same with convolutions."""

    kinds = (Ganvas, ConvScript, Tuned, Compiled, Pythae)


def mlp(steps: int) -> Vae:
    """MLP autoencoder on digits of 28 px, in shades of grey."""
    hidden, latent_dim = _MLP["hidden"], _MLP["latent_dim"]
    return Vae(
        "vae",
        "VAE, MLP 784-400-20, batch 128",
        _MLP,
        digits(steps * _MLP["batch_size"], _SIDE)[0],
        lambda: networks.mlp(_SIDE**2, hidden, latent_dim),
        Tolerance(steps=40, limit=1e-4, relative=True),
    )


def conv(steps: int) -> ConvVae:
    """Convolutional autoencoder on the same digits."""
    base, hidden, latent_dim = _CONV["base_channels"], _CONV["hidden"], _CONV["latent_dim"]
    return ConvVae(
        "conv-vae",
        "VAE, conv 32-64-256-20, batch 128",
        _CONV,
        digits(steps * _CONV["batch_size"], _SIDE)[0],
        lambda: networks.conv(_SIDE, base, hidden, latent_dim),
        Tolerance(steps=40, limit=1e-4, relative=True),
    )
