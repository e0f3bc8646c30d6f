"""Conversion of pandas column names to JSON and back."""

from typing import Any

import numpy as np


def encoded(header: Any) -> list[Any]:
    """Convert a pandas index to JSON values: one level, or several for nested names.

    Text, numbers, None, tuples of these, times and periods are restored; other names become text.

    Returns
    -------
    list
        For each level: name, dtype and values.
    """
    nested = header.nlevels > 1
    levels = [header.get_level_values(i) for i in range(header.nlevels)] if nested else [header]
    return [[_word(level.name), str(level.dtype), [_word(name) for name in level]] for level in levels]


def decoded(levels: list[Any]) -> Any:
    """Inverse of `encoded`."""
    import pandas as pd

    made = [_level(*level) for level in levels]
    return made[0] if len(made) == 1 else pd.MultiIndex.from_arrays(made, names=[level.name for level in made])


def _level(name: Any, dtype: str, values: list[Any]) -> Any:
    import pandas as pd

    index = pd.Index([_value(value) for value in values], name=_value(name), tupleize_cols=False)
    try:
        return index.astype(dtype)
    except (TypeError, ValueError, ImportError):
        # Intervals, and dtypes of another version of pandas, are not restored.
        return index


def _word(name: Any) -> Any:
    if isinstance(name, np.generic):
        name = name.item()
    if isinstance(name, tuple):
        return {"tuple": [_word(part) for part in name]}
    return name if name is None or isinstance(name, str | int | float) else str(name)


def _value(word: Any) -> Any:
    return tuple(_value(part) for part in word["tuple"]) if isinstance(word, dict) else word
