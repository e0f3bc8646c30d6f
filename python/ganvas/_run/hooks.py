"""Hooks of the compiled training loop: summary line, progress bar, printed losses, callbacks, checkpoints."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .. import _core
from .._data.scale import warn_value
from ..callbacks import Callback, LivePlot
from .guard.watch import Guard
from .progress import Pace, bar, duration, in_notebook, watched
from .ranks import Ranks
from .stops import Stopped

if TYPE_CHECKING:
    from ..estimators._fitted import Fitted

_PRINT_EVERY = 100


@dataclasses.dataclass(frozen=True)
class Course:
    """Extent of one call of `fit` or `partial_fit`.

    Attributes
    ----------
    epochs : int
        Epochs to train, including one already started.
    base : int
        Samples seen before the call, which are not counted; 0 if `fit` resumes, which counts all samples.
    total : int
        Samples of the complete training, without `base`.
    """

    epochs: int
    base: int
    total: int

    @classmethod
    def of(cls, run: _core.Run, n: int, epochs: int, *, resume: bool) -> "Course":
        """Plan a training on `n` samples until the run has completed `epochs` epochs in total."""
        progress, batch = run.progress(), run.settings()["batch_size"]
        # A resumed fit completes an interrupted epoch; partial_fit counts it as completed.
        passes = epochs - progress.epoch - (progress.position > 0 and not resume)
        steps = passes * (n // batch) - (progress.position if resume else 0)
        base = 0 if resume else progress.samples
        return cls(passes, base, progress.samples + steps * batch - base)

    def stopped(self, samples: int) -> str:
        """Describe the progress of a stopped training that saw `samples` in total."""
        done = samples - self.base
        return f"stopped after {100 * done / max(self.total, 1):.0f} % ({done:,} of {self.total:,} samples)"


class Hooks:
    """Called by the core between steps.

    Parameters
    ----------
    estimator : estimator
        Passed to callbacks.
    run : Run
        The core's run.
    course : Course
        Extent of the training.
    save : callable or None
        Called after every epoch.
    guard : Guard or None
        Looks at the training after every epoch.

    Attributes
    ----------
    every : int or None
        Steps between two calls of `step`.
    """

    def __init__(
        self,
        estimator: "Fitted",
        run: _core.Run,
        course: Course,
        save: Callable[[], None] | None,
        guard: Guard | None = None,
    ) -> None:
        self._estimator, self._run, self._save = estimator, run, save
        self._course, self._guard = course, guard
        leads = Ranks().leads
        self._callbacks: Sequence[Callback] = list(estimator.callbacks)
        if leads and estimator.progress == "live" and in_notebook():
            self._callbacks = [*self._callbacks, *([] if _live(self._callbacks) else [LivePlot()])]
        self._per_step = [c for c in self._callbacks if type(c).on_step is not Callback.on_step]
        self._per_poll = [c for c in self._callbacks if type(c).on_poll is not Callback.on_poll]
        self._measuring = [c for c in self._callbacks if c._measures]
        self._verbose = estimator.verbose if leads else 0
        self._announced = self._verbose < 1
        self._begun = self._run.progress().samples - course.base
        self._pace = Pace()
        wanted = estimator.progress
        # verbose=0 is silent, unless a bar is requested.
        wanted = (watched() and estimator.verbose >= 1) if wanted is None else bool(wanted)
        self._bar = bar(wanted and leads, course.total, self._begun, self._pace)
        # The values of a stream may exceed the range of its first samples; warn once.
        self._range = run.data().span
        self.every = 1 if self._per_step else _PRINT_EVERY if self._verbose >= 2 else None

    def __enter__(self) -> "Hooks":
        if self._announced or in_notebook():
            self._bar.open()
        for callback in self._callbacks:
            callback.on_train_begin(self._estimator)
        self._pace.begin()
        return self

    def __exit__(self, *error: object) -> None:
        # If the run was too short to estimate its duration, the summary has not been shown yet.
        self._announce()
        self._bar.close(self._run.progress().samples - self._course.base)
        self._warn()
        for callback in self._callbacks:
            callback.on_train_end(self._estimator)

    def poll(self) -> None:
        """Update the display; called about every 50 ms."""
        self._tick(self._run.progress(), self._run.losses)

    def step(self) -> None:
        """Pass one step to callbacks."""
        progress = self._run.progress()
        for callback in self._per_step:
            callback.on_step(self._estimator, progress.step)
        if self._verbose >= 2 and progress.step % _PRINT_EVERY == 0:
            self._announce()
            losses = "  ".join(f"{name} {value:.4f}" for name, value in self._run.losses().items())
            self._bar.say(f"step {progress.step:,}  samples {progress.samples:,}  {losses}")
        self._tick(progress, self._run.losses)

    def epoch(self) -> None:
        """Pass one epoch to callbacks: to those that write into the history before its checkpoint, to others after."""
        for callback in self._measuring:
            callback.on_epoch_end(self._estimator, self._estimator.history_.row(-1))
        history = self._estimator.history_
        row = history.row(-1)
        if self._guard is not None:
            self._guard.look(history)
        if self._save is not None:
            self._save()
        for callback in self._callbacks:
            if not callback._measures:
                callback.on_epoch_end(self._estimator, row)
        self._tick(self._run.progress(), lambda: row)
        self._warn()

    def say(self, text: str) -> None:
        """Print a line, below the summary."""
        self._announce()
        self._bar.say(text)

    def _warn(self) -> None:
        if self._guard is not None:
            self._guard.tell()
        value = None if self._range is None else self._run.strayed()
        if self._range is not None and value is not None:
            (low, high), self._range = self._range, None
            warn_value(low, high, value)

    def _tick(self, progress: _core.Progress, losses: Callable[[], dict[str, float]]) -> None:
        self._pace.note(progress.step, progress.samples)
        if self._pace.settled():
            self._announce()
        self._bar.show(progress.samples - self._course.base, losses)
        for callback in self._per_poll:
            callback.on_poll(self._estimator)
        if self._estimator.__dict__.get("_stop"):
            raise Stopped

    def _announce(self) -> None:
        if self._announced:
            return
        self._announced = True
        rate, summary = self._pace.rate(), self._estimator._summary(self._course.epochs)
        if rate is not None:
            summary += f", about {duration((self._course.total - self._begun) / rate)}"
        self._bar.head(summary)


def _live(callbacks: Sequence[Callback]) -> bool:
    return any(isinstance(callback, LivePlot) for callback in callbacks)
