"""Random generators for the functions that draw data."""

import numbers
import reprlib

import numpy as np

from .._checks import integer
from ..exceptions import ParameterError

RandomState = int | np.random.Generator | np.random.RandomState | None


def generator(random_state: RandomState) -> np.random.Generator:
    """Return a generator for a random state, or raise ParameterError."""
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**32, size=4, dtype=np.uint32))
    if random_state is None:
        return np.random.default_rng()
    if isinstance(random_state, bool) or not isinstance(random_state, numbers.Integral):
        got = reprlib.repr(random_state)
        raise ParameterError(f"random_state: expected None, an integer or a numpy generator, got {got}")
    return np.random.default_rng(integer("random_state", random_state, 0))
