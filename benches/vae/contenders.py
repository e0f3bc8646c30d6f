"""One step of a variational autoencoder in each implementation."""

from typing import ClassVar

import contenders
import torch
from contenders import Losses
from torch.nn import functional as F
from workload import Workload

from . import examples


class Script(contenders.Script):
    """The loop of PyTorch's VAE example: sum of binary cross-entropy and divergence, `.item()` on each loss."""

    title = "script (PyTorch example)"
    example: ClassVar[type[examples.Example]] = examples.Mlp

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.model = self.example(*workload.networks())
        # Gradients of a sum are larger than those of a mean by the batch size, so Adam's eps is scaled as well.
        self.optimizer = self.adam(self.model, eps=1e-8 * self.batch)
        self.train_loss = 0.0

    def step(self, real: torch.Tensor, noise: torch.Tensor) -> Losses:
        self.optimizer.zero_grad()
        recon, mu, logvar = self.model(real, noise)
        loss = _loss_function(recon, real, mu, logvar)
        loss.backward()
        self.train_loss += loss.item()
        self.optimizer.step()
        return (loss.detach() / len(real),)


class ConvScript(Script):
    """The same loop with a convolutional model."""

    example = examples.Conv


def _loss_function(recon: torch.Tensor, x: torch.Tensor, mu: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
    cross_entropy = F.binary_cross_entropy(recon, x.view(recon.shape), reduction="sum")
    divergence = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return cross_entropy + divergence


class Tuned(contenders.Tuned):
    """One layer for means and log variances, channels-last kernels."""

    def __init__(self, workload: Workload, dtype: torch.dtype = torch.float32) -> None:
        super().__init__(workload, dtype)
        layout = {"memory_format": torch.channels_last}
        self.encoder, self.decoder = (net.to(dtype=dtype, **layout) for net in workload.networks())
        self.optimizer = self.adam(self.encoder, self.decoder)

    def step(self, real: torch.Tensor, noise: torch.Tensor) -> Losses:
        self.optimizer.zero_grad()
        loss = self.loss(real, noise)
        loss.backward()
        self.optimizer.step()
        return (loss.detach(),)

    def loss(self, real: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        mean, log_variance = self.encoder(real).chunk(2, dim=1)
        variance = log_variance.exp()
        logits = self.decoder(torch.addcmul(mean, noise, variance.sqrt())).view_as(real)
        reconstruction = F.binary_cross_entropy_with_logits(logits, real, reduction="sum")
        divergence = 0.5 * (mean.square() + variance - 1 - log_variance).sum()
        return (reconstruction + divergence) / len(real)


class Compiled(contenders.Compiled, Tuned):
    """The tuned step with networks and loss compiled together."""

    compiled = ("loss",)


class Pythae(contenders.Contender):
    """pythae's VAE and BaseTrainer: one call of `train` is an epoch, with a new Adam."""

    name, title = "pythae", "pythae"
    optional = (ModuleNotFoundError,)

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        from .pythae_trainer import Trainer

        self.trainer = Trainer(workload)

    def epoch(self) -> None:
        self.trainer.train()

    def step(self, real: torch.Tensor, noise: torch.Tensor) -> Losses:
        return (self.trainer.step(real, noise),)
