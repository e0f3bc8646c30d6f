"""The generator is not trained, because its gradient is almost 0."""

from collections.abc import Mapping
from typing import Any

from ._rule import Rule, Signs

# The gradient's norm over the largest in the run, and its norm for objectives whose scores have a target. Healthy runs
# on images and points had norms from 0.1 to 12, and with "wasserstein" and clipped weights from 0.002 to 0.07.
# Generators whose outputs are saturated had norms of 0 exactly; with "minimax" and a discriminator that wins, norms
# fell from 4e-4 after the first epoch, which is too late for a comparison within the run, to 2e-5.
_SHARE, _NORM = 1e-3, 1e-4
# At so many looks at least, after so many steps of the generator.
_LOOKS, _STEPS = 5, 300


class VanishingGradients(Rule):
    """The norm of the generator's gradient is almost 0."""

    name = "vanishing_gradients"
    headline = "the gradients of the generator vanish"

    def evidence(self, signs: Signs) -> str | None:
        if not (norms := signs.values("gradient", _LOOKS, _STEPS * signs.settings.get("n_critic", 1))):
            return None
        most = max(look.gradient for look in signs.looks)
        bound = max(_SHARE * most, 0.0 if signs.settings["objective"] == "wasserstein" else _NORM)
        if max(norms) > bound:
            return None
        fall = f", after {most:.2g}" if most > max(norms) else ""
        return f"their norm has been at most {max(norms):.2g} at {len(norms)} looks{fall}"

    def remedy(self, settings: Mapping[str, Any]) -> str:
        if settings["objective"] == "minimax":
            return 'use objective="non_saturating"'
        return f"lower lr, which is {settings['lr']:g}"
