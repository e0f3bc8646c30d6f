"""Base classes of the contenders of every workload.

A contender has `step(real, noise)`, or `step(real, noise, labels)` where the workload has labels, which returns the
losses of one training step, and `epoch()`, which trains for one
pass over the data. `Ganvas` only has `epoch()`. `optional` lists errors after which a benchmark continues without the
contender.
"""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset
from workload import Workload

Losses = tuple[torch.Tensor, ...]


class Contender:
    """An implementation that trains the networks of a workload."""

    name: ClassVar[str]
    title: ClassVar[str]
    optional: ClassVar[tuple[type[Exception], ...]] = ()

    def __init__(self, workload: Workload) -> None:
        self.workload = workload
        self.latent_dim, self.batch = workload.settings["latent_dim"], workload.settings["batch_size"]
        self.device = workload.device

    def epoch(self) -> None:
        raise NotImplementedError

    def step(self, real: torch.Tensor, noise: torch.Tensor, *given: torch.Tensor) -> Losses:
        raise NotImplementedError

    def adam(self, *nets: nn.Module, **how: Any) -> torch.optim.Adam:
        """Create the optimiser of `nets`."""
        weights = [weight for net in nets for weight in net.parameters()]
        settings = self.workload.settings
        return torch.optim.Adam(weights, lr=settings["lr"], betas=settings["betas"], **how)


class Ganvas(Contender):
    """The estimators of ganvas."""

    name, title = "ganvas", "ganvas"

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.trainer = workload.trainer()

    def epoch(self) -> None:
        self.trainer.partial_fit(self.workload.samples, self.workload.labels, epochs=1)


class Script(Contender):
    """The loop of a tutorial: a Dataset with a transform per sample, a DataLoader, default Adam, `.item()` on losses.

    On a CUDA device the loader has the tutorial's two workers; on the CPU they would compete with training for the
    cores.
    """

    name, title = "script", "script (PyTorch tutorial)"

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        points = None if workload.images else TensorDataset(workload.tensor().cpu())
        data = points or Pictures(workload.samples, self.transform)
        how = {"num_workers": 2, "persistent_workers": True} if self.device.startswith("cuda") else {}
        self.loader = DataLoader(data, batch_size=self.batch, shuffle=True, drop_last=True, **how)

    def epoch(self) -> None:
        for (real,) in self.loader:
            self.step(real.to(self.device), torch.randn(len(real), self.latent_dim, device=self.device))

    def transform(self, picture: Image.Image) -> torch.Tensor:
        """Convert one picture to the input of the networks."""
        return to_tensor(picture)


class Pictures(Dataset):
    """Pictures as PIL images, as in torchvision's datasets."""

    def __init__(self, samples: np.ndarray, transform: Callable[[Image.Image], torch.Tensor]) -> None:
        self.samples, self.transform = samples, transform

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[torch.Tensor]:
        return (self.transform(Image.fromarray(self.samples[index])),)


def to_tensor(picture: Image.Image) -> torch.Tensor:
    """Equivalent of torchvision's ToTensor."""
    array = torch.from_numpy(np.array(picture, np.uint8, copy=True))
    array = array.view(picture.size[1], picture.size[0], len(picture.getbands()))
    return array.permute(2, 0, 1).contiguous().to(torch.float32).div(255)


class Tuned(Contender):
    """Tuned eager PyTorch.

    The data in one tensor, fused Adam, losses on logits, no synchronisation.
    """

    name, title = "tuned", "tuned eager PyTorch"
    period: ClassVar[int] = 1  # steps after which their kinds repeat

    def __init__(self, workload: Workload, dtype: torch.dtype = torch.float32) -> None:
        super().__init__(workload)
        self.data, self.dtype = workload.tensor(), dtype

    def epoch(self) -> None:
        order = torch.randperm(len(self.data), device=self.device)
        for indices in order[: len(order) // self.batch * self.batch].split(self.batch):
            real = self.workload.scaled(self.data[indices], self.dtype)
            noise = torch.randn(self.batch, self.latent_dim, device=self.device)
            self.step(real, noise, *self.workload.given(indices, self.dtype))

    def adam(self, *nets: nn.Module, **how: Any) -> torch.optim.Adam:
        return super().adam(*nets, fused=True, **how)


class Compiled(Tuned):
    """Mixin for the tuned step with networks and losses compiled by torch.compile."""

    name, title = "compile", "tuned, torch.compile"
    optional = (Exception,)
    compiled: ClassVar[Iterable[str]]

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        for part in self.compiled:
            setattr(self, part, torch.compile(getattr(self, part)))
