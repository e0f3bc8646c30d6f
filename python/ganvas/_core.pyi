"""The compiled half of ganvas."""

from os import PathLike
from typing import Any, Protocol, final

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["Network", "Run", "__version__", "devices", "members", "objective_losses", "panic_on_purpose"]

__version__: str

class _Hooks(Protocol):
    """What a run calls between steps."""

    every: int | None
    def poll(self) -> object: ...
    def step(self) -> object: ...
    def epoch(self) -> object: ...

@final
class Run:
    """A model, its training state and its history."""

    @staticmethod
    def gan(options: dict[str, Any], data: str, n: int, device: str) -> Run:
        """Make a GAN with its initial weights, for `n` samples of the shape that `data` (JSON) describes."""

    @staticmethod
    def load(path: str | PathLike[str], device: str, epochs: int | None = None) -> tuple[Run, str]:
        """Return the run in a checkpoint file, its total of `epochs` replaced if given, and the JSON beside it."""

    @staticmethod
    def from_bytes(bytes: bytes, device: str) -> tuple[Run, str]:
        """Return the run in the bytes of a checkpoint, and the JSON saved beside it."""

    def save(self, path: str | PathLike[str], extra: str) -> None:
        """Write a checkpoint; `extra` is JSON."""

    def to_bytes(self, extra: str) -> bytes:
        """Return the bytes of a checkpoint; `extra` is JSON."""

    def train(
        self,
        x: NDArray[np.uint8] | NDArray[np.float32],
        epochs: int,
        hooks: _Hooks,
        *,
        resume: bool,
        call: str,
    ) -> None:
        """Train on `x` until `epochs` passes are done in all; `call` is the method's name in messages."""

    def sample(self, n: int, seed: int | None) -> NDArray[np.float32]:
        """Draw `n` samples, channels last. Without a seed the run's own stream goes on."""

    def network(self, name: str) -> Network:
        """Return the "generator" with the weights that samples are made with, or the "discriminator"."""

    def state_dict(self, name: str) -> dict[str, torch.Tensor]:
        """Return named weights and running statistics under training, copies on the CPU."""

    def latents(self, step: int) -> torch.Tensor:
        """Return the latents of training step number `step`, ``(batch_size, latent_dim)``."""

    def order(self, epoch: int, n: int) -> torch.Tensor:
        """Return the order of the samples in epoch number `epoch` of `n` samples, ``(n,)``."""

    def spec(self) -> str:
        """Return the settings as JSON."""

    def data(self) -> str:
        """Return shape and range of the data as JSON."""

    @property
    def device(self) -> str:
        """The device."""

    def progress(self) -> str:
        """Return the counters as JSON."""

    def losses(self) -> dict[str, float]:
        """Return the means of the pass under way; waits for the device."""

    def history(self) -> dict[str, list[float]]:
        """Return the history, a list of values for each column."""

    def sizes(self) -> list[tuple[str, int]]:
        """Return the number of parameters of each network."""

@final
class Network:
    """A generator or discriminator with its weights, in evaluation."""

    def __call__(self, input: torch.Tensor) -> torch.Tensor:
        """Return the output for a batch; differentiable twice."""

    def describe(self) -> str:
        """Return the layers as a list of dictionaries in JSON."""

    @property
    def n_parameters(self) -> int:
        """Number of trained values."""

def members(registry: str) -> list[tuple[str, str]]:
    """Return names and one-line descriptions of a registry: "objective" or "net"."""

def objective_losses(
    name: str, real_scores: torch.Tensor, fake_scores: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the discriminator's and the generator's loss for scores ``[n]`` and ``[m]``."""

def devices() -> int:
    """Return the number of CUDA devices."""

def panic_on_purpose() -> None:
    """Panic, so that a test can see what becomes of a panic."""
