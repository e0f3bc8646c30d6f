"""Reading, encoding and decoding of samples, used by all parts of an estimator with encoder and decoder."""

from typing import Any

import numpy as np

from .._data.frames import row_of
from .._data.masks import unmasked
from .._data.pictures import names_picture
from .._run.precision import evaluating
from ..exceptions import DataError, DtypeError, NotFittedError, ShapeError
from ._sentences import Sentences


class Coder(Sentences):
    """Methods that read, encode and decode samples."""

    beta: float | None
    contamination: float
    anomaly_score: str

    # Fitted parameters.
    beta_: float | None
    n_codes_: int | None
    prior_: str | None

    # Training samples for the threshold and for densities of latents, and their encoded labels.
    _reference: tuple[np.ndarray, np.ndarray | None]
    # Results computed from these samples, by name, and the step of the weights.
    _found: dict[str, Any]
    # Number of samples drawn from densities of latents.
    _drawn: int

    def _encoded(self, X: Any, y: Any = None, *, indices: bool = False) -> np.ndarray:
        """Encode samples; with ``indices``, a vector-quantised model gives the indices of its codes."""
        array, codes = self._read(X, y)
        with evaluating(self):
            return self._run.transform(array, codes, codes=indices)

    def _reconstructed(self, array: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        with evaluating(self):
            return self._run.reconstruct(array, codes)

    def _decode(self, Z: Any, y: Any) -> np.ndarray:
        run = self._fitted()
        Z = self._latents(Z)
        with evaluating(self):
            return run.inverse_transform(Z, self._labels.code(y, len(Z)))

    def _latents(self, Z: Any) -> np.ndarray:
        if hasattr(Z, "detach"):
            Z = Z.detach().cpu().numpy()
        array = np.asarray(unmasked("Z", Z))
        if array.dtype.kind not in "iuf":
            raise DtypeError(f"Z: expected numbers, got {array.dtype}")
        shape = self._run.code()
        places, values = int(np.prod(shape[1:])), int(np.prod(shape))
        n_codes = self.n_codes_ if array.dtype.kind in "iu" else None
        width = values if n_codes is None else places
        if array.ndim != 2 or array.shape[1] != width or len(array) == 0:
            raise ShapeError(f"Z: expected (n, {width}), got {array.shape}")
        if n_codes is not None:
            if array.min() < 0 or array.max() >= n_codes:
                raise DataError(f"Z: expected codes from 0 to {n_codes - 1}, got {array.min()} to {array.max()}")
            return np.ascontiguousarray(array, dtype=np.int64)
        with np.errstate(over="ignore"):
            array = np.ascontiguousarray(array, dtype=np.float32)
        if not np.isfinite(array).all():
            raise DataError(f"Z: {int((~np.isfinite(array)).sum())} values are not finite")
        return array

    def _statistics(self, array: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        with evaluating(self):
            return self._run.statistics(array, codes).astype(np.float64)

    def _results(self) -> dict[str, Any]:
        """Return the results of the present weights; those of a callback during training are forgotten."""
        step = self._run.progress().step
        if self._found.setdefault("step", step) != step:
            self._forget()
            self._found["step"] = step
        return self._found

    def _forget(self) -> None:
        """Forget all results of the weights."""
        self._found = {}
        self.__dict__.pop("_densities", None)

    def _seen(self) -> tuple[np.ndarray, np.ndarray | None]:
        if "_reference" not in self.__dict__:
            raise NotFittedError(
                'this model was saved in the middle of a fit, without its data; finish it with fit(resume="auto"), or '
                "call partial_fit"
            )
        return self._reference

    def _one(self, sample: Any, name: str) -> Any:
        """Make a batch of one sample."""
        if self._of_texts:
            return self._texts.one(sample, name)
        # A row of a frame keeps its column names.
        row = None if self._layout.columns is None else row_of(sample)
        return _batch(sample, name) if row is None else row

    def _one_label(self, x: Any, y: Any) -> Any:
        """Return the label of one sample; None is resolved as in `transform`."""
        if y is not None or self._labels.kind == "none":
            return y
        if self._labels.kind == "numbers":
            return np.asarray(self._labels.mean)
        array, _ = self._read(self._one(x, "x"))
        with evaluating(self):
            return self._labels.classes[int(self._run.likeliest(array)[0])]


def _batch(sample: Any, name: str) -> Any:
    """Make a batch of one sample."""
    if hasattr(sample, "unsqueeze"):
        return sample.unsqueeze(0)
    if names_picture(sample):
        return [sample]
    array = np.asarray(unmasked(name, sample))
    if array.ndim == 0:
        raise ShapeError(f"{name}: expected one sample, got {array.shape}")
    return array[None]
