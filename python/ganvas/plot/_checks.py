"""Array checks for plots."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data._decode import is_picture, stacked
from ..exceptions import DtypeError


def real(name: str, values: ArrayLike) -> NDArray[Any]:
    """Convert `values` to an array of real numbers, or raise."""
    pictures = isinstance(values, list | tuple) and len(values) > 0 and is_picture(values[0])
    array = stacked(values, name) if pictures else np.asarray(values)
    if array.dtype.kind not in "buif":
        raise DtypeError(f"{name}: expected real numbers, got {array.dtype.type.__name__.rstrip('_')}")
    return array
