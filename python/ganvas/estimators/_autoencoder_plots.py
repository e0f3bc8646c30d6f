"""Plots of estimators with an encoder and a decoder."""

from statistics import NormalDist
from typing import Any

import numpy as np

from .. import plot
from .._checks import integer
from ..exceptions import ParameterError
from ._detector import Detector


class AutoencoderPlots(Detector):
    """Methods that draw reconstructions, latents and anomalies."""

    def plot_reconstructions(self, X: Any, y: Any = None, n: int = 8, ax: Any = None) -> Any:
        """Plot samples above their reconstructions.

        Parameters
        ----------
        X, y : array-like
            Samples, and labels for a conditional model.
        n : int, default 8
            Number of samples, from the first.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        array, codes = self._first(n, *self._read(X, y))
        return plot.reconstructions(self._drawn_as(array), self._drawn_as(self._reconstructed(array, codes)), ax=ax)

    def plot_latent(self, X: Any, y: Any = None, ax: Any = None) -> Any:
        """Plot the latents of samples in the plane.

        Latents of more than two dimensions are projected by PCA.

        Parameters
        ----------
        X : array-like
            Samples.
        y : array-like or None
            Labels or numbers that colour the points; not used for encoding.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        return plot.latent(self._encoded(X), y, ax=ax)

    def plot_manifold(self, n: int = 20, y: Any = None, ax: Any = None) -> Any:
        """Plot the decoded samples of a grid in a two-dimensional latent space.

        Grid lines are quantiles of the standard normal distribution, so that all cells have equal probability (Kingma
        and Welling, "Auto-Encoding Variational Bayes", 2014, figure 4).

        Parameters
        ----------
        n : int, default 20
            Samples per side.
        y : label or None
            Label of all samples, for a conditional model.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ParameterError
            The latent dimension is not two.
        """
        self._fitted()
        n = integer("n", n, 2)
        if self._run.code() != [2]:
            raise ParameterError(f"plot_manifold: needs latent_dim=2, got {self.latent_dim_}")
        line = np.array([NormalDist().inv_cdf((i + 0.5) / n) for i in range(n)])
        grid = np.stack(np.meshgrid(line, line[::-1]), axis=-1).reshape(-1, 2)
        images = self._drawn_as(self._decode(grid, y))
        if images.ndim == 2:
            raise ParameterError("plot_manifold: draws images, this model was fitted on rows")
        return plot.manifold(images.reshape(n, n, *images.shape[1:]), ax=ax)

    def plot_anomalies(self, X: Any, y: Any = None, n: int = 8, ax: Any = None) -> Any:
        """Plot the most anomalous samples and their differences from the reconstructions.

        The number at each sample is its `decision_function`; negative ones are marked.

        Parameters
        ----------
        X, y : array-like
            Samples, and labels for a conditional model.
        n : int, default 8
            Number of samples.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        array, codes = self._read(X, y)
        scores = self._decided(array, codes)
        worst = np.argsort(scores, kind="stable")[: integer("n", n, 1)]
        array, codes = array[worst], None if codes is None else codes[worst]
        kind = self._layout.kind
        maps = kind.maps(kind.apart(array, self._reconstructed(array, codes), self._run.data()))
        return plot.anomalies(self._drawn_as(array), maps, scores[worst], 0.0, ax=ax)
