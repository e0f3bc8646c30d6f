"""Checks of arrays that the plots share."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..exceptions import DtypeError


def real(name: str, values: ArrayLike) -> NDArray[Any]:
    """Return `values` as an array of real numbers, or raise."""
    array = np.asarray(values)
    if array.dtype.kind not in "buif":
        raise DtypeError(f"{name}: expected real numbers, got {array.dtype.type.__name__.rstrip('_')}")
    return array
