"""Training metrics as a table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

import numpy as np

_T = TypeVar("_T")
# Rows shown of a long table: the first and last ones.
_FIRST, _LAST = 5, 10


class History(dict[str, np.ndarray]):
    """A table with one row per epoch and named columns.

    A mapping from column name to values, whose length is its number of rows; ``pandas.DataFrame(history)`` works.

    Parameters
    ----------
    columns : mapping of str to sequence of float
        Columns of equal length.

    Examples
    --------
    >>> history = History({"epoch": [1, 2], "generator_loss": [0.9, 0.8]})
    >>> history["generator_loss"]
    array([0.9, 0.8])
    >>> history.row(-1)
    {'epoch': 2, 'generator_loss': 0.8}
    >>> len(history), history.columns
    (2, ['epoch', 'generator_loss'])
    """

    def __init__(self, columns: Mapping[str, Sequence[float]]) -> None:
        super().__init__({name: _values(name, column) for name, column in columns.items()})

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self)

    def row(self, index: int) -> dict[str, float]:
        """Return one row by its position; -1 is the last epoch."""
        return {name: values[index].item() for name, values in self.items()}

    def _ipython_key_completions_(self) -> list[str]:
        return self.columns

    def __len__(self) -> int:
        return len(next(iter(self.values()), ()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        same = self.columns == list(other)
        return same and all(np.array_equal(self[name], other[name], equal_nan=True) for name in self)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None

    def __repr__(self) -> str:
        cells = [self.columns, *self._cells("...")]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join("  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in cells)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in self.columns)
        rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in self._cells("…"))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _cells(self, dots: str) -> list[list[str]]:
        # Long tables are shortened to the first and the last epochs.
        rows = [[_text(value) for value in self.row(i).values()] for i in self._shown()]
        return rows if len(rows) == len(self) else [*rows[:_FIRST], [dots] * len(self.columns), *rows[_FIRST:]]

    def _shown(self) -> list[int]:
        n = len(self)
        return list(range(n)) if n <= 20 else [*range(_FIRST), *range(n - _LAST, n)]


def _values(name: str, column: Sequence[float]) -> np.ndarray:
    return np.asarray(column, dtype=np.int64 if name in ("epoch", "samples") else np.float64)


def _text(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.4g}"


class read_only(Generic[_T]):
    """Decorator for a method that is read like an attribute and cannot be set, like `property`.

    IPython completes keys of attributes, ``gan.history_["``, but not of properties.

    Parameters
    ----------
    read : callable
        Function from the instance to the value.
    """

    def __init__(self, read: Callable[[Any], _T]) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "read_only[_T]": ...

    @overload
    def __get__(self, instance: object, owner: type) -> _T: ...

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else self._read(instance)

    def __set__(self, instance: Any, value: object) -> None:
        raise AttributeError(f"{self._name} of {type(instance).__name__} cannot be set")
