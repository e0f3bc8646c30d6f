"""An MLP autoencoder on digits."""

import numpy as np
import workload
from contenders import Ganvas
from workload import SEED, Tolerance, Workload

import ganvas
from ganvas import _core

from . import networks
from .contenders import Compiled, Pythae, Script, Tuned

_DIGITS = {
    "net": "mlp",
    "hidden": (400,),
    "latent_dim": 20,
    "likelihood": "bernoulli",
    "batch_size": 128,
    "lr": 1e-3,
    "betas": (0.9, 0.999),
}


class Vae(Workload):
    """An encoder and a decoder."""

    parts = ("encoder", "decoder")
    losses = ("loss",)
    low = 0.0
    kinds = (Ganvas, Script, Tuned, Compiled, Pythae)

    def trainer(self) -> "ganvas.VaeTrainer":
        return ganvas.VaeTrainer(**self.settings, random_state=SEED, device="cpu", verbose=0, progress=False)

    def run(self) -> _core.Run:
        mean = self.stored().mean(0, dtype=np.float64).astype(np.float32)
        return _core.Run.autoencoder({**self.settings, "seed": SEED}, self.shape(), len(self.samples), "cpu", mean)


def digits(steps: int) -> Vae:
    """MLP autoencoder on digits of 28 px, in shades of grey."""
    settings = _DIGITS
    return Vae(
        "vae",
        "VAE, MLP 784-400-20, batch 128",
        settings,
        workload.digits(steps * settings["batch_size"], 28),
        lambda: networks.mlp(28 * 28, settings["hidden"], settings["latent_dim"]),
        Tolerance(steps=40, limit=1e-4, relative=True),
    )
