"""The generator makes samples that are all alike."""

from collections.abc import Mapping
from typing import Any

from ._rule import Rule, Signs, last

# Variety over that of the data. Healthy generators were at 0.14 and above for most of their first half, and then near
# 1; those with small initial outputs begin at 0.02. Collapsed ones were below 0.001.
_SHARE = 0.05
# At so many looks in succession, and after so many steps of the generator.
_LOOKS, _STEPS = 4, 500


class LostVariety(Rule):
    """The mean distance between two samples is far below that of the data."""

    name = "lost_variety"
    headline = "the samples have lost their variety"

    def evidence(self, signs: Signs) -> str | None:
        values = last(signs.looks, "variety", _LOOKS)
        if not values or signs.step < _STEPS * signs.settings["n_critic"] or max(values) > _SHARE:
            return None
        return f"their mean distance has been at most {100 * max(values):.2g} % of that of the data at {_LOOKS} looks"

    def remedy(self, settings: Mapping[str, Any]) -> str:
        return f"lower lr, which is {settings['lr']:g}"
