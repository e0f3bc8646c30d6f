"""Restore the estimator if a training fails before its first step."""

from collections.abc import Callable
from types import TracebackType
from typing import Any

from .. import _core


class Attempt:
    """Context manager that undoes all changes if the training raises an exception before its first step.

    Restores fitted and private attributes; parameters are set by the user and are kept.

    Parameters
    ----------
    estimator : estimator
    """

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator
        self._before = {name: value for name, value in vars(estimator).items() if _is_state(name)}
        self._undo: list[Callable[[], object]] = []
        self._run: _core.Run | None = None
        self._made = 0

    def __enter__(self) -> "Attempt":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not self.trained:
            self.give_up()

    def give_up(self) -> None:
        """Restore the state."""
        state = vars(self._estimator)
        for name in [name for name in state if _is_state(name) and name not in self._before]:
            del state[name]
        state.update(self._before)
        for undo in reversed(self._undo):
            undo()

    def begin(self, run: _core.Run) -> None:
        """Record the step at which the training of ``run`` begins."""
        self._run, self._made = run, run.made()

    @property
    def trained(self) -> bool:
        """True if a step was made, even if it was lost to divergence."""
        return self._run is not None and self._run.made() > self._made

    def on_refusal(self, undo: Callable[[], object]) -> None:
        """Call ``undo`` if the training fails before its first step, in reverse order of registration."""
        self._undo.append(undo)


def _is_state(name: str) -> bool:
    """Return True for attributes set by `fit`; the lock is held by the training itself."""
    return (name.startswith("_") or name.endswith("_")) and name != "_lock"
