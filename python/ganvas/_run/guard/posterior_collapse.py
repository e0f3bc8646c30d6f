"""The latents of a variational autoencoder say nothing about the sample."""

from collections.abc import Mapping
from typing import Any

from ...exceptions import CollapseWarning
from ._rule import Rule, Signs

# The posterior counts as collapsed if the divergence is below this many nats after this many steps.
_COLLAPSED, _STEPS = 0.1, 500


class PosteriorCollapse(Rule):
    """The divergence of the posterior from the prior is almost 0 at the end of training.

    It is not told before: many models begin with a posterior that is close to the prior.
    """

    name = "posterior_collapse"
    headline = "the posterior has collapsed"
    category = CollapseWarning

    def evidence(self, signs: Signs) -> str | None:
        if not (signs.last and "kl" in signs.history and signs.step >= _STEPS and signs.settings["beta"]):
            return None
        kl = signs.history["kl"][-1]
        return f"KL {kl:.3g} nats, so latents say nothing about the sample" if kl < _COLLAPSED else None

    def remedy(self, settings: Mapping[str, Any]) -> str:
        return 'lower beta, or try beta_schedule="warmup" or free_bits=0.1'
