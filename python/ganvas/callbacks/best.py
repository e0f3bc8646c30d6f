"""Callbacks that choose an epoch by a measure of generated samples."""

import math
from typing import Any

from .._checks import choice, integer, number
from .._run.progress import say
from ..exceptions import ParameterError
from .callback import Callback
from .evaluate import Evaluate


class _Monitor(Callback):
    """Remembers the best value of a measure.

    Losses are refused: those of two adversaries do not measure quality, and a model can copy its training data at the
    lowest loss.
    """

    def __init__(self, monitor: str = "kernel_distance") -> None:
        self.monitor = monitor

    def on_train_begin(self, estimator: Any) -> None:
        """Check the parameters."""
        from .._judging.samples import ALIASES, STATISTICS

        self._name = choice("monitor", ALIASES.get(self.monitor, self.monitor), list(STATISTICS))
        if not any(isinstance(c, Evaluate) and self._name in c.names() for c in estimator.callbacks):
            raise ParameterError(
                f'monitor: "{self._name}" is not measured; add ganvas.callbacks.Evaluate(X_val, '
                f'metrics=["{self._name}"]) to callbacks'
            )
        self._better = STATISTICS[self._name].better
        self._best, self._epoch = math.inf, 0

    def on_epoch_end(self, estimator: Any, row: dict[str, float]) -> None:
        """Compare the epoch with the best one."""
        if not math.isnan(row[self._name]):
            self._judge(estimator, int(row["epoch"]), self._loss(row[self._name]))

    def _loss(self, value: float) -> float:
        """Return a number that is lower for better values; those of real data are near 1 if "near" is best."""
        return {"lower": value, "higher": -value, "near": abs(value - 1)}[self._better]

    def _judge(self, estimator: Any, epoch: int, loss: float) -> None:
        raise NotImplementedError


class EarlyStopping(_Monitor):
    """End the training when a measure of samples stops improving.

    The training ends as by `stop`: `fit` returns normally, with `interrupted_` True.

    Parameters
    ----------
    monitor : str, default "kernel_distance"
        Measure of `Evaluate`, which must be among the callbacks; a loss is not accepted.
    patience : int, default 5
        Number of measurements without an improvement after which the training ends.
    min_delta : float, default 0.0
        Smallest change that counts as an improvement, in units of the measure.

    Examples
    --------
    >>> from ganvas.callbacks import EarlyStopping, Evaluate
    >>> import ganvas
    >>> X = ganvas.data.ring(600, random_state=0)
    >>> watch = [Evaluate(X[500:]), EarlyStopping(patience=9)]
    >>> gan = ganvas.GanTrainer(epochs=3, random_state=0, callbacks=watch, verbose=0).fit(X[:500])
    """

    def __init__(self, monitor: str = "kernel_distance", patience: int = 5, min_delta: float = 0.0) -> None:
        super().__init__(monitor)
        self.patience = patience
        self.min_delta = min_delta

    def on_train_begin(self, estimator: Any) -> None:
        """Check the parameters."""
        super().on_train_begin(estimator)
        self._patience, self._waited = integer("patience", self.patience, 1), 0
        self._delta = number("min_delta", self.min_delta)
        if not self._delta >= 0:
            raise ParameterError(f"min_delta: must be at least 0, got {self._delta:g}")

    def _judge(self, estimator: Any, epoch: int, loss: float) -> None:
        if loss < self._best - self._delta:
            self._best, self._epoch, self._waited = loss, epoch, 0
            return
        self._waited += 1
        if self._waited == self._patience:
            if estimator.verbose:
                say(f"{self._name} has not improved since epoch {self._epoch}")
            estimator.stop()


class KeepBest(_Monitor):
    """Return to the epoch with the best measure of samples at the end.

    The whole state returns, as from a checkpoint of that epoch: weights, optimisers, counters and history, so that
    `partial_fit` continues from there. The state is kept in memory. The training may also end by an interrupt or an
    error. Only epochs of this call are compared, not those before `partial_fit` or before a checkpoint that is resumed.

    Parameters
    ----------
    monitor : str, default "kernel_distance"
        Measure of `Evaluate`, which must be among the callbacks; a loss is not accepted.

    Attributes
    ----------
    epoch_ : int
        The best epoch of the last training.
    value_ : float
        Its measure.
    history_ : History
        History of the whole training.

    Examples
    --------
    >>> from ganvas.callbacks import Evaluate, KeepBest
    >>> import ganvas
    >>> X = ganvas.data.ring(600, random_state=0)
    >>> best = KeepBest("coverage")
    >>> watch = [Evaluate(X[500:]), best]
    >>> gan = ganvas.GanTrainer(epochs=3, random_state=0, callbacks=watch, verbose=0).fit(X[:500])
    >>> len(gan.history_) == best.epoch_
    True
    """

    def on_train_begin(self, estimator: Any) -> None:
        """Forget the best state of the previous training."""
        super().on_train_begin(estimator)
        self._state: bytes | None = None

    def _judge(self, estimator: Any, epoch: int, loss: float) -> None:
        if loss < self._best:
            self._best, self._epoch = loss, epoch
            self._state = estimator._run.to_bytes("{}")

    def on_train_end(self, estimator: Any) -> None:
        """Restore the best state."""
        if self._state is None:
            return
        self.history_ = estimator.history_
        self.epoch_ = self._epoch
        estimator._restore(self._state)
        self.value_ = estimator.history_.row(-1)[self._name]
        self._state = None
        if estimator.verbose:
            say(f"returned to epoch {self.epoch_} of {len(self.history_)}, {self._name} {self.value_:.4g}")
