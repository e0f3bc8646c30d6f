"""Interface of the kinds of data."""

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np

from ... import _core
from ..scale import floats, scaled
from ..windows import interpolated


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
    symbolic : bool
        True if values are symbols, without order or distance.
    projection : str or None
        Projection of the Axes that samples are drawn on; None is the plane.
    """

    name: ClassVar[str]
    shapes: ClassVar[str]
    orders: ClassVar[tuple[str, ...]]
    columns: ClassVar[bool] = False
    grid: ClassVar[bool] = True
    files: ClassVar[bool] = False
    symbolic: ClassVar[bool] = False
    projection: ClassVar[str | None] = None

    def read(self, X: Any) -> Any:
        """Convert forms of samples that NumPy does not read as one array; other forms are returned unchanged."""
        return X

    def symbols(self, array: np.ndarray) -> list[Any] | None:
        """Return the symbols of training data in the order of their codes; None if values are numbers."""
        return None

    def of(self, symbols: list[Any] | None) -> "Kind":
        """Return the kind for data with these symbols."""
        return self

    def likely(self, shape: tuple[int, ...], channels: str | None) -> bool:
        """Return True if an array of this shape is taken for samples of this kind, if the user names none."""
        return False

    def axes(self, shape: tuple[int, ...], channels: str | None) -> str:
        """Return the order of the axes of an array with as many axes as one of `orders`."""
        return next(order for order in self.orders if len(order) == len(shape))

    def ordered(self, array: np.ndarray, axes: str) -> np.ndarray:
        """Bring values with these axes into the core's order of axes."""
        return array

    def arranged(self, array: np.ndarray, axes: str) -> np.ndarray:
        """Bring samples with these axes into the core's form."""
        return floats(array)

    def restored(self, samples: np.ndarray, axes: str) -> np.ndarray:
        """Bring samples of the core into these axes."""
        return samples

    def checked(self, parts: Iterable[np.ndarray], ends: tuple[float, float] | None) -> Iterable[np.ndarray]:
        """Return the parts of data in the core's form, which are checked on the way; `ends` is the range, if known."""
        return parts

    def bare(self, samples: np.ndarray, axes: str) -> np.ndarray:
        """Drop the axis of channels from values in the core's form, if an array with these axes has none."""
        return samples

    def scaled(self, samples: np.ndarray, data: _core.Data) -> np.ndarray:
        """Bring samples of the core to a common scale, in which Euclidean distances are meaningful; float32."""
        return scaled(samples, data)

    def mean(self, samples: np.ndarray) -> np.ndarray:
        """Return samples whose mean in the network's range is that of the given ones, in float64."""
        return samples.mean(0, dtype=np.float64, keepdims=True)

    def apart(self, samples: np.ndarray, others: np.ndarray, data: _core.Data) -> np.ndarray:
        """Return the absolute difference of each value, on the common scale; float32."""
        difference = np.abs(samples - others)
        return (difference / np.asarray(data.unit, difference.dtype)).astype(np.float32, copy=False)

    def occluded(self, samples: np.ndarray, window: tuple[slice, ...], data: _core.Data) -> np.ndarray:
        """Return values that say little, to take the place of those in a window.

        Parameters
        ----------
        samples : numpy.ndarray
            Samples of the core; floats, unless values are symbols.
        window : tuple of slice
            A range along each side; of rows, a range of columns.

        Returns
        -------
        numpy.ndarray
            What fits into ``samples[:, *window]``.
        """
        return interpolated(samples, window)

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

    def maps(self, apart: np.ndarray) -> np.ndarray:
        """Convert the result of `apart` to anomaly maps of the `pictures`."""
        return apart
