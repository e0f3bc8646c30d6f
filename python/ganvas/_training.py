"""What is put around training: a trace of it, and a way out for SIGTERM."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import torch

from . import _core
from .exceptions import DeviceError


@contextlib.contextmanager
def profiled(path: str | os.PathLike[str] | None) -> Iterator[None]:
    """Write a Chrome trace of what is done inside, or with "nvtx" name every operator for NVIDIA's profilers."""
    if path is None:
        yield
        return
    if path == "nvtx":
        if not torch.cuda.is_available():
            raise DeviceError('profile: "nvtx" needs a CUDA device, this machine has none; use a path')
        with torch.autograd.profiler.emit_nvtx():
            yield
        return
    # A place that cannot be written to is told before training, not after it.
    with Path(path).open("w", encoding="utf-8") as file:
        _core.trace_begin()
        try:
            yield
        finally:
            file.write(_core.trace_end())


@contextlib.contextmanager
def sigterm_exits(wanted: bool) -> Iterator[None]:
    """Turn SIGTERM into SystemExit(143), so that a checkpoint can be written on the way out."""
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
