"""Labels: encoding for the core, and properties of the training labels."""

import dataclasses
from typing import Any

import numpy as np

from .._checks import integer, listed
from ..exceptions import DataError, DtypeError, ParameterError, ShapeError
from .masks import unmasked
from .scale import LARGEST, floats

_MOST_CODES = 65_536
# Maximum number of rows, and of values, of the numeric labels that a model stores for drawing labels.
_MOST_ROWS, _MOST_VALUES = 2_000, 20_000


@dataclasses.dataclass(frozen=True)
class Labels:
    """Properties of the training labels.

    Attributes
    ----------
    kind : {"none", "classes", "numbers", "codes", "clusters"}
    classes : list
        The classes in order, for "classes".
    shares : list of float
        Frequency of each class.
    balanced : bool
        True if all classes are trained on and sampled equally often.
    mean, deviation : list of float
        Mean and standard deviation of each column, for "numbers".
    rows : list of float
        For "numbers": at most 2,000 training labels, concatenated, from which samples draw their labels.
    dtype : str
        Dtype of the user's classes.
    categories, continuous : int
        For "codes": number of categories, and number of continuous values from -1 to 1.
    clusters : dict or None
        Words of `Clusters`, which take the place of labels.
    """

    kind: str = "none"
    classes: list[Any] = dataclasses.field(default_factory=list)
    shares: list[float] = dataclasses.field(default_factory=list)
    balanced: bool = False
    mean: list[float] = dataclasses.field(default_factory=list)
    deviation: list[float] = dataclasses.field(default_factory=list)
    rows: list[float] = dataclasses.field(default_factory=list)
    dtype: str = ""
    categories: int = 0
    continuous: int = 0
    clusters: dict[str, Any] | None = None

    @classmethod
    def codes(cls, said: Any) -> "Labels":
        """Create the labels of a model with codes (InfoGAN).

        Parameters
        ----------
        said : int or (int, int)
            Number of categories, optionally with the number of continuous values.

        Raises
        ------
        ParameterError
        """
        pair = tuple(said) if isinstance(said, list | tuple) else (said, 0)
        whole = [isinstance(count, int | np.integer) and not isinstance(count, bool) for count in pair]
        if len(pair) != 2 or not all(whole) or min(pair) < 0 or pair[0] == 1 or not 0 < sum(pair) <= _MOST_CODES:
            raise ParameterError(
                "codes: expected a number of categories from 2, or that and a number of continuous codes from 0, "
                f"{_MOST_CODES} at most, "
                f"got {said!r}"
            )
        return cls("codes", categories=int(pair[0]), continuous=int(pair[1]))

    @classmethod
    def learn(cls, y: Any, n: int) -> tuple["Labels", np.ndarray | None]:
        """Determine the kind of labels and encode y.

        Strings, booleans and integers in one column are classes, everything else is numbers.

        Parameters
        ----------
        y : array-like of shape (n,) or (n, k), or None
        n : int
            Number of samples in X.

        Returns
        -------
        labels : Labels
        y : numpy.ndarray or None
            Class indices, int64 ``(n,)``, or float32 or float64 ``(n, k)``.

        Raises
        ------
        ShapeError, DtypeError, DataError
        """
        if y is None:
            return cls(), None
        array = _array(y, n)
        if array.ndim == 2 and array.dtype.kind == "U":
            raise DtypeError(
                f"y: expected classes in one column or numbers in several, got strings in {array.shape[1]} columns; "
                "join them to one, or make numbers of them"
            )
        if array.ndim == 1 and (array.dtype.kind in "biuOU" or np.array_equal(array, np.rint(array))):
            classes, codes, counts = np.unique(array, return_inverse=True, return_counts=True)
            labels = cls("classes", classes.tolist(), (counts / n).tolist(), dtype=str(classes.dtype))
            return labels, codes.astype(np.int64).reshape(n)
        columns = floats(array.reshape(n, -1))
        mean, deviation = columns.mean(0, dtype=np.float64), columns.std(0, dtype=np.float64)
        least = (1e-13 if columns.dtype == np.float64 else 1e-7) * np.maximum(np.abs(mean), 1e-30)
        deviation = np.where(deviation <= least, 1.0, deviation)
        rows = _some(columns).ravel().tolist()
        return cls(
            "numbers", mean=mean.tolist(), deviation=deviation.tolist(), rows=rows, dtype=str(array.dtype)
        ), columns

    @classmethod
    def clustered(cls, samples: np.ndarray, count: Any) -> tuple["Labels", np.ndarray]:
        """Find clusters of samples in the core's form, which take the place of labels.

        Raises
        ------
        ParameterError
        """
        from .clusters import Clusters

        count = integer("clusters", count, 2)
        if count > len(samples) // 2:
            raise ParameterError(
                f"clusters: must be at most {len(samples) // 2}, half of the samples in X, got {count}"
            )
        clusters = Clusters.found(samples, count)
        codes = clusters.of(samples)
        shares = np.bincount(codes, minlength=count) / len(codes)
        return cls("clusters", shares=shares.tolist(), clusters=clusters.words), codes

    def coded(self, y: Any, samples: np.ndarray) -> np.ndarray | None:
        """Encode labels of samples in the core's form as `code` does, or return their clusters."""
        codes = self.code(y, len(samples))
        if self.clusters is None:
            return codes
        from .clusters import Clusters

        return Clusters(self.clusters).of(samples)

    def known(self) -> np.ndarray | None:
        """Return the classes or categories in order; None if there are none."""
        if self.kind == "classes":
            return np.asarray(self.classes, dtype=self.dtype)
        return np.arange(self.categories) if self.categories else None

    def describe(self) -> dict[str, Any]:
        """Describe the labels for the core."""
        known = {
            "none": (),
            "classes": ("shares", "balanced"),
            "numbers": ("mean", "deviation", "rows"),
            "codes": ("categories", "continuous"),
            "clusters": ("shares", "balanced"),
        }[self.kind]
        return {
            "kind": "classes" if self.kind == "clusters" else self.kind,
            **{name: getattr(self, name) for name in known},
        }

    def draw(self, n: int, seed: int) -> np.ndarray | None:
        """Draw encoded labels with their frequencies in the training data; None without labels."""
        random = np.random.default_rng(seed)
        if self.kind == "classes":
            shares = np.asarray(self.shares)
            return random.choice(len(shares), n, p=shares / shares.sum())
        if self.kind != "numbers":
            return None
        rows = np.asarray(self.rows).reshape(-1, len(self.mean))
        return rows[random.integers(len(rows), size=n)]

    def code(self, y: Any, n: int) -> np.ndarray | None:
        """Encode labels of the same kind as in fit; one label applies to all ``n`` samples.

        Raises
        ------
        ParameterError
            The model is unconditional, or the label is unknown.
        ShapeError, DtypeError, DataError
        """
        if y is None:
            return None
        if self.kind in ("none", "clusters"):
            raise ParameterError("y: this model was fitted without labels, got labels")
        array = _plain(y)
        columns = len(self.mean) if self.kind == "numbers" else int(self.categories > 0) + self.continuous
        if array.ndim == 2 and array.shape == (1, columns):
            array = array[0]
        elif self.categories and self.continuous and array.ndim < 2 and array.size in (1, n):
            # Categories without continuous values, which default to 0.
            array = np.column_stack([np.broadcast_to(array, n), np.zeros((n, self.continuous))])
        if array.ndim == 0 or (self.kind != "classes" and array.shape == (columns,)):
            array = np.broadcast_to(array, (n, *array.shape))
        array = _array(array, n)
        if self.kind != "classes":
            if array.dtype.kind in "US":
                raise DtypeError(f"y: expected numbers, got {array.dtype}")
            rows = floats(array.reshape(n, -1))
            if self.kind == "codes":
                rows = rows.astype(np.float32, copy=False)
            if rows.shape[1] != columns:
                wanted = f"fitted on {columns} columns"
                if self.kind == "codes" and self.categories:
                    wanted = f"expected categories ({n},), or categories and numbers ({n}, {columns})"
                raise ShapeError(f"y: {wanted}, got {array.shape}")
            if self.categories:
                wrong = ~np.isin(rows[:, 0], np.arange(self.categories))
                if wrong.any():
                    got = f"{rows[wrong, 0][0]:g}"
                    raise ParameterError(f"y: expected categories from 0 to {self.categories - 1}, got {got}")
            return rows
        codes = {label: code for code, label in enumerate(self.classes)}
        wanted = array.tolist() if array.ndim == 1 else []
        unknown = [label for label in wanted if label not in codes]
        if array.ndim != 1 or unknown:
            got = repr(unknown[0]) if unknown else str(array.shape)
            raise ParameterError(f"y: expected labels among {listed(self.classes)}, got {got}")
        return np.array([codes[label] for label in wanted], dtype=np.int64)

    @staticmethod
    def refuse(y: Any) -> None:
        """Raise if a model with codes was given labels."""
        if y is not None:
            raise ParameterError("y: expected None for a model with codes of its own, got labels")

    def required(self, y: Any, samples: Any) -> np.ndarray | None:
        """Encode labels of samples for training; raises if a conditional model gets none."""
        if self.kind == "codes":
            self.refuse(y)
        if y is None and self.kind in ("classes", "numbers"):
            raise ParameterError("y: this model was fitted with labels; pass y, got None")
        return self.code(y, len(samples)) if self.clusters is None else self.coded(y, samples)


def _some(columns: np.ndarray) -> np.ndarray:
    """Choose rows at random, with a fixed seed: evenly spaced rows could miss periodic values."""
    most = max(16, min(_MOST_ROWS, _MOST_VALUES // columns.shape[1]))
    if len(columns) <= most:
        return columns
    return columns[np.sort(np.random.default_rng(0).choice(len(columns), most, replace=False))]


def _plain(y: Any) -> np.ndarray:
    y = unmasked("y", y)
    if hasattr(y, "detach"):
        y = y.detach().cpu().numpy()
    try:
        return np.asarray(y)
    except ValueError:
        raise ShapeError("y: expected (n,) or (n, k), got sequences of unequal lengths") from None


def _array(y: Any, n: int) -> np.ndarray:
    array = _plain(y)
    if array.dtype.kind not in "biufOUS":
        raise DtypeError(f"y: expected numbers or strings, got {array.dtype}")
    if array.dtype.kind in "OS":
        missing = sum(label is None or type(label).__name__ == "NAType" or label != label for label in array.flat)
        if missing:
            raise DataError(f"y: {missing} values are missing")
        words = any(isinstance(label, str | bytes) for label in array.flat)
        try:
            array = array.astype(str if words else float)
        except (TypeError, ValueError):
            raise DtypeError("y: expected numbers or strings, got objects that are neither") from None
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (1, 2) or len(array) != n or array.size == 0:
        raise ShapeError(f"y: expected ({n},) or ({n}, k), got {array.shape}")
    limit = np.float64(LARGEST)
    if array.dtype.kind == "f" and not (np.abs(array) <= limit).all():
        finite = np.isfinite(array)
        wrong, what = (np.abs(array) > limit, f"beyond {LARGEST:g}") if finite.all() else (~finite, "not finite")
        raise DataError(f"y: {int(wrong.sum())} values are {what}")
    return array
