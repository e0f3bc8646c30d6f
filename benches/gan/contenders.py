"""One discriminator step and one generator step in each implementation."""

import warnings

import contenders
import torch
from contenders import Losses
from PIL import Image
from torch import nn
from torch.nn import functional as F
from workload import Workload


class Script(contenders.Script):
    """The loop of PyTorch's DCGAN tutorial: sigmoid and BCELoss, `.item()` on losses and scores."""

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.generator, self.discriminator = workload.networks()
        self.criterion = nn.BCELoss()
        self.generator_adam = self.adam(self.generator)
        self.discriminator_adam = self.adam(self.discriminator)
        self.history: list[tuple[float, ...]] = []

    def transform(self, picture: Image.Image) -> torch.Tensor:
        return _normalize(super().transform(picture), 0.5, 0.5)

    def step(self, real: torch.Tensor, latents: torch.Tensor) -> Losses:
        self.discriminator.zero_grad()
        ones, zeros = torch.ones(len(real), device=real.device), torch.zeros(len(real), device=real.device)
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


def _normalize(picture: torch.Tensor, mean: float, deviation: float) -> torch.Tensor:
    means, deviations = torch.as_tensor([mean]).view(-1, 1, 1), torch.as_tensor([deviation]).view(-1, 1, 1)
    return picture.clone().sub_(means).div_(deviations)


class Tuned(contenders.Tuned):
    """Channels-last kernels, and no discriminator gradients in the generator step."""

    def __init__(self, workload: Workload, dtype: torch.dtype = torch.float32) -> None:
        super().__init__(workload, dtype)
        layout = {"memory_format": torch.channels_last} if workload.images else {}
        self.generator, self.discriminator = (net.to(dtype=dtype, **layout) for net in workload.networks())
        self.generator_adam = self.adam(self.generator)
        self.discriminator_adam = self.adam(self.discriminator)
        self.weights = list(self.discriminator.parameters())

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


class Compiled(contenders.Compiled, Tuned):
    """The tuned step with generator and both losses compiled."""

    compiled = ("generate", "discriminator_loss", "generator_loss")


class Projection(Tuned):
    """The tuned step with labels, and R1 by a second backward pass through the graph of the first."""

    period = 16

    def __init__(self, workload: Workload, dtype: torch.dtype = torch.float32) -> None:
        super().__init__(workload, dtype)
        (self.penalty,) = workload.settings["penalty"]
        self.steps = 0

    def step(self, real: torch.Tensor, latents: torch.Tensor, labels: torch.Tensor) -> Losses:
        fake = self.generate(latents, labels)
        self.discriminator_adam.zero_grad()
        error = self.discriminator_loss(real, fake.detach(), labels)
        error.backward()
        if self.steps % self.period == 0:
            self.r1(real, labels).mul(self.penalty["weight"] * self.period).backward()
        self.discriminator_adam.step()
        self.steps += 1

        self._train_discriminator(False)
        self.generator_adam.zero_grad()
        generator_error = self.generator_loss(fake, labels)
        generator_error.backward()
        self.generator_adam.step()
        self._train_discriminator(True)
        return error.detach(), generator_error.detach()

    def generate(self, latents: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return self.generator(latents, labels)

    def discriminator_loss(self, real: torch.Tensor, fake: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        scores = self.discriminator(real, labels), self.discriminator(fake, labels)
        return F.softplus(-scores[0]).mean() + F.softplus(scores[1]).mean()

    def generator_loss(self, fake: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return F.softplus(-self.discriminator(fake, labels)).mean()

    def r1(self, real: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        real = real.detach().requires_grad_()
        # PyTorch's counter of operations does not work with autograd.grad. The reference cycle is broken below.
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            self.discriminator(real, labels).sum().backward(inputs=[real], create_graph=True)
        slopes, real.grad = real.grad, None
        return slopes.square().sum((1, 2, 3)).mean() / 2


class CompiledProjection(contenders.Compiled, Projection):
    """The same with generator and both losses compiled; compiled functions have no second derivatives."""

    compiled = ("generate", "discriminator_loss", "generator_loss")
