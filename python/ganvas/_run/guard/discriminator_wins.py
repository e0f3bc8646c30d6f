"""The discriminator tells all samples apart, and the generator does not catch up."""

import functools
from collections.abc import Mapping
from typing import Any

import torch

from ... import _core
from ._rule import Rule, Signs

# The discriminator's loss over that of one which cannot tell real from generated samples. Healthy runs on images and
# points were at 0.2 and above; with a learning rate of the discriminator that is too high, at 0.01 and below.
_SHARE = 0.03
# For so many epochs at least, after so many steps.
_EPOCHS, _STEPS = 5, 300


class DiscriminatorWins(Rule):
    """The discriminator's loss is almost 0 for several epochs, in which the generator's loss grows.

    For objectives with a target for scores. Others, such as "wasserstein", have no loss at which a critic has won.
    """

    name = "discriminator_wins"
    headline = "the discriminator wins"

    def evidence(self, signs: Signs) -> str | None:
        history, count = signs.history, signs.epochs(_EPOCHS, _STEPS)
        if not signs.adversarial or "discriminator_loss" not in history or not count:
            return None
        blind = _blind(signs.settings["objective"])
        losses, generator = (history[f"{name}_loss"][-count:] for name in ("discriminator", "generator"))
        if blind <= 0 or not (losses < _SHARE * blind).all() or not generator[-1] > generator[0]:
            return None
        return (
            f"its loss has been at most {losses.max():.2g} for {count} epochs, where {blind:.2g} is that of a guess, "
            f"while that of the generator rose from {generator[0]:.3g} to {generator[-1]:.3g}"
        )

    def remedy(self, settings: Mapping[str, Any]) -> str:
        return f"lower discriminator_lr, which is {settings['discriminator_lr'] or settings['lr']:g}"


@functools.cache
def _blind(objective: str) -> float:
    """Return the least loss of a discriminator that gives all samples one score; 0 if the loss has no target."""
    scores = torch.linspace(-1, 1, 41)
    return min(float(_core.objective_losses(objective, score, score, 0.0)[0]) for score in scores[:, None])
