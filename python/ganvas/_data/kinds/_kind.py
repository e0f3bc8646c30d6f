"""Interface of the kinds of data."""

from typing import Any, ClassVar

import numpy as np

from ... import _core
from ..scale import floats


class Kind:
    """A kind of data.

    The core's form of samples has the channels, features or columns last: ``(n, *sizes)``.

    Attributes
    ----------
    name : str
    shapes : str
        Shapes of arrays of samples, for messages.
    orders : tuple of str
        Orders of axes that arrays may have: "n" for samples, a letter for each other axis.
    columns : bool
        True if each column is standardised.
    grid : bool
        True if samples are drawn side by side.
    files : bool
        True if samples can be read from files of pictures.
    """

    name: ClassVar[str]
    shapes: ClassVar[str]
    orders: ClassVar[tuple[str, ...]]
    columns: ClassVar[bool] = False
    grid: ClassVar[bool] = True
    files: ClassVar[bool] = False

    def likely(self, shape: tuple[int, ...], channels: str | None) -> bool:
        """Return True if an array of this shape is taken for samples of this kind, if the user names none."""
        return False

    def axes(self, shape: tuple[int, ...], channels: str | None) -> str:
        """Return the order of the axes of an array with as many axes as one of `orders`."""
        return next(order for order in self.orders if len(order) == len(shape))

    def arranged(self, array: np.ndarray, axes: str) -> np.ndarray:
        """Bring samples with these axes into the core's form."""
        return floats(array)

    def restored(self, samples: np.ndarray, axes: str) -> np.ndarray:
        """Bring samples of the core into these axes."""
        return samples

    def bare(self, samples: np.ndarray, axes: str) -> np.ndarray:
        """Drop the axis of channels from values in the core's form, if an array with these axes has none."""
        return samples

    def words(self, data: _core.Data, layout: Any) -> str:
        """Describe data in a few words."""
        raise NotImplementedError

    def draw(
        self, samples: np.ndarray, data: _core.Data, ax: Any, columns: int | None = None, titles: Any = None
    ) -> Any:
        """Draw samples of the core."""
        raise NotImplementedError

    def pictures(self, samples: np.ndarray, data: _core.Data) -> np.ndarray:
        """Convert samples of the core to images in 0..1 with one, three or four channels, or to standardised rows."""
        raise NotImplementedError

    def maps(self, difference: np.ndarray, data: _core.Data) -> np.ndarray:
        """Convert differences of samples to anomaly maps of their `pictures`."""
        raise NotImplementedError
