"""Files and pickles of estimators: a run's checkpoint, and beside it what the estimator knows."""

import inspect
import json
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator

from .. import _core
from .._data.arrays import Layout
from .._data.labels import Labels
from .._run.running import settle
from .._run.torch import plain_modes
from ..exceptions import CheckpointError

# What scikit-learn remembers of a table.
COLUMNS = ("n_features_in_", "feature_names_in_")
# What a file says of the estimator.
_WORDS = {"estimator", "params", "layout", "labels", "learnt", "columns"}


class Files(BaseEstimator):
    """Methods that write an estimator into a file or a pickle, and read it back."""

    device_: str
    executor: Any
    executor_: str
    precision: Any
    precision_: str
    _run: Any
    _layout: Layout
    _labels: Labels

    _tuples: ClassVar[tuple[str, ...]] = ("betas", "hidden", "value_range")

    # Attributes that a file keeps beside the run.
    _kept: ClassVar[tuple[str, ...]] = ("_goal", "_wanted")

    def _fitted(self) -> Any:
        raise NotImplementedError

    def _adopt(self, run: Any, layout: Layout, labels: Labels, columns: dict[str, Any]) -> None:
        raise NotImplementedError

    def save(self, path: str | Path) -> None:
        """Write everything into one safetensors file.

        Weights, averages, optimisers, counters, settings and history.

        Parameters
        ----------
        path : path
            Written beside its place and renamed, so that it never holds half a file.

        Raises
        ------
        NotFittedError
            Before `fit`.
        OSError
            The disk refuses; the file that was there is intact.
        """
        self._fitted().save(Path(path).expanduser(), self._extra())

    @classmethod
    def load(cls, path: str | Path, device: str = "auto") -> "Files":
        """Read an estimator from a file of `save`.

        Parameters
        ----------
        path : path
        device : str, default "auto"
            Where the model shall live: "auto", "cpu", "cuda", "cuda:1".

        Returns
        -------
        estimator
            As it was: it samples, and `partial_fit` trains on.

        Raises
        ------
        FileNotFoundError
        CheckpointError
            The file is damaged, of a newer format, or of another kind of estimator.
        """
        with plain_modes():
            run, extra = _core.Run.load(Path(path).expanduser(), device)
        words = cls._words(path, extra)
        known = inspect.signature(cls).parameters
        params = {name: value for name, value in words["params"].items() if name in known}
        estimator = cls(
            **{name: tuple(v) if name in cls._tuples and isinstance(v, list) else v for name, v in params.items()}
        )
        with plain_modes():
            estimator.precision_ = settle(run, estimator.executor, estimator.precision)
        estimator._adopt(run, Layout.of_words(words["layout"]), Labels(**words["labels"]), words["columns"])
        estimator.__dict__.update({name: value for name, value in words["learnt"].items() if name in cls._kept})
        return estimator

    @classmethod
    def _words(cls, path: str | Path, extra: str) -> dict[str, Any]:
        """Read what `_extra` wrote; an error if another kind of estimator did."""
        words = json.loads(extra)
        if not isinstance(words, dict) or not words.keys() >= _WORDS:
            raise CheckpointError(f"{path}: holds a run without an estimator, not a {cls.__name__}")
        if words["estimator"] != cls.__name__:
            raise CheckpointError(f"{path}: holds a {words['estimator']}, not a {cls.__name__}")
        return words

    def _extra(self) -> str:
        params = {name: value for name, value in self.get_params(deep=False).items() if name != "callbacks"}
        words = {
            "estimator": type(self).__name__,
            "params": {name: value for name, value in params.items() if _is_json(value)},
            "layout": self._layout.words(),
            "labels": vars(self._labels),
            "learnt": {name: getattr(self, name) for name in self._kept if hasattr(self, name)},
            "columns": {name: getattr(self, name) for name in COLUMNS if hasattr(self, name)},
        }
        return json.dumps(words, default=_plain)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        for name in ("_lock", "_stop"):
            state.pop(name, None)
        run = state.pop("_run", None)
        if run is not None:
            state["_bytes"] = run.to_bytes(self._extra())
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        data = state.pop("_bytes", None)
        super().__setstate__(state)
        if data is not None:
            # A model trained on a device that is not here lands on the CPU.
            device = self.device_ if _has(self.device_) else "cpu"
            with plain_modes():
                self._run, _ = _core.Run.from_bytes(data, device)
                self.precision_ = settle(self._run, self.executor, self.precision)
            self.device_, self.executor_ = device, self._run.executor


def _has(device: str) -> bool:
    return device == "cpu" or int(device.partition(":")[2] or 0) < _core.devices()


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays as JSON has them."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, default=_plain, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True
