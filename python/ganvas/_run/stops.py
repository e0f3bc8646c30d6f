"""Context managers around training: profiling, SIGTERM, stopping."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import torch

from .. import _core
from ..estimators._attempt import Attempt
from ..exceptions import DeviceError
from .progress import interactive
from .ranks import Ranks


@contextlib.contextmanager
def profiled(path: str | os.PathLike[str] | None, attempt: Attempt) -> Iterator[None]:
    """Write a Chrome trace of the block, or with "nvtx" annotate operators for NVIDIA's profilers.

    An existing file is not changed before the first step.
    """
    if path is None:
        yield
        return
    if path == "nvtx":
        if not torch.cuda.is_available():
            raise DeviceError('profile: "nvtx" needs a CUDA device, this machine has none; use a path')
        with torch.autograd.profiler.emit_nvtx():
            yield
        return
    place = Path(path).expanduser()
    if not place.exists():
        attempt.on_refusal(lambda: place.unlink(missing_ok=True))
    # An unwritable path raises before training, not after it.
    with place.open("a", encoding="utf-8") as file:
        _core.trace_begin()
        try:
            yield
        finally:
            trace = _core.trace_end()
            if attempt.trained:
                file.truncate(0)
                file.write(trace)


@contextlib.contextmanager
def sigterm_exits(wanted: bool) -> Iterator[None]:
    """Turn SIGTERM into SystemExit(143), so that a checkpoint is written before exit."""
    if not wanted or threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(*_: object) -> None:
        raise SystemExit(143)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before if before is not None else signal.SIG_DFL)


class Stopped(BaseException):
    """Raised between two steps after a call of `stop`."""


def returns(stop: BaseException, on_interrupt: str | None, *, trained: bool) -> bool:
    """Return True if a stopped training returns normally, False if the exception is raised.

    Parameters
    ----------
    stop : BaseException
        Exception that stopped the training.
    on_interrupt : {"return", "raise"} or None
        The estimator's parameter.
    trained : bool
        True if at least one step was made.
    """
    if isinstance(stop, Stopped):
        return True
    # Before the first step there is nothing to keep; with several processes, the others would wait for this one.
    if not isinstance(stop, KeyboardInterrupt) or not trained or Ranks().count > 1:
        return False
    return interactive() if on_interrupt is None else on_interrupt == "return"
