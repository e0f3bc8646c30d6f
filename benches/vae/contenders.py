"""One step of a variational autoencoder, written by different people."""

import contenders
import torch
from contenders import Losses
from torch import nn
from torch.nn import functional as F
from workload import Workload

from .networks import split_heads


class Script(contenders.Script):
    """The loop of PyTorch's VAE example: sums of binary cross-entropy and divergence, the loss read in every step."""

    title = "script (PyTorch example)"

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.model = Example(*workload.networks())
        # Gradients of a sum are larger than those of a mean, and Adam's eps has to be as well.
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


class Example(nn.Module):
    """The example's model: a layer each for means and for logarithms of variances, sigmoid at the end."""

    def __init__(self, encoder: nn.Sequential, decoder: nn.Sequential) -> None:
        super().__init__()
        self.centre = encoder.centre
        self.fc1, self.fc3, self.fc4 = encoder.dense1.linear, decoder.dense1.linear, decoder.out
        self.fc21, self.fc22 = split_heads(encoder.out)

    def forward(self, x: torch.Tensor, eps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        x = x.view(-1, self.fc1.in_features)
        hidden = F.relu(self.fc1(self.centre(x)))
        mu, logvar = self.fc21(hidden), self.fc22(hidden)
        z = mu + eps * torch.exp(0.5 * logvar)
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))), mu, logvar


def _loss_function(recon: torch.Tensor, x: torch.Tensor, mu: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
    cross_entropy = F.binary_cross_entropy(recon, x.view(recon.shape), reduction="sum")
    divergence = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return cross_entropy + divergence


class Tuned(contenders.Tuned):
    """One layer for means and logarithms of variances."""

    def __init__(self, workload: Workload, dtype: torch.dtype = torch.float32) -> None:
        super().__init__(workload, dtype)
        self.encoder, self.decoder = (net.to(dtype) for net in workload.networks())
        self.optimizer = self.adam(self.encoder, self.decoder)

    def step(self, real: torch.Tensor, noise: torch.Tensor) -> Losses:
        self.optimizer.zero_grad()
        loss = self.loss(real.flatten(1), noise)
        loss.backward()
        self.optimizer.step()
        return (loss.detach(),)

    def loss(self, real: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        mean, log_variance = self.encoder(real).chunk(2, dim=1)
        variance = log_variance.exp()
        logits = self.decoder(torch.addcmul(mean, noise, variance.sqrt()))
        reconstruction = F.binary_cross_entropy_with_logits(logits, real, reduction="sum")
        divergence = 0.5 * (mean.square() + variance - 1 - log_variance).sum()
        return (reconstruction + divergence) / len(real)


class Compiled(contenders.Compiled, Tuned):
    """The tuned step with networks and loss compiled as one."""

    compiled = ("loss",)


class Pythae(contenders.Contender):
    """pythae's VAE under its BaseTrainer: one call of `train` is an epoch, with a fresh Adam."""

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
