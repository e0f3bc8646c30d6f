"""The same training, written by different people.

Each contender has `step(real, latents)`, which gives the losses of discriminator and generator, and `epoch()`, which
trains once through the data. `Ganvas` has `epoch()` alone.
"""

from collections.abc import Callable

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, TensorDataset
from workloads import SEED, Workload

import ganvas

Losses = tuple[torch.Tensor, torch.Tensor]


class Ganvas:
    """What users call."""

    name, title = "ganvas", "ganvas"

    def __init__(self, workload: Workload) -> None:
        self.samples = workload.samples
        self.trainer = ganvas.GanTrainer(
            **workload.settings, random_state=SEED, device="cpu", verbose=0, progress=False
        )

    def epoch(self) -> None:
        self.trainer.partial_fit(self.samples, epochs=1)


class Script:
    """The loop of PyTorch's DCGAN tutorial: a Dataset transformed sample by sample, BCELoss, default Adam, items."""

    name, title = "script", "script (PyTorch tutorial)"

    def __init__(self, workload: Workload) -> None:
        self.generator, self.discriminator = workload.networks()
        self.latent_dim, batch = workload.settings["latent_dim"], workload.settings["batch_size"]
        data = Pictures(workload.samples) if workload.images else TensorDataset(workload.tensor())
        self.loader = DataLoader(data, batch_size=batch, shuffle=True, num_workers=0, drop_last=True)
        self.criterion = nn.BCELoss()
        adam = {"lr": workload.settings["lr"], "betas": workload.settings["betas"]}
        self.generator_adam = torch.optim.Adam(self.generator.parameters(), **adam)
        self.discriminator_adam = torch.optim.Adam(self.discriminator.parameters(), **adam)
        self.history: list[tuple[float, ...]] = []

    def epoch(self) -> None:
        for (real,) in self.loader:
            self.step(real, torch.randn(len(real), self.latent_dim))

    def step(self, real: torch.Tensor, latents: torch.Tensor) -> Losses:
        self.discriminator.zero_grad()
        ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
        output = self._probability(real)
        error_real = self.criterion(output, ones)
        error_real.backward()
        real_score = output.mean().item()
        fake = self.generator(latents)
        output = self._probability(fake.detach())
        error_fake = self.criterion(output, zeros)
        error_fake.backward()
        fake_score = output.mean().item()
        error = error_real + error_fake
        self.discriminator_adam.step()

        self.generator.zero_grad()
        generator_error = self.criterion(self._probability(fake), ones)
        generator_error.backward()
        self.generator_adam.step()
        self.history.append((error.item(), generator_error.item(), real_score, fake_score))
        return error.detach(), generator_error.detach()

    def _probability(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.discriminator(x)).view(-1)


class Pictures(Dataset):
    """Pictures through PIL, as torchvision's datasets hand them to ToTensor and Normalize."""

    def __init__(self, samples: np.ndarray) -> None:
        self.samples = samples

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[torch.Tensor]:
        return (_normalize(_to_tensor(Image.fromarray(self.samples[index])), 0.5, 0.5),)


def _to_tensor(picture: Image.Image) -> torch.Tensor:
    array = torch.from_numpy(np.array(picture, np.uint8, copy=True))
    array = array.view(picture.size[1], picture.size[0], len(picture.getbands()))
    return array.permute(2, 0, 1).contiguous().to(torch.float32).div(255)


def _normalize(picture: torch.Tensor, mean: float, deviation: float) -> torch.Tensor:
    means, deviations = torch.as_tensor([mean]).view(-1, 1, 1), torch.as_tensor([deviation]).view(-1, 1, 1)
    return picture.clone().sub_(means).div_(deviations)


class Tuned:
    """Eager PyTorch by somebody who knows it.

    Data in one tensor, fused Adam, channels-last kernels, losses on logits, no discriminator gradients in the
    generator's step, nothing read back.
    """

    name, title = "tuned", "tuned eager PyTorch"

    def __init__(self, workload: Workload, dtype: torch.dtype = torch.float32) -> None:
        generator, discriminator = workload.networks()
        layout = {"memory_format": torch.channels_last} if workload.images else {}
        self.generator = generator.to(dtype=dtype, **layout)
        self.discriminator = discriminator.to(dtype=dtype, **layout)
        self.data, self.dtype = workload.tensor(), dtype
        self.batch, self.latent_dim = workload.settings["batch_size"], workload.settings["latent_dim"]
        adam = {"lr": workload.settings["lr"], "betas": workload.settings["betas"], "fused": True}
        self.generator_adam = torch.optim.Adam(self.generator.parameters(), **adam)
        self.discriminator_adam = torch.optim.Adam(self.discriminator.parameters(), **adam)
        self.weights = list(self.discriminator.parameters())

    def epoch(self) -> None:
        order = torch.randperm(len(self.data))
        for indices in order[: len(order) // self.batch * self.batch].split(self.batch):
            self.step(self.real(indices), torch.randn(self.batch, self.latent_dim))

    def real(self, indices: torch.Tensor) -> torch.Tensor:
        batch = self.data[indices].to(self.dtype)
        return batch.mul_(2 / 255).sub_(1) if self.data.dtype == torch.uint8 else batch

    def step(self, real: torch.Tensor, latents: torch.Tensor) -> Losses:
        fake = self.generate(latents)
        self.discriminator_adam.zero_grad()
        error = self.discriminator_loss(real, fake.detach())
        error.backward()
        self.discriminator_adam.step()

        self._train_discriminator(False)
        self.generator_adam.zero_grad()
        generator_error = self.generator_loss(fake)
        generator_error.backward()
        self.generator_adam.step()
        self._train_discriminator(True)
        return error.detach(), generator_error.detach()

    def generate(self, latents: torch.Tensor) -> torch.Tensor:
        return self.generator(latents)

    def discriminator_loss(self, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
        return F.softplus(-self.discriminator(real)).mean() + F.softplus(self.discriminator(fake)).mean()

    def generator_loss(self, fake: torch.Tensor) -> torch.Tensor:
        return F.softplus(-self.discriminator(fake)).mean()

    def _train_discriminator(self, wanted: bool) -> None:
        for weight in self.weights:
            weight.requires_grad_(wanted)


class Compiled(Tuned):
    """The tuned step with its networks and losses through torch.compile."""

    name, title = "compile", "tuned, torch.compile"

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.generate = torch.compile(super().generate)
        self.discriminator_loss = torch.compile(super().discriminator_loss)
        self.generator_loss = torch.compile(super().generator_loss)


PYTORCH: dict[str, Callable[[Workload], Script | Tuned]] = {kind.name: kind for kind in (Script, Tuned, Compiled)}
CONTENDERS = {Ganvas.name: Ganvas, **PYTORCH}
