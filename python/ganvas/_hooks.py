"""What happens around the compiled loop: the line at the start, the bar, printed losses, callbacks, checkpoints."""

import contextlib
import json
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ._ranks import Ranks
from .callbacks import Callback

_PRINT_EVERY = 100
# Losses that the bar shows beside those that end in _loss.
_SHOWN = ("loss", "reconstruction", "kl")
# What writing raises where a stream is full, closed, or None.
_GONE = (OSError, ValueError, AttributeError)


class Hooks:
    """Called by the core between steps, never during one.

    Parameters
    ----------
    estimator : estimator
        Handed on to callbacks.
    run : Run
        The core's run.
    total : int
        Samples seen when training is complete.
    save : callable or None
        Called after every epoch.

    Attributes
    ----------
    every : int or None
        Steps between two calls of `step`.
    """

    def __init__(self, estimator: Any, run: Any, total: int, save: Callable[[], None] | None) -> None:
        self._estimator, self._run, self._save = estimator, run, save
        self._callbacks: Sequence[Callback] = list(estimator.callbacks)
        self._per_step = [c for c in self._callbacks if type(c).on_step is not Callback.on_step]
        leads = Ranks().leads
        self._verbose = estimator.verbose if leads else 0
        self._announced = self._verbose < 1
        self._start = self._progress()
        self._total = total
        self._bar = _Bar(estimator.progress if leads else False, total, self._start["samples"])
        self.every = 1 if self._per_step else _PRINT_EVERY if self._verbose >= 2 else None

    def __enter__(self) -> "Hooks":
        for callback in self._callbacks:
            callback.on_train_begin(self._estimator)
        return self

    def __exit__(self, *error: object) -> None:
        if not self._announced:
            # Too short a run to tell how long it takes.
            self._bar.say(self._estimator._summary())
        self._bar.close(self._progress()["samples"])
        for callback in self._callbacks:
            callback.on_train_end(self._estimator)

    def poll(self) -> None:
        """Refresh what is shown; called about every 50 ms."""
        progress = self._progress()
        self._announce(progress)
        self._bar.show(progress["samples"], self._run.losses)

    def step(self) -> None:
        """Hand one step to callbacks."""
        progress = self._progress()
        for callback in self._per_step:
            callback.on_step(self._estimator, progress["step"])
        if self._verbose >= 2 and progress["step"] % _PRINT_EVERY == 0:
            losses = "  ".join(f"{name} {value:.4f}" for name, value in self._run.losses().items())
            say(f"step {progress['step']:,}  samples {progress['samples']:,}  {losses}")
        self._announce(progress)
        self._bar.show(progress["samples"], self._run.losses)

    def epoch(self) -> None:
        """Hand one epoch to callbacks, after it has been saved."""
        progress = self._progress()
        self._announce(progress)
        row = self._estimator.history_.row(-1)
        self._bar.show(progress["samples"], lambda: row)
        if self._save is not None:
            self._save()
        for callback in self._callbacks:
            callback.on_epoch_end(self._estimator, row)

    def _progress(self) -> dict[str, Any]:
        return json.loads(self._run.progress())

    def _announce(self, progress: dict[str, Any]) -> None:
        done = progress["samples"] - self._start["samples"]
        seconds = sum(self._run.history()["seconds"]) + progress["seconds"] - self._before()
        # The first steps are slower than the rest: memory is new, kernels are chosen.
        if self._announced or progress["step"] - self._start["step"] < 5 or seconds <= 0:
            return
        self._announced = True
        left = (self._total - self._start["samples"]) * seconds / done
        self._bar.say(f"{self._estimator._summary()}, about {_duration(left)}")

    def _before(self) -> float:
        rows = int(self._start["epoch"])
        return sum(self._run.history()["seconds"][:rows]) + self._start["seconds"]


class _Bar:
    """A progress bar where somebody looks at it, else nothing."""

    def __init__(self, wanted: bool | None, total: int, initial: int) -> None:
        self._bar: Any = None
        if not (_watched() if wanted is None else wanted):
            return
        with warnings.catch_warnings():
            # Without ipywidgets tqdm warns and draws text, which is good enough.
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm

            with contextlib.suppress(*_GONE):
                self._bar = tqdm(total=total, initial=initial, unit=" samples", unit_scale=True, mininterval=0.2)

    def show(self, samples: int, losses: Callable[[], dict[str, float]]) -> None:
        bar = self._bar
        # Losses are read from the device only when the bar is drawn.
        if bar is None or bar._time() - bar.last_print_t < bar.mininterval:
            return
        shown = {
            _short(name): f"{value:.3f}" for name, value in losses().items() if name.endswith("_loss") or name in _SHOWN
        }
        try:
            bar.set_postfix(shown, refresh=False)
            bar.update(samples - bar.n)
        except _GONE:
            # Whoever looked has gone; the training has not.
            self._bar = None

    def say(self, text: str) -> None:
        if self._bar is None:
            say(text)
        else:
            with contextlib.suppress(*_GONE):
                self._bar.write(text)

    def close(self, samples: int) -> None:
        if self._bar is not None:
            with contextlib.suppress(*_GONE):
                self._bar.update(samples - self._bar.n)
                self._bar.close()


def say(text: str) -> None:
    """Print, unless standard output is closed."""
    with contextlib.suppress(*_GONE):
        print(text, flush=True)


def _watched() -> bool:
    if "ipykernel" in sys.modules:
        return True
    with contextlib.suppress(*_GONE):
        return sys.stderr.isatty()
    return False


def _short(column: str) -> str:
    return column.removesuffix("_loss")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
