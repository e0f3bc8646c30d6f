"""The losses of the papers, written anew: both of real and fake scores."""

import numpy as np
import torch


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _hinge(x):
    return np.maximum(0, x)


CLOSED_FORMS = {
    "non_saturating": (
        lambda real, fake: -np.log(_sigmoid(real)).mean() - np.log(1 - _sigmoid(fake)).mean(),
        lambda _, fake: -np.log(_sigmoid(fake)).mean(),
    ),
    "minimax": (
        lambda real, fake: -np.log(_sigmoid(real)).mean() - np.log(1 - _sigmoid(fake)).mean(),
        lambda _, fake: np.log(1 - _sigmoid(fake)).mean(),
    ),
    "least_squares": (
        lambda real, fake: ((real - 1) ** 2).mean() / 2 + (fake**2).mean() / 2,
        lambda _, fake: ((fake - 1) ** 2).mean() / 2,
    ),
    "hinge": (
        lambda real, fake: _hinge(1 - real).mean() + _hinge(1 + fake).mean(),
        lambda _, fake: -fake.mean(),
    ),
    "wasserstein": (
        lambda real, fake: fake.mean() - real.mean(),
        lambda _, fake: -fake.mean(),
    ),
    "relativistic": (
        lambda real, fake: -np.log(_sigmoid(real - fake)).mean(),
        lambda real, fake: -np.log(_sigmoid(fake - real)).mean(),
    ),
}


def _entropy(scores, target):
    return torch.nn.functional.binary_cross_entropy_with_logits(scores, torch.full_like(scores, target))


def _distance(scores, target):
    return 0.5 * torch.nn.functional.mse_loss(scores, torch.full_like(scores, target))


TORCH_FORMS = {
    "non_saturating": (
        lambda real, fake: _entropy(real, 1.0) + _entropy(fake, 0.0),
        lambda _, fake: _entropy(fake, 1.0),
    ),
    "minimax": (
        lambda real, fake: _entropy(real, 1.0) + _entropy(fake, 0.0),
        lambda _, fake: -_entropy(fake, 0.0),
    ),
    "least_squares": (
        lambda real, fake: _distance(real, 1.0) + _distance(fake, 0.0),
        lambda _, fake: _distance(fake, 1.0),
    ),
    "hinge": (
        lambda real, fake: (1 - real).clamp(min=0).mean() + (1 + fake).clamp(min=0).mean(),
        lambda _, fake: -fake.mean(),
    ),
    "wasserstein": (
        lambda real, fake: -(real.mean() - fake.mean()),
        lambda _, fake: -fake.mean(),
    ),
    "relativistic": (
        lambda real, fake: _entropy(real - fake, 1.0),
        lambda real, fake: _entropy(fake - real, 1.0),
    ),
}

# Whose generator looks at real scores, in pairs with its own.
PAIRED = {"relativistic"}

# What a paper does to the discriminator's weights after its step, and how often the generator steps.
WEIGHT_CLIP = {"wasserstein": 0.01}
N_CRITIC = {"wasserstein": 5}


def _slopes(critic, samples):
    samples = samples.detach().requires_grad_()
    return torch.autograd.grad(critic(samples).sum(), samples, create_graph=True)[0].flatten(1)


def _between(real, fake, noise):
    return noise * real + (1 - noise) * fake


# Penalties: of the critic, real and fake samples, their scores, running means of both, and uniform numbers; with the
# usual weight and the shape of the numbers.
PENALTIES = {
    "gradient": (
        lambda d, x, g, scores, means, noise: (_slopes(d, _between(x, g, noise)).norm(dim=1) - 1).square().mean(),
        10.0,
        "sample",
    ),
    "r1": (lambda d, x, g, scores, means, noise: _slopes(d, x).square().sum(1).mean() / 2, 10.0, None),
    "r2": (lambda d, x, g, scores, means, noise: _slopes(d, g).square().sum(1).mean() / 2, 10.0, None),
    "dragan": (
        lambda d, x, g, scores, means, noise: (_slopes(d, x + 0.5 * x.std() * noise).norm(dim=1) - 1).square().mean(),
        10.0,
        "value",
    ),
    "max_gradient": (
        lambda d, x, g, scores, means, noise: _slopes(d, _between(x, g, noise)).square().sum(1).max(),
        1.0,
        "sample",
    ),
    "lecam": (
        lambda d, x, g, scores, means, noise: (
            (scores[0] - means[1]).clamp(min=0).square().mean() + (means[0] - scores[1]).clamp(min=0).square().mean()
        ),
        0.3,
        None,
    ),
}
