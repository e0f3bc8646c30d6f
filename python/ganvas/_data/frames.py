"""Data frames: conversion of their columns to numbers, and of samples to frames.

pandas and libraries with its interface (Modin, cuDF) are used directly, for their indices, nested column names and
extension types; polars, PyArrow and others through narwhals.
"""

import dataclasses
import importlib
from typing import Any

import narwhals as nw
import numpy as np
from narwhals.exceptions import DuplicateError

from ..exceptions import DtypeError, ShapeError
from .names import decoded, encoded

# Dtypes of narwhals that NumPy supports; other columns are returned as Float64.
_PLAIN = {
    "Boolean": "bool",
    **{f"{kind}{bits}": f"{kind}{bits}".lower() for kind in ("Int", "UInt") for bits in (8, 16, 32, 64)},
    **{f"Float{bits}": f"float{bits}" for bits in (32, 64)},
}
# Advice for columns of text.
NUMBERS = "convert it to numbers (categories with scikit-learn's OneHotEncoder or OrdinalEncoder), or drop it"
_TEXT = (nw.String, nw.Categorical, nw.Enum, nw.Binary)


@dataclasses.dataclass(frozen=True)
class Columns:
    """Columns of a data frame, as needed to create frames of samples.

    Attributes
    ----------
    names : list
    dtypes : list of str
        Dtypes of the columns, as named by pandas or narwhals.
    header : pandas.Index or None
        Column index of a pandas frame: nested, or of a special dtype. None for other frames.
    """

    names: list[Any]
    dtypes: list[str]
    header: Any = None

    def frame(self, kind: str, samples: np.ndarray, index: Any = None) -> Any:
        """Create a frame of samples.

        Parameters
        ----------
        kind : str
            As returned by `columns_of`.
        samples : numpy.ndarray of shape (n, d)
        index : pandas.Index or None
            Row index of a pandas frame; None uses a default index.
        """
        if self.header is None:
            schema = {name: getattr(nw, dtype)() for name, dtype in zip(self.names, self.dtypes, strict=True)}
            data = {name: cast(samples[:, i], _PLAIN[self.dtypes[i]]) for i, name in enumerate(self.names)}
            return nw.from_dict(data, schema, backend=kind).to_native()  # type: ignore[arg-type]
        import pandas as pd

        dtypes = [pd.api.types.pandas_dtype(dtype) for dtype in self.dtypes]
        # The nullable dtypes of pandas (Int64, boolean) are created from their NumPy counterparts.
        plain = [getattr(dtype, "numpy_dtype", dtype) for dtype in dtypes]
        data = {i: pd.array(cast(samples[:, i], plain[i]), dtype=dtype) for i, dtype in enumerate(dtypes)}
        made = pd.DataFrame(data, index=index)
        made.columns = self.header
        return made if kind == "pandas" else importlib.import_module(kind).DataFrame(made)

    def words(self) -> dict[str, Any]:
        """Convert the columns to JSON values."""
        names = {"names": self.names} if self.header is None else {"header": encoded(self.header)}
        return {**names, "dtypes": self.dtypes}

    @classmethod
    def of_words(cls, words: Any) -> "Columns | None":
        """Inverse of `words`."""
        if words is None:
            return None
        if "header" not in words:
            return cls(**words)
        header = decoded(words["header"])
        return cls(header.tolist(), words["dtypes"], header)


def is_frame(X: Any) -> bool:
    """Return True if X is a data frame.

    Raises
    ------
    DtypeError
        The frame is lazy, without values in memory.
    """
    if nw.dependencies.is_into_dataframe(X):
        return True
    if isinstance(nw.from_native(X, pass_through=True), nw.LazyFrame):
        raise DtypeError(f"X: expected data in memory, got a lazy {type(X).__name__}; call its collect() or compute()")
    return False


def index_of(X: Any) -> Any:
    """Return the index of a frame, or None if it has none."""
    return X.index if nw.dependencies.is_pandas_like_dataframe(X) else None


def row_of(sample: Any) -> Any:
    """Return a row of a pandas frame as a frame of one row; None for anything else."""
    return sample.to_frame().T if nw.dependencies.is_pandas_like_series(sample) else None


def columns_of(X: Any) -> tuple[str, Columns]:
    """Return the kind of a frame and its columns.

    Raises
    ------
    DtypeError
        A column contains text, times or objects.
    ShapeError
        Two columns of a frame without an index have the same name.
    """
    if nw.dependencies.is_pandas_like_dataframe(X):
        header, dtypes = X.columns, list(X.dtypes)
        _refuse(header, [_fault_in_pandas(X.iloc[:, i], dtype) for i, dtype in enumerate(dtypes)])
        kept = [_kept(dtype) for dtype in dtypes]
        return nw.get_native_namespace(X).__name__, Columns(header.tolist(), kept, header)
    try:
        frame = nw.from_native(X, eager_only=True)
        schema = frame.schema
    except DuplicateError as error:
        raise ShapeError(f"X: expected columns of different names; {str(error)[:200]}") from None
    _refuse(list(schema), [_fault(frame[name], dtype) for name, dtype in schema.items()])
    kept = [str(dtype) if str(dtype) in _PLAIN else "Float64" for dtype in schema.values()]
    return frame.implementation.value, Columns(list(schema), kept)


def numbers_of(X: Any) -> np.ndarray:
    """Return the values of a numeric frame, (n, d); missing values are NaN."""
    if nw.dependencies.is_pandas_like_dataframe(X):
        dtypes = list(X.dtypes)
        if dtypes and all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in dtypes):
            return X.to_numpy(dtype=np.result_type(*dtypes))
        parts = [_numbers_in_pandas(X.iloc[:, i]) for i in range(len(dtypes))]
    else:
        frame = nw.from_native(X, eager_only=True)
        parts = [_numbers(frame[name]) for name in frame.columns]
    array = np.empty((len(X), len(parts)), np.result_type(*parts) if parts else np.float64)
    for i, part in enumerate(parts):
        array[:, i] = part
    return array


def cast(samples: np.ndarray, dtype: Any) -> np.ndarray:
    """Convert numbers to another dtype: integers are rounded and clipped, bools split at 0.5."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        return samples > 0.5
    if kind in "iu":
        # Samples are clipped to the dtype's range, at the largest float64 that does not exceed its maximum.
        info = np.iinfo(dtype)
        high = float(info.max) if int(float(info.max)) <= info.max else np.nextafter(float(info.max), 0)
        # float32 represents all 16-bit integers exactly.
        samples = np.rint(samples if info.bits <= 16 else samples.astype(np.float64))
        np.clip(samples, info.min, high, out=samples)
    return samples.astype(dtype)


def called(i: int, names: Any = None) -> str:
    """Return the number and name of a column."""
    return f"column {i}" if names is None else f"column {i} ({names[i]!r})"


def _refuse(names: Any, faults: list[str | None]) -> None:
    """Raise if columns are not numeric."""
    wrong = [i for i, fault in enumerate(faults) if fault is not None]
    if not wrong:
        return
    shown = ", ".join(called(i, names) for i in wrong[:10]) + (", ..." if len(wrong) > 10 else "")
    also = " in the first of them" if len(wrong) > 1 else ""
    raise DtypeError(f"X: {shown}: expected numbers, got {faults[wrong[0]]}{also}; {NUMBERS}")


def _text(values: Any) -> str | None:
    """Describe the first text value."""
    for row, value in enumerate(values):
        if isinstance(value, str | bytes):
            return f"text, the first in row {row}: {value[:40]!r}"
    return None


# pandas ---------------------------------------------------------------------------------------------------------------


def _fault_in_pandas(column: Any, dtype: Any) -> str | None:
    """Describe the content of a non-numeric column."""
    if dtype.kind in "biuf":
        return None
    if dtype.kind in "mMc":
        return str(dtype)
    if fault := _text(column):
        return fault
    try:
        _numbers_in_pandas(column)
    except (TypeError, ValueError):
        return "objects" if dtype.kind == "O" and str(dtype) == "object" else str(dtype)
    return None


def _numbers_in_pandas(column: Any) -> np.ndarray:
    dtype, missing = column.dtype, column.isna()
    if hasattr(dtype, "categories"):
        column = column.astype(object)
    plain = getattr(dtype, "numpy_dtype", dtype)
    if hasattr(dtype, "sp_index") or hasattr(column, "sparse"):
        return np.asarray(column.array)
    if not isinstance(plain, np.dtype) or plain.kind not in "biuf" or (plain is not dtype and missing.any()):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return column.to_numpy(dtype=plain)


def _kept(dtype: Any) -> str:
    """Return the dtype that samples have in this column."""
    dtype = getattr(dtype, "subtype", dtype)
    return str(dtype) if dtype.kind in "biuf" else "float64"


# Others ---------------------------------------------------------------------------------------------------------------


def _fault(column: Any, dtype: Any) -> str | None:
    if dtype == nw.Boolean or dtype.is_numeric():
        return None
    return (_text(column) if isinstance(dtype, _TEXT) else None) or str(dtype)


def _numbers(column: Any) -> np.ndarray:
    if column.is_null().any() or str(column.dtype) not in _PLAIN:
        return column.cast(nw.Float64).fill_null(float("nan")).to_numpy()
    return column.to_numpy()
