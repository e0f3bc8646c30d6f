"""Saving and pickling of estimators: the run's checkpoint and the estimator's own state."""

import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._data.labels import Labels
from .._run.running import settle
from .._run.torch import plain_modes
from ..exceptions import CheckpointError
from ._fitted import COLUMNS, Fitted

if TYPE_CHECKING:
    from typing_extensions import Self

# Keys of the estimator's state in a file.
_WORDS = {"estimator", "params", "layout", "labels", "learnt", "columns"}


class Files(Fitted):
    """Methods that save an estimator to a file or pickle and load it."""

    def save(self, path: str | Path) -> None:
        """Save the estimator to one safetensors file.

        Contains weights, averages, optimisers, counters, settings and history.

        Parameters
        ----------
        path : path
            Written to a temporary file and renamed, so that it is never incomplete.

        Raises
        ------
        NotFittedError
            Before `fit`.
        OSError
            The file cannot be written; an existing file is unchanged.
        """
        self._fitted().save(Path(path).expanduser(), self._extra())

    @classmethod
    def load(cls, path: str | Path, device: str = "auto") -> "Self":
        """Load an estimator from a file written by `save`.

        Parameters
        ----------
        path : path
        device : str, default "auto"
            Device of the model: "auto", "cpu", "cuda", "cuda:1".

        Returns
        -------
        estimator
            In the state in which it was saved; `partial_fit` continues its training.

        Raises
        ------
        FileNotFoundError
        CheckpointError
            The file is damaged, has another format, or contains another kind of estimator.
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
        estimator._adopt(run, cls._layout_type.of_words(words["layout"]), Labels(**words["labels"]), words["columns"])
        estimator.__dict__.update({name: value for name, value in words["learnt"].items() if name in cls._kept})
        return estimator

    @classmethod
    def _words(cls, path: str | Path, extra: str) -> dict[str, Any]:
        """Parse the output of `_extra`; raise an error if it is from another kind of estimator."""
        return words_of(path, extra, cls.__name__, _WORDS)

    def _extra(self) -> str:
        params = {name: value for name, value in self.get_params(deep=False).items() if name != "callbacks"}
        words = {
            "estimator": type(self).__name__,
            "params": plain_params(params),
            "layout": self._layout.words(),
            "labels": vars(self._labels),
            "learnt": {name: getattr(self, name) for name in self._kept if hasattr(self, name)},
            "columns": {name: getattr(self, name) for name in COLUMNS if hasattr(self, name)},
        }
        return json.dumps(words, default=plain)

    def _restore(self, data: bytes) -> None:
        """Return to a state of the same run, as `Run.to_bytes` wrote it; a completed training stays completed."""
        completed = not self.interrupted_
        with plain_modes():
            run, _ = _core.Run.from_bytes(data, self.device_)
            settle(run, self.executor_, self.precision_)
        self._run = run
        if completed:
            self._goal = run.progress().epoch
        self._snapshots = [one for one in self._snapshots if one[0] <= run.progress().epoch]
        self._looks = tuple(look for look in self._looks if look.step <= run.progress().step)
        self._learnt()

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
            # Fall back to the CPU if the device of the model is not available.
            device = self.device_ if _has(self.device_) else "cpu"
            with plain_modes():
                self._run, _ = _core.Run.from_bytes(data, device)
                self.precision_ = settle(self._run, self.executor, self.precision)
            self.device_, self.executor_ = device, self._run.executor


def words_of(path: str | Path, extra: str, name: str, keys: set[str]) -> dict[str, Any]:
    """Parse what an estimator of this name wrote beside its arrays, with at least these keys.

    Raises
    ------
    CheckpointError
    """
    words = json.loads(extra)
    own = isinstance(words, dict) and words.get("estimator") == name
    if not isinstance(words, dict) or not words.keys() >= (keys if own else {"estimator"}):
        raise CheckpointError(f"{path}: holds a run without an estimator, not a {name}")
    if not own:
        raise CheckpointError(f"{path}: holds a {words['estimator']}, not a {name}")
    return words


def plain_params(params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that JSON can hold."""
    return {name: value for name, value in params.items() if _is_json(value)}


def plain(value: Any) -> Any:
    """Convert NumPy numbers and arrays for JSON."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError


def _has(device: str) -> bool:
    return device == "cpu" or int(device.partition(":")[2] or 0) < _core.devices()


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, default=plain, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True
