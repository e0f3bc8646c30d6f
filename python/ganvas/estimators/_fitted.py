"""Attributes of a fitted estimator: resolved parameters, history, executor."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator

from .. import _core
from .._data.labels import Labels
from .._run.guard import Diagnosis, Look
from .._run.history import History, read_only
from .._run.running import NAMES
from ..exceptions import NotFittedError
from ._changes import said

# Attributes that scikit-learn sets for tables.
COLUMNS = ("n_features_in_", "feature_names_in_")


class Fitted(BaseEstimator):
    """Parameters, state and fitted attributes of an estimator: the base of all its parts."""

    # Parameters of every estimator.
    callbacks: Any
    device: str
    epochs: int | None
    executor: str
    on_divergence: str
    on_interrupt: str | None
    precision: str | None
    preset: str | None
    profile: Any
    progress: bool | str | None
    random_state: Any
    verbose: int

    # Parameters whose values are tuples.
    _tuples: ClassVar[tuple[str, ...]] = ("betas", "hidden", "value_range")
    # Parameters that are read at each call.
    _any_time: ClassVar[tuple[str, ...]] = ()
    # Class of `_layout`, which has `words`, `of_words` and `summary`.
    _layout_type: ClassVar[Any]
    # Private attributes that a file contains in addition to the run.
    _kept: ClassVar[tuple[str, ...]] = ("_goal", "_wanted", "_told", "_rewinds", "_snapshots")
    # True if trainings are looked at by the guard.
    _guarded: ClassVar[bool] = True

    _run: _core.Run
    # What is kept of the form of the training data.
    _layout: Any
    _labels: Labels
    # Epochs at which the last training began and was planned to end.
    _begun: int
    _goal: int
    # Parameters at the creation of the run, as text.
    _wanted: dict[str, str]
    # What was found in the run, as lists after loading, and how often it was rewound.
    _told: Sequence[Sequence[Any]] = ()
    _rewinds: int = 0
    # Epochs and pictures of samples, PNG in base64, from the callback Snapshots.
    _snapshots: Sequence[Sequence[Any]] = ()
    # The last measurements of the guard.
    _looks: tuple[Look, ...] = ()

    # Fitted attributes of every estimator.
    device_: str
    epochs_: int
    executor_: str
    latent_dim_: int
    net_: str
    precision_: str
    seed_: int

    def _params(self) -> dict[str, Any]:
        """Return the parameters that define the model."""
        names = [name for name in self._get_param_names() if name not in NAMES]
        return {name: getattr(self, name) for name in names}

    def _said(self) -> dict[str, str]:
        """Return the parameters that define the model, as text."""
        params = {**self._params(), "preset": self.preset}
        return said({name: value for name, value in params.items() if name not in self._any_time})

    def _adopt(self, run: _core.Run, layout: Any, labels: Labels, columns: dict[str, Any]) -> None:
        """Take over a run, and set the fitted attributes."""
        self._run, self._layout, self._labels = run, layout, labels
        self._wanted = self._said()
        for name in COLUMNS:
            self.__dict__.pop(name, None)
            if name in columns:
                value = columns[name]
                setattr(self, name, np.asarray(value, dtype=object) if isinstance(value, list) else value)
        self._learnt()

    def _learnt(self) -> None:
        """Set the fitted attributes: resolved parameters and history."""
        for name, value in self._run.settings().items():
            if name == "family":
                continue
            setattr(self, f"{name}_", tuple(value) if name in self._tuples and value is not None else value)
        self.device_ = self._run.device
        self.executor_ = self._run.executor

    def __dir__(self) -> list[str]:
        # Omitted from completion: private names and scikit-learn's metadata routing.
        routing = ("_request", "_metadata_routing")
        return [name for name in super().__dir__() if not (name.startswith("_") or name.endswith(routing))]

    def __sklearn_is_fitted__(self) -> bool:
        return getattr(self, "_run", None) is not None

    def _fitted(self) -> _core.Run:
        """Return the run; raise NotFittedError if there is none."""
        run: _core.Run | None = getattr(self, "_run", None)
        if run is None:
            raise NotFittedError(f"{type(self).__name__} is not fitted; call fit first")
        return run

    @property
    def classes_(self) -> np.ndarray:
        """Classes of the model, sorted."""
        self._fitted()
        known = self._labels.known()
        if known is None:
            raise AttributeError(f"{type(self).__name__} was fitted without classes")
        return known

    @read_only
    def history_(self) -> History:
        """Training metrics per epoch."""
        return History(self._fitted().history())

    @property
    def diagnosis_(self) -> tuple[Diagnosis, ...]:
        """What went wrong in training, in the order in which it was found; empty for a healthy run."""
        self._fitted()
        return tuple(Diagnosis(*told) for told in self._told)

    @property
    def interrupted_(self) -> bool:
        """True if the last training ended before its last epoch, by Ctrl-C, `stop` or an error."""
        return self._fitted().progress().epoch < self.__dict__.get("_goal", self.epochs_)

    def explain(self) -> str:
        """Describe the executor in use and the reason for its choice.

        Returns
        -------
        str
            Executor and reason: ``native: has every layer of generator and discriminator``; then the convolutions that
            the native executor computes with fewer products than their definition has (Winograd, 1980).

        Raises
        ------
        NotFittedError
        """
        run = self._fitted()
        if self.executor_ == "native":
            networks = " and ".join(name for name, _ in run.sizes() if name != "parts")
            fewer = [f"{', '.join(layers)} of {name}" for name, layers in run.fewer() if layers]
            return f"native: has every layer of {networks}" + "".join(f"; Winograd for {part}" for part in fewer)
        if self.executor_ == "cuda_graph":
            return "cuda_graph: every step launches the same kernels"
        why = run.needs_torch() or 'executor="tch"'
        return f"tch: {why}"

    def _summary(self, epochs: int) -> str:
        """Summarise the training in one line: data, networks, device, sizes, length."""
        what = self._layout.summary(self._run.data())
        sizes = " + ".join(f"{name} {count:,}" for name, count in self._run.sizes())
        where = f"{self.net_} on {self._run.device} ({self._run.executor})"
        return f"{what} | {where} | {sizes} parameters | {epochs} epoch{'s' * (epochs != 1)}"
