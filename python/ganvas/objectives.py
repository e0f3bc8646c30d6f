"""Adversarial losses as functions of torch tensors, for custom loops.

Each function takes the scores of real and of generated samples (any real numbers, higher = more real; no sigmoid) and
returns the pair ``(discriminator_loss, generator_loss)``, both 0-d and differentiable. Minimise each with respect to
its own network. Do not minimise a sum ``L_G + lambda L_D`` of both: the networks are adversaries, and with a sum each
would help the other. For `minimax`, ``L_G`` is minus the fake part of ``L_D``: at ``lambda = 1`` the fake scores
cancel, and the generator would learn nothing.

>>> import torch, ganvas
>>> real, fake = torch.tensor([2.0]), torch.tensor([0.0])
>>> [loss.item() for loss in ganvas.objectives.hinge(real, fake)]
[1.0, -0.0]
>>> "wasserstein" in ganvas.objectives.names()
True
"""

import functools
from collections.abc import Callable

import torch

from . import _core

Losses = tuple[torch.Tensor, torch.Tensor]

_MEMBERS = dict(_core.members("objective"))


def names() -> list[str]:
    """List the objectives of `GanTrainer`."""
    return list(_MEMBERS)


def _losses(name: str, real_scores: torch.Tensor, fake_scores: torch.Tensor, label_smoothing: float = 0.0) -> Losses:
    return _core.objective_losses(name, real_scores, fake_scores, label_smoothing)


def __getattr__(name: str) -> Callable[..., Losses]:
    if name not in _MEMBERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    function = functools.partial(_losses, name)
    function.__doc__ = f"""{_MEMBERS[name][0].upper()}{_MEMBERS[name][1:]}.

    Parameters
    ----------
    real_scores, fake_scores : torch.Tensor of shape (n,) and (m,)
        Raw scores, higher = more real; as many of both where they are compared in pairs.
    label_smoothing : float, default 0.0
        How far the target of real scores falls short, below 0.5; only for objectives with a target.

    Returns
    -------
    discriminator_loss, generator_loss : torch.Tensor
        0-d, differentiable.
    """
    return function


def __dir__() -> list[str]:
    return ["names", *_MEMBERS]
