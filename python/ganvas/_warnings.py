"""Warnings: those of this package point to the caller's line, and those of other packages are filtered."""

import contextlib
import os
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import joblib
import sklearn

from ._callers import OURS, stack

# Packages that call ganvas on behalf of the user.
_BETWEEN = (OURS, *(str(Path(package.__path__[0])) + os.sep for package in (sklearn, joblib)))
# Warning filters are global to the process and not thread-safe.
_FILTERS = threading.Lock()


def warn(message: str, category: type[Warning]) -> None:
    """Warn, pointing to the line that called this package, directly or through scikit-learn.

    For warnings in a thread of this package, the outermost line.
    """
    frames = list(stack())
    outside = (i for i, frame in enumerate(frames) if not frame.f_code.co_filename.startswith(_BETWEEN))
    # `warnings.warn` counts this function as the first.
    warnings.warn(message, category, stacklevel=next(outside, len(frames) - 1) + 2)


@contextlib.contextmanager
def filtered(action: str, category: type[Warning]) -> Iterator[None]:
    """Context manager that filters warnings of a category; other threads wait, so keep it short.

    Parameters
    ----------
    action : {"ignore", "error"}
    category : type
    """
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter(action, category)  # type: ignore[arg-type]
        yield
