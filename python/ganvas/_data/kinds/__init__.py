"""Kinds of data, one file each: which arrays are samples of it, and how they are described and drawn."""

from ._kind import Kind
from .image import Image
from .row import Row
from .series import Series
from .volume import Volume

KINDS: dict[str, Kind] = {kind.name: kind for kind in (Row(), Volume(), Image(), Series())}


def with_axes(axes: str) -> Kind:
    """Return the kind whose arrays have these axes."""
    return next(kind for kind in KINDS.values() if axes in kind.orders)


def likely(shape: tuple[int, ...], channels: str | None) -> Kind | None:
    """Return the kind that an array of this shape is taken for, if the user names none."""
    return next((kind for kind in KINDS.values() if kind.likely(shape, channels)), None)
