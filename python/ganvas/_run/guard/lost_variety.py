"""The generator makes samples that are all alike."""

from collections.abc import Mapping
from typing import Any

from ._rule import Rule, Signs

# Variety over that of the data. Healthy generators were at 0.14 and above for most of their first half, and then near
# 1; those with small initial outputs begin at 0.02. Collapsed ones were below 0.001.
_SHARE = 0.05
# At so many looks at least, after so many steps of the generator.
_LOOKS, _STEPS = 4, 1000


class LostVariety(Rule):
    """The mean distance between two samples is far below that of the data."""

    name = "lost_variety"
    headline = "the samples have lost their variety"

    def evidence(self, signs: Signs) -> str | None:
        values = signs.values("variety", _LOOKS, _STEPS * signs.settings.get("n_critic", 1))
        if not values or max(values) > _SHARE:
            return None
        return (
            f"their mean distance has been at most {100 * max(values):.2g} % of that of the data at {len(values)} looks"
        )

    def remedy(self, settings: Mapping[str, Any]) -> str:
        return f"lower lr, which is {settings['lr']:g}"
