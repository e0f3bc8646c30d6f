"""Seeds."""

from typing import Any

import numpy as np

from .._checks import integer


def seed_from(random_state: Any) -> int:
    """Convert a random state, as in scikit-learn, to a seed; None draws one without using NumPy's global state."""
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> np.uint64(1))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**63))
    return integer("random_state", random_state, 0, 2**63 - 1)
