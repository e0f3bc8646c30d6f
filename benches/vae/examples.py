"""Models as in PyTorch's VAE example: separate layers for means and log variances, sigmoid output."""

import torch
from torch import nn
from torch.nn import functional as F

from .networks import split_heads


class Example(nn.Module):
    """The example's model with ganvas's layers."""

    def __init__(self, encoder: nn.Sequential, decoder: nn.Sequential) -> None:
        super().__init__()
        self.centre = encoder.centre
        self.fc1, self.fc3 = encoder.dense1.linear, decoder.dense1.linear
        self.fc21, self.fc22 = split_heads(encoder.out)

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden = F.relu(self.fc1(x))
        return self.fc21(hidden), self.fc22(hidden)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError

    def forward(self, x: torch.Tensor, eps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        mu, logvar = self.encode(x)
        z = mu + eps * torch.exp(0.5 * logvar)
        return self.decode(z), mu, logvar


class Mlp(Example):
    """The example's MLP."""

    def __init__(self, encoder: nn.Sequential, decoder: nn.Sequential) -> None:
        super().__init__(encoder, decoder)
        self.fc4 = decoder.out

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return super().encode(self.centre(x.view(-1, self.fc1.in_features)))

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))


class Conv(Example):
    """The same with two convolutions on each side."""

    def __init__(self, encoder: nn.Sequential, decoder: nn.Sequential) -> None:
        super().__init__(encoder, decoder)
        self.conv1, self.conv2 = encoder.block1.conv, encoder.block2.conv
        self.fc4, self.shape = decoder.dense2.linear, decoder.get_submodule("in").unflattened_size
        self.deconv1, self.deconv2 = decoder.block1.conv, decoder.out

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden = F.relu(self.conv2(F.relu(self.conv1(self.centre(x)))))
        return super().encode(hidden.flatten(1))

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        hidden = F.relu(self.fc4(F.relu(self.fc3(z))))
        hidden = F.relu(self.deconv1(hidden.view(-1, *self.shape)))
        return torch.sigmoid(self.deconv2(hidden))
