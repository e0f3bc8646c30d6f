"""Who called: for messages that name the user's method, and warnings that point at the user's line."""

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

# How the names of this package's files begin.
OURS = str(Path(__file__).parent) + os.sep


def method() -> str:
    """Return the name of the function of this package that was called from outside."""
    inside = itertools.takewhile(lambda frame: frame.f_code.co_filename.startswith(OURS), stack())
    return [frame.f_code.co_name for frame in inside][-1]


def stack() -> Iterator[FrameType]:
    """Go through the frames from the caller of the caller outwards."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        yield frame
        frame = frame.f_back
