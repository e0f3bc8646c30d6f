"""Kinds of data, one file each: which arrays are samples of it, and how they are described and drawn."""

from typing import Any

from ._kind import Kind
from .image import Image
from .roll import Roll
from .row import Row
from .scores import Scores
from .series import Series
from .text import Text
from .tiles import Tiles
from .volume import Volume

# Of arrays.
KINDS: dict[str, Kind] = {kind.name: kind for kind in (Row(), Roll(), Volume(), Image(), Series(), Tiles())}

TEXT = Text()


def with_axes(axes: str) -> Kind:
    """Return the kind whose arrays have these axes."""
    return next(kind for kind in (*KINDS.values(), TEXT) if axes in kind.orders)


def likely(array: Any, channels: str | None) -> Kind | None:
    """Return the kind that an array is taken for, if the user names none."""
    kinds = [kind for kind in KINDS.values() if kind.symbolic == (array.dtype.kind in "US")]
    return next((kind for kind in kinds if kind.likely(array.shape, channels)), None)


__all__ = ["KINDS", "TEXT", "Kind", "Scores", "Text", "likely", "with_axes"]
