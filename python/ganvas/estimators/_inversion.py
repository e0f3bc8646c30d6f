"""Inversion of a generator or decoder: the latents whose samples are nearest to given ones."""

from typing import Any, ClassVar, NamedTuple

import numpy as np

from .. import plot
from .._checks import integer
from .._data.frames import index_of
from .._run.precision import evaluating
from ._array_trainer import ArrayTrainer

# Seed of the random starts.
_RESTARTS = 0x5EED_0002
_MOST_STARTS, _MOST_STEPS = 1_000, 1_000_000
# Weight of the mean squared latent beside the mean squared error, as a fraction of the variance of generated samples.
_PRIOR = 1e-3
# Samples of the core, and their labels.
Sought = tuple[np.ndarray, np.ndarray | None]


class Hole(NamedTuple):
    """How a search weighs values and latents.

    Parameters
    ----------
    weights : numpy.ndarray or None
        How much each value counts, float32 and of the shape of the samples; None weighs all equally.
    prior : float
        Weight of the mean squared latent, relative to the variance of samples and to the mean square of latents.
    seed : int
        Seed of the random starts.
    """

    weights: np.ndarray | None = None
    prior: float = _PRIOR
    seed: int = _RESTARTS


class Inversion(NamedTuple):
    """Latents of samples, and what the generator makes of them.

    Parameters
    ----------
    latents : numpy.ndarray of shape (n, latent_dim), float32
    reconstruction : samples
        The generator's samples for these latents, in the form of the training data.
    distance : numpy.ndarray of shape (n,), float32
        Root mean square difference of each sample from its reconstruction: for images as a fraction of their range
        (0..1), for rows and series in standard deviations of each column or feature, for tiles of one-hot vectors.
    """

    latents: np.ndarray
    reconstruction: Any
    distance: np.ndarray


class LatentInversion(ArrayTrainer):
    """Methods that find latents of samples."""

    # The network that takes latents.
    _maker: ClassVar[str]

    def _sought(self, X: Any, y: Any) -> Sought:
        """Read samples, and the labels that the search needs."""
        self._check_latents()
        return self._labelled(*self._read(X, y))

    def _check_latents(self) -> None:
        """Raise if the model is not fitted, or has no latents that can be moved."""
        self._fitted()

    def _labelled(self, array: np.ndarray, codes: np.ndarray | None) -> Sought:
        """Find the labels of samples that were given none; raises if the model needs them."""
        raise NotImplementedError

    def _random_starts(self, n: int, starts: int, codes: np.ndarray | None, seed: int) -> np.ndarray:
        """Draw latents ``(n, starts, latent_dim)``, those of a sample independently of the other samples."""
        raise NotImplementedError

    def _guessed(self, array: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        """Guess latents ``(n, latent_dim)`` by an encoder."""
        raise NotImplementedError

    def _made(self, latents: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        """Generate samples of the core from latents."""
        raise NotImplementedError

    def invert(self, X: Any, y: Any = None, steps: int = 200, starts: int = 8) -> Inversion:
        """Find the latents whose samples are nearest to X.

        Adam moves latents through the fixed generator or decoder, for all samples and starts together. The loss is the
        mean squared error in the network's range plus the mean squared latent, weighted by a thousandth of the variance
        of generated samples, which keeps latents where the network was trained. The learning rate falls from 0.1 to 0
        along a cosine. The first start is the guess of an encoder; the others are random. The latents with the smallest
        loss are returned, those of any start and step.

        The encoder of a GAN is a ridge regression from samples that the generator makes to their latents, whose guesses
        are shortened to the usual length of latents, and its random starts are drawn as for `sample`. An autoencoder
        has an encoder of its own, and its random starts are drawn from a mixture of Gaussians fitted to the latents of
        the training data; the squares of its latents count relative to theirs.

        Parameters
        ----------
        X : array-like
            Samples in the form of the training data, at least one.
        y : array-like, label or None
            Labels; required by a conditional GAN, also by one with `codes`. None: for an autoencoder, the most likely
            class of each sample, or the mean of numeric labels.
        steps : int, default 200
            Number of steps of Adam, at least 0: 0 returns the best start.
        starts : int, default 8
            Number of starts per sample, from 1, the encoder's guess alone, to 1,000. More starts cost more time, and
            find better latents where the error has several minima.

        Returns
        -------
        latents : numpy.ndarray of shape (n, latent_dim), float32
            To be passed to `interpolate` and `traverse` of a GAN, or to `generator_`; to `inverse_transform` or
            `decoder_` of an autoencoder.
        reconstruction : samples
            The samples of these latents, in the form of X.
        distance : numpy.ndarray of shape (n,), float32
            Root mean square difference of each sample from its reconstruction: for images as a fraction of their range
            (0..1), for rows and series in standard deviations of each column or feature, for tiles of one-hot vectors.

        Raises
        ------
        NotFittedError, ShapeError, DtypeError, DataError
        ParameterError
            Labels are missing, `steps` or `starts` is out of range, or the model has no latents to be moved: it was
            fitted on texts, or is vector-quantised.

        Notes
        -----
        The result is deterministic on one machine, and the model's random stream is not advanced. Ctrl-C interrupts the
        search. A model does not reach all samples: a large distance of real data says that the model lacks them, and
        reconstructions look like other samples of the model. Those of an autoencoder are nearer than the ones of
        `reconstruct`, which encodes a sample without any search.

        References
        ----------
        J.-Y. Zhu, P. Krähenbühl, E. Shechtman, A. A. Efros, "Generative Visual Manipulation on the Natural Image
        Manifold", 2016.
        A. Bora, A. Jalal, E. Price, A. G. Dimakis, "Compressed Sensing using Generative Models", 2017.
        """
        array, codes = self._sought(X, y)
        latents, made = self._inverted(array, codes, steps, starts)
        return Inversion(latents, self._layout.restore(made, index_of(X)), self._distances(array, made))

    def plot_inversion(
        self, X: Any, y: Any = None, n: int = 8, steps: int = 200, starts: int = 8, ax: Any = None
    ) -> Any:
        """Plot samples, the nearest samples of the generator, and differences.

        Parameters
        ----------
        X, y, steps, starts
            As for `invert`.
        n : int, default 8
            Number of samples, from the first.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        array, codes = self._first(n, *self._sought(X, y))
        _, made = self._inverted(array, codes, steps, starts)
        kind = self._layout.kind
        apart = kind.maps(kind.apart(array, made, self._run.data()))
        return plot.inversion(self._drawn_as(array), self._drawn_as(made), apart, self._distances(array, made), ax=ax)

    def _inverted(
        self, array: np.ndarray, codes: np.ndarray | None, steps: int, starts: int, hole: Hole | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return latents of samples of the core, and the generator's samples for them."""
        steps, starts = integer("steps", steps, 0, _MOST_STEPS), integer("starts", starts, 1, _MOST_STARTS)
        hole, n = hole or Hole(), len(array)
        with evaluating(self):
            others = self._random_starts(n, starts, codes, hole.seed)[:, 1:]
            first = np.concatenate([self._guessed(array, codes).reshape(n, 1, -1), others], axis=1)
            first = np.ascontiguousarray(first, np.float32)
            prior = hole.prior / max(self._square(), 1e-12)
            latents = self._run.nearest(self._maker, array, first, steps, prior, codes, hole.weights)
            return latents, self._made(latents, codes)

    def _square(self) -> float:
        """Return the mean squared latent value of the training data."""
        return 1.0

    def _distances(self, array: np.ndarray, made: np.ndarray) -> np.ndarray:
        kind, data = self._layout.kind, self._run.data()
        apart = (kind.scaled(array, data) - kind.scaled(made, data)).reshape(len(array), -1).astype(np.float64)
        root: np.ndarray = np.sqrt((apart**2).mean(1)).astype(np.float32)
        return root
