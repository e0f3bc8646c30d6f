"""Plots common to all estimators."""

from typing import Any

import numpy as np

from .._checks import integer
from .._data.arrays import measure, read
from .._data.kinds import Kind
from .._data.scale import checked_range
from .._run.precision import evaluating
from .._run.random import seed_from
from ..data import load_digits
from ..exceptions import ParameterError
from ._fitted import Fitted

# Maximum number of classes that are plotted in columns.
_MOST_COLUMNS = 20


class Plots(Fitted):
    """Methods that plot data and samples."""

    channels: str | None
    kind: str | None
    value_range: Any

    def _reading(self) -> dict[str, Any]:
        """Return how arrays are read."""
        raise NotImplementedError

    def _samples(self, n: int, y: Any, seed: int | None) -> np.ndarray:
        """Generate samples in the core's form."""
        raise NotImplementedError

    def plot_data(self, X: Any = None, n: int = 64, ax: Any = None, *, tileset: Any = None) -> Any:
        """Plot the first samples of data as the estimator reads them.

        Does not require `fit`.

        Parameters
        ----------
        X : array-like, path or None
            As for `fit`.
        n : int, default 64
            Number of images, volumes, series, maps or rolls; rows are all plotted.
        ax : matplotlib Axes, optional
        tileset : mapping or None
            For maps of tiles: a colour or picture per symbol, as for `ganvas.plot.levels`. None: default colours.

        Returns
        -------
        matplotlib Axes
        """
        n = integer("n", n, 1)
        layout = getattr(self, "_layout", None)
        X = load_digits() if X is None else X
        reading = self._reading()
        array, layout = read(type(self)(), X, reading["channels"], layout, kind=reading["kind"])
        data = measure([array], layout, array.shape[1:], checked_range(self.value_range))
        looks = _looks(layout.kind, tileset)
        return layout.kind.draw(array[:n] if layout.kind.grid else array, data, ax, **looks)

    def plot_samples(
        self, n: int = 64, y: Any = None, ax: Any = None, random_state: Any = None, *, tileset: Any = None
    ) -> Any:
        """Plot samples: images, maps and piano rolls in a grid, volumes as solids, series as lines, rows as points.

        Rows of more than two columns are projected by PCA.

        Parameters
        ----------
        n : int, default 64
            Number of samples.
        y : label, array-like or None
            Labels of the samples, for a conditional model. None draws labels; images and series of up to 20 classes
            are arranged in columns, titled with the class names.
        ax : matplotlib Axes, optional
        random_state : int, RandomState, Generator or None
            As for `sample`; None continues the model's own random stream.
        tileset : mapping or None
            For maps of tiles: a colour or picture per symbol, as for `ganvas.plot.levels`. None: default colours.

        Returns
        -------
        matplotlib Axes
        """
        run = self._fitted()
        seed = None if random_state is None else seed_from(random_state)
        n, kind, columns, titles = integer("n", n, 1), self._layout.kind, None, None
        looks = _looks(kind, tileset)
        known = self._labels.known() if kind.grid and not self._labels.continuous else None
        if y is None and known is not None and len(known) <= min(n, _MOST_COLUMNS):
            y, titles = known[np.arange(n) % len(known)], list(known)
            columns = len(known) if len(known) > 1 else None
        elif known is not None and isinstance(y, str | int | float | np.generic):
            titles = [y]
        # Plotted in the core's layout, so that every dtype and axis order is displayed correctly.
        with evaluating(self):
            samples = self._samples(n, y, seed)
        return kind.draw(samples, run.data(), ax, columns, titles, **looks)

    def _drawn_as(self, samples: np.ndarray) -> np.ndarray:
        """Return images in 0..1 with one, three or four channels, or standardised rows."""
        return self._layout.kind.pictures(samples, self._run.data())


def _looks(kind: Kind, tileset: Any) -> dict[str, Any]:
    """Return the options of a kind's plot."""
    if tileset is not None and not kind.symbolic:
        raise ParameterError(f'tileset: expected None for kind="{kind.name}", which has no tiles')
    return {} if tileset is None else {"tileset": tileset}
