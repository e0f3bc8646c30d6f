"""Warnings: those of this package point at the line that called it, and those of others are kept away from it."""

import contextlib
import os
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import joblib
import sklearn

from ._callers import OURS, stack

# Pipelines and searches call for the user.
_BETWEEN = (OURS, *(str(Path(package.__file__).parent) + os.sep for package in (sklearn, joblib)))
# Filters of warnings are the process's, and threads come here at the same time.
_FILTERS = threading.Lock()


def warn(message: str, category: type[Warning]) -> None:
    """Warn, pointing at the line that called this package, directly or through scikit-learn.

    Where a thread of this package's own warns, it is the outermost line.
    """
    frames = list(stack())
    outside = (i for i, frame in enumerate(frames) if not frame.f_code.co_filename.startswith(_BETWEEN))
    # `warnings.warn` counts this function as the first.
    warnings.warn(message, category, stacklevel=next(outside, len(frames) - 1) + 2)


@contextlib.contextmanager
def filtered(action: str, category: type[Warning]) -> Iterator[None]:
    """Treat warnings of a category in another way; for short calls, because other threads wait.

    Parameters
    ----------
    action : {"ignore", "error"}
    category : type
    """
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter(action, category)  # type: ignore[arg-type]
        yield
