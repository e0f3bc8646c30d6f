"""Callers of this package: for messages that name the user's method, and warnings that point to the user's line."""

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

# Prefix of the paths of this package's files.
OURS = str(Path(__file__).parent) + os.sep


def method() -> str:
    """Return the name of the function of this package that was called from outside."""
    inside = itertools.takewhile(lambda frame: frame.f_code.co_filename.startswith(OURS), stack())
    return [frame.f_code.co_name for frame in inside][-1]


def stack() -> Iterator[FrameType]:
    """Iterate over the frames from the caller's caller outwards."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        yield frame
        frame = frame.f_back
