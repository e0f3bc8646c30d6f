"""The compiled half of ganvas."""

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, Protocol, final

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = [
    "Network",
    "Progress",
    "Reader",
    "Run",
    "__version__",
    "devices",
    "members",
    "objective_losses",
    "panic_on_purpose",
    "settings",
    "trace_begin",
    "trace_end",
]

__version__: str

class _Hooks(Protocol):
    """What a run calls between steps."""

    every: int | None
    def poll(self) -> object: ...
    def step(self) -> object: ...
    def epoch(self) -> object: ...

_Floats = NDArray[np.float32] | NDArray[np.float64]
_Samples = NDArray[np.uint8] | _Floats
_Labels = NDArray[np.int64] | _Floats

@final
class Reader:
    """Samples that are read when they are wanted."""

    @staticmethod
    def file(path: str | PathLike[str], offset: int, shape: Sequence[int], dtype: str) -> Reader:
        """Read an array of this shape and dtype that begins `offset` bytes into a file."""

    @staticmethod
    def pictures(
        files: Sequence[str | PathLike[str]],
        shape: Sequence[int],
        dtype: str,
        fitted: bool,
        limit: int,
        other: Callable[[int], bytes],
    ) -> Reader:
        """Decode files; `other` has those that are no plain PNG or JPEG of at most `limit` pixels."""

    @staticmethod
    def sizes(files: Sequence[str | PathLike[str]]) -> list[tuple[int, int] | None]:
        """Return height and width of each file, None for what is no plain PNG or JPEG."""

    @staticmethod
    def rows(
        read: Callable[[NDArray[np.int64]], NDArray[Any]],
        shape: Sequence[int],
        dtype: str,
        access: str,
        peek: Callable[[NDArray[np.int64]], NDArray[Any]] | None = None,
    ) -> Reader:
        """Have samples read by a function of their numbers, in an order that is "anywhere", "near" or "forward"."""

    def __len__(self) -> int:
        """Return the number of samples."""

    @property
    def shape(self) -> list[int]:
        """Shape of all samples together."""

    @property
    def window(self) -> int | None:
        """Samples that are mixed with each other, where they come one after the other."""

    def read(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Return these samples."""

@final
class Progress:
    """Counters of a run at one moment."""

    @property
    def step(self) -> int:
        """Steps done."""

    @property
    def epoch(self) -> int:
        """Passes through the data that are complete."""

    @property
    def position(self) -> int:
        """Steps done in the current pass."""

    @property
    def samples(self) -> int:
        """Samples seen."""

    @property
    def drawn(self) -> int:
        """Samples drawn from the run's own stream."""

    @property
    def seconds(self) -> float:
        """Seconds spent in the current pass."""

@final
class Run:
    """A model, its training state and its history."""

    @staticmethod
    def gan(options: dict[str, Any], data: str, n: int, device: str) -> Run:
        """Make a GAN with its initial weights, for `n` samples of the shape that `data` (JSON) describes."""

    @staticmethod
    def autoencoder(options: dict[str, Any], data: str, n: int, device: str, mean: _Floats | None = None) -> Run:
        """Make an autoencoder with its initial weights, for `n` samples of the shape in `data` (JSON) and this mean."""

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
        x: _Samples | Reader,
        epochs: int,
        hooks: _Hooks,
        *,
        resume: bool,
        call: str,
        y: _Labels | None = None,
    ) -> None:
        """Train on `x` until `epochs` passes are done in all; `call` is the method's name in messages."""

    def set_ranks(self, rank: int, count: int, average: Callable[[torch.Tensor], None]) -> None:
        """Train as process number ``rank`` of ``count``; ``average`` replaces a tensor by its mean over all."""

    def sample(self, n: int, seed: int | None, y: _Labels | None = None, truncation: float | None = None) -> _Floats:
        """Draw `n` samples, channels last. Without a seed the run's stream goes on, without labels some are drawn."""

    def starts(self, n: int, seed: int) -> NDArray[np.float32]:
        """Return the latents, ``(n, latent_dim)``, that `sample` makes samples of with this seed."""

    def generate(self, z: NDArray[np.float32], seed: int, y: _Labels | None = None) -> _Floats:
        """Return samples of latents; a model that knows labels draws one for all where none are given."""

    def transform(self, x: _Samples, y: _Labels | None, codes: bool = True) -> NDArray[Any]:
        """Return latents without noise; where there are codes, their numbers unless `codes` is false."""

    def inverse_transform(self, z: NDArray[np.float32] | NDArray[np.int64], y: _Labels | None) -> _Floats:
        """Return samples for latents, or for the numbers of codes."""

    def reconstruct(self, x: _Samples, y: _Labels | None) -> _Floats:
        """Return samples after encoder and decoder."""

    def scores(
        self,
        x: _Samples,
        y: _Labels | None,
        importance: int,
        repeats: int,
        among: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Return the mean of `repeats` bounds on log likelihoods, from `importance` draws each."""

    def likeliest(self, x: _Samples) -> NDArray[np.int64]:
        """Return the codes of the classes under which samples are likeliest."""

    def statistics(self, x: _Samples, y: _Labels | None) -> NDArray[np.float32]:
        """Return logarithms of squared errors and of complexities, and losses outside the range, ``(n, 3)``."""

    def drawn_latents(self, x: _Samples, y: _Labels | None) -> NDArray[np.float32]:
        """Return one latent for each sample, drawn from its posterior."""

    def code(self) -> list[int]:
        """Return the shape of what lies between encoder and decoder, for one sample."""

    def network(self, name: str) -> Network:
        """Return a part of the model with the weights that results are made with."""

    def state_dict(self, name: str) -> dict[str, torch.Tensor]:
        """Return named weights and running statistics under training, copies on the CPU."""

    def latents(self, step: int) -> torch.Tensor:
        """Return the noise of training step number `step`, ``(batch_size, latent_dim)`` or ``(k, ...)`` for k draws."""

    def order(self, epoch: int, n: int) -> torch.Tensor:
        """Return the order of the samples in epoch number `epoch` of `n` samples, ``(n,)``."""

    def settings(self) -> dict[str, Any]:
        """Return the resolved settings, and the name of the family as "family"."""

    def strayed(self) -> float | None:
        """Return a value outside the fitted range that training has read from a stream, if there was one."""

    def resolved(self, options: dict[str, Any], n: int) -> dict[str, Any]:
        """Return the settings that these options make for `n` samples like those of the run."""

    def retune(self, settings: dict[str, Any]) -> None:
        """Go on with settings that differ in learning rates, ``batch_size`` and ``epochs`` only."""

    def data(self) -> str:
        """Return shape and range of the data as JSON."""

    @property
    def device(self) -> str:
        """The device."""

    def set_executor(self, name: str, precision: str) -> None:
        """Have the networks run by "auto", "native", "cuda_graph" (of this precision) or "tch"."""

    @property
    def executor(self) -> str:
        """Who runs the networks in training: "native" or "tch"."""

    def needs_torch(self) -> str | None:
        """Return why only libtorch can run the networks, if so."""

    def progress(self) -> Progress:
        """Return the counters."""

    def made(self) -> int:
        """Count the steps made since the run came into memory, those included that were lost to divergence."""

    def losses(self) -> dict[str, float]:
        """Return the means of the pass under way; waits for the device."""

    def history(self) -> dict[str, list[float]]:
        """Return the history, a list of values for each column."""

    def sizes(self) -> list[tuple[str, int]]:
        """Return the number of parameters of each network."""

@final
class Network:
    """A part of a model with its weights, in evaluation."""

    def __call__(self, input: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        """Return the output for a batch, and its labels where the model knows some; differentiable twice."""

    def describe(self) -> str:
        """Return the layers as a list of dictionaries in JSON."""

    @property
    def n_parameters(self) -> int:
        """Number of trained values."""

def members(registry: str, family: str | None = None) -> list[tuple[str, str]]:
    """Return names and one-line descriptions of a registry: "objective", "net", "bottleneck", ...

    With a family, "gan" or "autoencoder": those of the nets that it takes.
    """

def settings(family: str) -> list[tuple[str, str, str, str, str]]:
    """Return the settings of a family, "gan" or "autoencoder".

    Each has a group, a name, an annotation, its type in words and its documentation.
    """

def objective_losses(
    name: str, real_scores: torch.Tensor, fake_scores: torch.Tensor, label_smoothing: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the discriminator's and the generator's loss for scores ``[n]`` and ``[m]``."""

def devices() -> int:
    """Return the number of CUDA devices."""

def trace_begin() -> None:
    """Begin to note where this process spends its time."""

def trace_end() -> str:
    """End that; return a Chrome trace, as JSON."""

def panic_on_purpose(recording: bool = False) -> None:
    """Panic, so that a test can see what becomes of a panic."""
