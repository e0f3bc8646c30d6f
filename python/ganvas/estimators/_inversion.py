"""Inversion of a generator: the latents whose samples are nearest to given ones."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.linear_model import RidgeCV

from .. import plot
from .._checks import integer
from .._data.frames import index_of
from .._run.precision import evaluating
from ..exceptions import ParameterError
from ._array_trainer import ArrayTrainer

# Samples that the encoder is fitted to, at most and at least, and the number of their values that is not exceeded
# between these limits.
_MOST, _LEAST, _VALUES = 2_000, 256, 1 << 24
# Strengths of the ridge among which the leave-one-out error decides, per value of a sample.
_RIDGES = (1e-3, 1e-2, 1e-1, 1.0)
# Seeds of the latents of these samples and of the random starts.
_EXAMPLES, _RESTARTS = 0x5EED_0001, 0x5EED_0002
_MOST_STARTS, _MOST_STEPS = 1_000, 1_000_000


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


class GanInversion(ArrayTrainer):
    """Methods that find latents of samples."""

    def invert(self, X: Any, y: Any = None, steps: int = 200, starts: int = 8) -> Inversion:
        """Find the latents whose samples are nearest to X.

        Adam moves latents through the fixed generator, for all samples and starts together. The loss is the mean
        squared error in the network's range plus the mean squared latent, weighted by a thousandth of the variance of
        generated samples, which keeps latents where the generator was trained. The learning rate falls from 0.1 to 0
        along a cosine. The first start is the guess of an encoder, a ridge regression from samples that the generator
        makes to their latents, shortened to the usual length of latents; the others are random. The latents with the
        smallest error are returned, those of any start and step.

        Parameters
        ----------
        X : array-like
            Samples in the form of the training data, at least one.
        y : array-like, label or None
            Labels; required by a conditional model, also by one with `codes`.
        steps : int, default 200
            Number of steps of Adam, at least 0: 0 returns the best start.
        starts : int, default 8
            Number of starts per sample, from 1, the encoder's guess alone, to 1,000. More starts cost more time, and
            find better latents where the error has several minima.

        Returns
        -------
        latents : numpy.ndarray of shape (n, latent_dim), float32
            To be passed to `interpolate` and `traverse`, or to `generator_`.
        reconstruction : samples
            The samples of these latents, in the form of X.
        distance : numpy.ndarray of shape (n,), float32
            Root mean square difference of each sample from its reconstruction: for images as a fraction of their range
            (0..1), for rows and series in standard deviations of each column or feature, for tiles of one-hot vectors.

        Raises
        ------
        NotFittedError, ShapeError, DtypeError, DataError
        ParameterError
            Labels are missing, or `steps` or `starts` is out of range.

        Notes
        -----
        The result is deterministic on one machine, and the model's random stream is not advanced. Ctrl-C interrupts the
        search. A generator does not reach all samples: a large distance of real data says that the model lacks them,
        and reconstructions look like other samples of the model.

        References
        ----------
        J.-Y. Zhu, P. Krähenbühl, E. Shechtman, A. A. Efros, "Generative Visual Manipulation on the Natural Image
        Manifold", 2016.
        A. Bora, A. Jalal, E. Price, A. G. Dimakis, "Compressed Sensing using Generative Models", 2017.
        """
        self._fitted()
        array, codes = self._read(X, y)
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
        self._fitted()
        array, codes = self._read(X, y)
        n = min(integer("n", n, 1), len(array))
        array, codes = array[:n], None if codes is None else codes[:n]
        _, made = self._inverted(array, codes, steps, starts)
        kind = self._layout.kind
        apart = kind.maps(kind.apart(array, made, self._run.data()))
        return plot.inversion(self._drawn_as(array), self._drawn_as(made), apart, self._distances(array, made), ax=ax)

    def _inverted(
        self, array: np.ndarray, codes: np.ndarray | None, steps: int, starts: int, weights: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return latents of samples of the core, and the generator's samples for them.

        `weights`, float32 and of the shape of `array`, say how much each value counts.
        """
        steps, starts = integer("steps", steps, 0, _MOST_STEPS), integer("starts", starts, 1, _MOST_STARTS)
        if codes is None and self._labels.kind != "none":
            what = "codes of its own" if self._labels.kind == "codes" else "labels"
            raise ParameterError(f"y: expected labels of the samples for a model with {what}, got None")
        run, n = self._run, len(array)
        with evaluating(self):
            guesses = self._guessed(array, codes)
            others = run.starts(n * starts, _RESTARTS).reshape(n, starts, -1)[:, 1:]
            first = np.ascontiguousarray(np.concatenate([guesses, others], axis=1), np.float32)
            latents = run.nearest("generator", array, first, steps, codes, weights)
            return latents, run.generate(latents, 0, codes)

    def _guessed(self, array: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        """Guess latents ``(n, 1, latent_dim)`` by a regression that is fitted to generated samples."""
        run = self._run
        count = int(np.clip(_VALUES // int(np.prod(array.shape[1:])), _LEAST, _MOST))
        labels = None if codes is None else codes[np.arange(count) % len(codes)]
        latents = run.starts(count, _EXAMPLES)
        examples = self._features(run.generate(latents, 0, labels), labels)
        wanted = self._features(array, codes)
        middle = examples.mean(0)
        ridges = np.array(_RIDGES) * examples.shape[1]
        encoder = RidgeCV(alphas=ridges).fit(examples - middle, latents)
        guesses = encoder.predict(wanted - middle)
        # Of samples unlike any generated one, a linear regression gives latents unlike any that were drawn.
        longest = np.sqrt(guesses.shape[1])
        guesses *= np.minimum(1, longest / np.maximum(np.linalg.norm(guesses, axis=1, keepdims=True), 1e-12))
        return guesses.reshape(len(array), 1, -1)

    def _features(self, array: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        """Return samples on their common scale as rows, beside their labels."""
        rows = self._layout.kind.scaled(array, self._run.data()).reshape(len(array), -1)
        if codes is None:
            return rows
        marks = np.eye(len(self._labels.classes), dtype=np.float32)[codes] if codes.ndim == 1 else codes
        return np.hstack([rows, marks.astype(np.float32)])

    def _distances(self, array: np.ndarray, made: np.ndarray) -> np.ndarray:
        kind, data = self._layout.kind, self._run.data()
        apart = (kind.scaled(array, data) - kind.scaled(made, data)).reshape(len(array), -1).astype(np.float64)
        root: np.ndarray = np.sqrt((apart**2).mean(1)).astype(np.float32)
        return root
