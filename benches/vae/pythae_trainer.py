"""pythae (C. Chadebec, L. Vincent, S. Allassonniere, 2022), with minimal overhead around the steps.

No evaluation, checkpoints, predictions and console output. Copying the best model and saving it at the end of `train`
cannot be disabled: milliseconds per epoch.
"""

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from unittest import mock

import torch
from pythae.data.datasets import BaseDataset
from pythae.models import VAE, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from torch import nn
from workload import Workload

from .networks import split_heads


class Encoder(BaseEncoder):
    """ganvas's encoder with its last layer split as in pythae."""

    def __init__(self, net: nn.Sequential) -> None:
        super().__init__()
        self.body = net[:-1]
        self.embedding, self.log_var = split_heads(net[-1])

    def forward(self, x: torch.Tensor) -> ModelOutput:
        hidden = self.body(x)
        return ModelOutput(embedding=self.embedding(hidden), log_covariance=self.log_var(hidden))


class Decoder(BaseDecoder):
    """ganvas's decoder with a sigmoid, as pythae's cross-entropy requires."""

    def __init__(self, net: nn.Sequential, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.body, self.shape = nn.Sequential(*net, nn.Sigmoid()), shape

    def forward(self, z: torch.Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.body(z).view(len(z), *self.shape))


class Trainer:
    """pythae's trainer on samples in memory, as floats in 0..1."""

    def __init__(self, workload: Workload) -> None:
        settings, data = workload.settings, workload.tensor()
        shape = tuple(data.shape[1:])
        encoder, decoder = workload.networks()
        config = VAEConfig(input_dim=shape, latent_dim=settings["latent_dim"], reconstruction_loss="bce")
        self.model = VAE(config, encoder=Encoder(encoder), decoder=Decoder(decoder, shape))
        self.folder = tempfile.TemporaryDirectory()
        with _quiet():
            self.trainer = BaseTrainer(
                self.model,
                BaseDataset(workload.scaled(data, torch.float32), torch.ones(len(data))),
                training_config=BaseTrainerConfig(
                    output_dir=self.folder.name,
                    num_epochs=1,
                    per_device_train_batch_size=settings["batch_size"],
                    learning_rate=settings["lr"],
                    optimizer_params={"betas": settings["betas"]},
                    no_cuda=True,
                ),
            )
        self.trainer.set_optimizer()

    def train(self) -> None:
        """Train for one epoch."""
        with _quiet():
            self.trainer.train()

    def step(self, real: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """Make one step of the trainer with given noise, and return the loss."""
        with mock.patch.object(self.model, "_sample_gauss", lambda mean, std: (mean + noise * std, noise)):
            output = self.model({"data": real})
        self.trainer._optimizers_step(output)
        return output.loss.detach()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    # pythae's modules set their loggers to INFO.
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
