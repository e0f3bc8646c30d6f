"""The losses of the papers, written anew: the discriminator's of real and fake scores, the generator's of fake ones."""

import numpy as np
import torch


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _hinge(x):
    return np.maximum(0, x)


CLOSED_FORMS = {
    "non_saturating": (
        lambda real, fake: -np.log(_sigmoid(real)).mean() - np.log(1 - _sigmoid(fake)).mean(),
        lambda fake: -np.log(_sigmoid(fake)).mean(),
    ),
    "minimax": (
        lambda real, fake: -np.log(_sigmoid(real)).mean() - np.log(1 - _sigmoid(fake)).mean(),
        lambda fake: np.log(1 - _sigmoid(fake)).mean(),
    ),
    "least_squares": (
        lambda real, fake: ((real - 1) ** 2).mean() / 2 + (fake**2).mean() / 2,
        lambda fake: ((fake - 1) ** 2).mean() / 2,
    ),
    "hinge": (
        lambda real, fake: _hinge(1 - real).mean() + _hinge(1 + fake).mean(),
        lambda fake: -fake.mean(),
    ),
    "wasserstein": (
        lambda real, fake: fake.mean() - real.mean(),
        lambda fake: -fake.mean(),
    ),
}


def _entropy(scores, target):
    return torch.nn.functional.binary_cross_entropy_with_logits(scores, torch.full_like(scores, target))


def _distance(scores, target):
    return 0.5 * torch.nn.functional.mse_loss(scores, torch.full_like(scores, target))


TORCH_FORMS = {
    "non_saturating": (
        lambda real, fake: _entropy(real, 1.0) + _entropy(fake, 0.0),
        lambda fake: _entropy(fake, 1.0),
    ),
    "minimax": (
        lambda real, fake: _entropy(real, 1.0) + _entropy(fake, 0.0),
        lambda fake: -_entropy(fake, 0.0),
    ),
    "least_squares": (
        lambda real, fake: _distance(real, 1.0) + _distance(fake, 0.0),
        lambda fake: _distance(fake, 1.0),
    ),
    "hinge": (
        lambda real, fake: (1 - real).clamp(min=0).mean() + (1 + fake).clamp(min=0).mean(),
        lambda fake: -fake.mean(),
    ),
    "wasserstein": (
        lambda real, fake: -(real.mean() - fake.mean()),
        lambda fake: -fake.mean(),
    ),
}

# What a paper does to the discriminator's weights after its step, and how often the generator steps.
WEIGHT_CLIP = {"wasserstein": 0.01}
N_CRITIC = {"wasserstein": 5}
