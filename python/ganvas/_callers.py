"""Who called: names in messages, and the lines that warnings point at."""

import itertools
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import sklearn

_OURS = str(Path(__file__).parent) + os.sep
# Pipelines and searches call for the user.
_BETWEEN = (_OURS, str(Path(sklearn.__file__).parent) + os.sep)


def method() -> str:
    """Return the name of the function of this package that was called from outside."""
    inside = itertools.takewhile(lambda frame: frame.f_code.co_filename.startswith(_OURS), _stack())
    return [frame.f_code.co_name for frame in inside][-1]


def warn(message: str, category: type[Warning]) -> None:
    """Warn, pointing at the line that called this package, directly or through scikit-learn.

    Where a thread of this package's own warns, it is the outermost line.
    """
    stack = list(_stack())
    outside = (i for i, frame in enumerate(stack) if not frame.f_code.co_filename.startswith(_BETWEEN))
    # `warnings.warn` counts this function as the first.
    warnings.warn(message, category, stacklevel=next(outside, len(stack) - 1) + 2)


def _stack() -> Iterator[FrameType]:
    """Go through the frames from the caller of the caller outwards."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        yield frame
        frame = frame.f_back
