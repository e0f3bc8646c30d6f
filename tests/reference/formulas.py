"""Formulas of the papers' losses, independent of ganvas, for real and fake scores."""

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

# Objectives whose generator loss uses real scores.
PAIRED = {"relativistic"}

# Bounds on the discriminator's weights, and numbers of discriminator steps, from the papers.
WEIGHT_CLIP = {"wasserstein": 0.01}
N_CRITIC = {"wasserstein": 5}


def smoothed(name, real, fake, smoothing):
    """The discriminator's loss with the target ``1 - smoothing`` for real scores."""
    if name == "least_squares":
        return _distance(real, 1.0 - smoothing) + _distance(fake, 0.0)
    if name in PAIRED:
        return _entropy(real - fake, 1.0 - smoothing)
    return _entropy(real, 1.0 - smoothing) + _entropy(fake, 0.0)


SMOOTHED = ("non_saturating", "minimax", "least_squares", "relativistic")


def surprise(told, labels, classes):
    """Cross-entropy of the first columns, plus half the squared distance of the others."""
    entropy = torch.nn.functional.cross_entropy(told[:, :classes], labels[:, :classes]) if classes else 0.0
    return entropy + 0.5 * (told[:, classes:] - labels[:, classes:]).square().sum() / len(labels)


def _slopes(critic, samples):
    samples = samples.detach().requires_grad_()
    return torch.autograd.grad(critic(samples).sum(), samples, create_graph=True)[0].flatten(1)


def _between(s):
    return s.noise * s.real + (1 - s.noise) * s.fake


def _from_one(lengths, one_sided):
    return ((lengths - 1).clamp(min=0) if one_sided else lengths - 1).square().mean()


def _lecam(s):
    real, fake = s.scores
    newest = torch.stack([real.mean(), fake.mean()]).detach()
    seen = s.memory.setdefault("seen", [])
    # Exponentially weighted mean of all previous values; if there are none, the first values themselves.
    weights = 0.99 ** torch.arange(len(seen) - 1, -1, -1, dtype=torch.float64)
    means = (weights @ torch.stack(seen).double() / weights.sum()).float() if seen else newest
    seen.append(newest)
    return (real - means[1]).clamp(min=0).square().mean() + (means[0] - fake).clamp(min=0).square().mean()


def _moved(samples, noise):
    if samples.dim() == 2:
        return samples + 0.05 * (2 * noise - 1)
    moved = []
    for sample, numbers in zip(samples, noise.flatten(1), strict=True):
        height, width = sample.shape[1:]
        down, right = (
            int(number * (2 * most + 1)) - most
            for number, most in zip(numbers[:2], (max(1, height // 16), max(1, width // 16)), strict=True)
        )
        rows = [min(max(row + down, 0), height - 1) for row in range(height)]
        columns = [min(max(column + right, 0), width - 1) for column in range(width)]
        moved.append(sample[:, rows][:, :, columns])
    return torch.stack(moved)


def _consistency(s):
    pairs = zip((s.real, s.fake), s.scores, strict=True)
    return sum((s.critic(_moved(samples, s.noise)) - scores).square().mean() for samples, scores in pairs)


def _path_length(s):
    latents = s.latents.clone().requires_grad_()
    samples = s.generator(latents)
    noise = s.noise.reshape(samples.shape) / np.sqrt(np.prod(samples.shape[2:]))
    slopes = torch.autograd.grad((samples * noise).sum(), latents, create_graph=True)[0]
    lengths = slopes.norm(dim=1)
    s.memory["length"] = 0.99 * s.memory.get("length", 0.0) + 0.01 * lengths.detach().mean()
    return (lengths - s.memory["length"]).square().mean()


def _feature_matching(s):
    # Running statistics are updated with real samples first.
    wanted = s.features(s.real).mean(0).detach()
    return (s.features(s.fake).mean(0) - wanted).square().mean()


def _mode_seeking(s):
    latents = s.latents.roll(1, 0)
    apart = (s.fake - s.generator(latents).reshape(s.fake.shape)).abs().mean()
    return 1 / (apart / (s.latents - latents).abs().mean() + 1e-5)


# Penalties as functions of a step's attributes (critic, features, generator, real, fake, latents, scores, memory,
# noise, one_sided), with default weight and kind of random numbers.
PENALTIES = {
    "gradient": (lambda s: _from_one(_slopes(s.critic, _between(s)).norm(dim=1), s.one_sided), 10.0, "sample"),
    "r1": (lambda s: _slopes(s.critic, s.real).square().sum(1).mean() / 2, 10.0, None),
    "r2": (lambda s: _slopes(s.critic, s.fake).square().sum(1).mean() / 2, 10.0, None),
    "dragan": (
        lambda s: _from_one(_slopes(s.critic, s.real + 0.5 * s.real.std() * s.noise).norm(dim=1), s.one_sided),
        10.0,
        "value",
    ),
    "max_gradient": (lambda s: _slopes(s.critic, _between(s)).square().sum(1).max(), 1.0, "sample"),
    "lecam": (_lecam, 0.3, None),
    "consistency": (_consistency, 10.0, "shift"),
    "path_length": (_path_length, 2.0, "normal"),
    "feature_matching": (_feature_matching, 1.0, None),
    "mode_seeking": (_mode_seeking, 1.0, None),
}
OF_GENERATOR = {"path_length", "feature_matching", "mode_seeking"}
