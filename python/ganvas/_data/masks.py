"""Masked arrays, which are accepted if no value is masked."""

from typing import Any

import numpy as np

from ..exceptions import DataError


def unmasked(name: str, values: Any) -> Any:
    """Return the values, without the mask of a masked array.

    Parameters
    ----------
    name : str
        Name of the values in the message.
    values : array-like
        Also lists of masked arrays, whose masks NumPy would drop.

    Raises
    ------
    DataError
        A value is masked.
    """
    masked, size = _count(values)
    if masked:
        raise DataError(
            f"{name}: {masked:,} of {size:,} values are masked, and what lies under a mask is no data; fill them, as "
            "with .filled(value), or leave their samples out"
        )
    return values.data if isinstance(values, np.ma.MaskedArray) else values


def _count(values: Any) -> tuple[int, int]:
    """Count masked values, and all values of masked arrays."""
    if isinstance(values, np.ma.MaskedArray):
        return int(np.ma.count_masked(values)), values.size
    if not isinstance(values, list | tuple):
        return 0, 0
    kinds = set(map(type, values))
    if not any(issubclass(kind, list | tuple | np.ma.MaskedArray) for kind in kinds):
        return 0, 0
    counts = [_count(value) for value in values]
    return sum(masked for masked, _ in counts), sum(size for _, size in counts)
