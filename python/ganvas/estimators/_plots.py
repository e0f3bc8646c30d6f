"""Plots common to all estimators."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.decomposition import PCA

from .. import plot
from .._checks import integer
from .._data.arrays import measure, read
from .._data.scale import checked_range, scaled
from .._run.precision import evaluating
from .._run.random import seed_from
from ..data import load_digits

# Maximum number of classes that are plotted in columns.
_MOST_COLUMNS = 20


class Plots:
    """Methods that plot data, samples and history."""

    if TYPE_CHECKING:
        # Attributes of the estimator that uses this mixin.
        def __getattr__(self, name: str) -> Any: ...

    def plot_data(self, X: Any = None, n: int = 64, ax: Any = None) -> Any:
        """Plot the first samples of data as the estimator reads them.

        Does not require `fit`.

        Parameters
        ----------
        X : array-like, path or None
            As for `fit`.
        n : int, default 64
            Number of images or volumes; rows are all plotted.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        n = integer("n", n, 1)
        layout = getattr(self, "_layout", None)
        array, layout = read(type(self)(), load_digits() if X is None else X, self.channels, layout)
        return draw(
            array if array.ndim == 2 else array[:n], measure([array], layout, checked_range(self.value_range)), ax
        )

    def plot_samples(self, n: int = 64, y: Any = None, ax: Any = None, random_state: Any = None) -> Any:
        """Plot samples: images in a grid, volumes as solids, rows as points in the plane.

        Rows of more than two columns are projected by PCA.

        Parameters
        ----------
        n : int, default 64
            Number of samples.
        y : label, array-like or None
            Labels of the samples, for a conditional model. None draws labels; images of up to 20 classes are arranged
            in columns, titled with the class names.
        ax : matplotlib Axes, optional
        random_state : int, RandomState, Generator or None
            As for `sample`; None continues the model's own random stream.

        Returns
        -------
        matplotlib Axes
        """
        run = self._fitted()
        seed = None if random_state is None else seed_from(random_state)
        n, data, columns, titles = integer("n", n, 1), json.loads(run.data()), None, None
        known = self._labels.known()
        alone = data["kind"] == "image" and known is not None and not self._labels.continuous
        if y is None and alone and len(known) <= min(n, _MOST_COLUMNS):
            y, titles = known[np.arange(n) % len(known)], list(known)
            columns = len(known) if len(known) > 1 else None
        elif alone and isinstance(y, str | int | float | np.generic):
            titles = [y]
        # Plotted in the core's layout, so that every dtype and axis order is displayed correctly.
        with evaluating(self):
            samples = self._samples(n, y, seed)
        return draw(samples, data, ax, columns, titles)

    def plot_history(self, ax: Any = None) -> Any:
        """Plot the losses against the number of training samples.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        self._fitted()
        return plot.history(self.history_, ax=ax)


def draw(
    samples: np.ndarray, data: dict[str, Any], ax: Any, columns: int | None = None, titles: list[Any] | None = None
) -> Any:
    if samples.ndim == 5:
        return plot.voxels(scaled(samples, data), ax=ax, columns=columns, titles=titles)
    if samples.ndim == 4:
        samples = scaled(samples, data)
        channels = samples.shape[-1]
        shown = 1 if channels < 3 else 3
        shown_as = samples if channels in (1, 3, 4) else samples[..., :shown]
        return plot.grid(shown_as, ax=ax, columns=columns, titles=titles)
    if samples.shape[1] > 2:
        # If all points are equal, their mean is that point.
        differ = np.ptp(samples, axis=0).any()
        samples = PCA(2).fit_transform(samples) if differ else np.zeros((len(samples), 2))
    elif samples.shape[1] == 1:
        samples = np.column_stack([samples[:, 0], np.zeros(len(samples))])
    return plot.scatter2d(samples, ax=ax)
