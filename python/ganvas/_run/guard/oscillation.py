"""Generator and discriminator chase each other."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ._rule import Rule, Signs

# Change of samples of fixed latents between two looks, over that of the data and over their variety, and number of
# turns of the generator's loss. If the distribution of the samples stays, the change is at most their variety. Healthy
# runs had changes of 0.5 to 1.2 with a variety of 0.15 to 0.25 in the first third, so that only the second half counts,
# where they had 0.01 to 0.3 and a variety of 0.15 to 1. Runs in which the generator goes round, because its rate is too
# high, had 1.0 to 1.4 and a variety of 0.15 to 0.25. The width in which losses vary does not tell: it was larger in
# healthy runs than in some of these.
_CHANGE, _RATIO, _TURNS = 0.5, 1.5, 3
# At so many looks at least, after so many steps.
_LOOKS, _STEPS = 6, 300


class Oscillation(Rule):
    """All samples of the same latents move to and fro between looks, farther than samples differ from each other."""

    name = "oscillation"
    headline = "the training oscillates"

    def evidence(self, signs: Signs) -> str | None:
        changes, varieties = (signs.values(name, _LOOKS, _STEPS) for name in ("change", "variety"))
        if not changes:
            return None
        change, variety = np.median(changes), np.median(varieties)
        turns = (np.diff(np.sign(np.diff(signs.history["generator_loss"][-signs.epochs(1, 0) :]))) != 0).sum()
        if change < max(_CHANGE, _RATIO * variety) or turns < _TURNS:
            return None
        return (
            f"samples of the same latents move by {100 * change:.2g} % of the distance of the data between two looks, "
            f"and differ from each other by {100 * variety:.2g} %"
        )

    def remedy(self, settings: Mapping[str, Any]) -> str:
        if settings["betas"][0] > 0.5:
            return f"lower the first of betas, which is {settings['betas'][0]:g}, to 0.5"
        return f"lower lr, which is {settings['lr']:g}"
