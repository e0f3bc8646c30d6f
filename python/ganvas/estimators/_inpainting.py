"""Inpainting: completion of samples of which only some values are known."""

from typing import Any

import numpy as np

from .. import plot
from .._data.frames import index_of
from .._data.known import filled, read_known
from .._run.precision import evaluating
from .._run.random import seed_from
from ..exceptions import ShapeError
from ._inversion import Hole, LatentInversion

# Weight of the mean squared latent beside the mean squared error of the known values. It is larger than in an
# inversion: few known values leave latents free, of which probable ones are wanted.
_PRIOR = 0.05
# Number of generated samples from which unknown values are taken for the encoder, at most and at least, and the number
# of their values that is not exceeded between these limits.
_MOST, _LEAST, _VALUES = 256, 16, 1 << 24


class Inpainting(LatentInversion):
    """Methods that complete samples."""

    def inpaint(
        self, X: Any, known: Any, y: Any = None, steps: int = 200, starts: int = 8, random_state: Any = 0
    ) -> Any:
        """Complete samples of which only some values are known.

        The latents are searched whose samples are nearest to the known values, as in `invert`, and unknown values are
        taken from these samples. The mean squared latent has a larger weight than in `invert`, a twentieth of the
        variance of generated samples. The first start is the guess of an encoder for the sample whose unknown values
        are those of the nearest of 256 generated samples (fewer above 65,536 values a sample).

        Parameters
        ----------
        X : array-like
            Samples in the form of the training data, at least one. Unknown values are ignored; they may be NaN, or
            symbols that the model does not know.
        known : array-like of bool, or of the integers 0 and 1
            True where a value is known, as ``~np.isnan(X)``; inverted masks, True in the hole, are passed as ``~mask``.
            Of the shape of X, without its axis of channels (of features, for series), or also without its axis of
            samples, for one mask of all samples; axes of size 1 are repeated.
        y : array-like, label or None
            Labels; required by a conditional GAN, also by one with `codes`. None: for an autoencoder, the most likely
            class of each sample with its unknown values from a generated sample, or the mean of numeric labels.
        steps : int, default 200
            Number of steps of Adam, at least 0: 0 takes the best start.
        starts : int, default 8
            Number of starts per sample, from 1 to 1,000.
        random_state : int, RandomState or Generator, default 0
            Seed of the random starts. Another seed may find another completion.

        Returns
        -------
        samples
            In the form of the training data; for a pandas frame with its index. Known values equal those of X, as far
            as the dtype of the training data holds them; integers beyond 2^53 are rounded.

        Raises
        ------
        NotFittedError
        ShapeError, DtypeError, DataError
            X or `known` has another shape or dtype, a known value is not finite or of another scale than the training
            data, or a sample has no known value.
        ParameterError
            Labels are missing, `steps` or `starts` is out of range, or the model has no latents to be moved: it was
            fitted on texts, or is vector-quantised.

        Notes
        -----
        The result is deterministic on one machine for the same seed, and the model's random stream is not advanced.

        The model completes a sample by what it can generate: where no sample of the model is near to the known values,
        edges of the hole remain visible, because known values are not blended. A completion is one of many that are
        plausible; the mean of the training data may have a smaller squared error if the known values say little.

        References
        ----------
        R. A. Yeh, C. Chen, T. Y. Lim, A. G. Schwing, M. Hasegawa-Johnson, M. N. Do, "Semantic Image Inpainting with
        Deep Generative Models", 2017; without their loss of a discriminator and their blending.
        A. Bora, A. Jalal, E. Price, A. G. Dimakis, "Compressed Sensing using Generative Models", 2017.

        Examples
        --------
        >>> import ganvas
        >>> digits = ganvas.data.load_digits()
        >>> vae = ganvas.VaeTrainer(epochs=1, random_state=0, verbose=0).fit(digits)
        >>> known = digits[0] >= 0
        >>> known[8:] = False
        >>> completed = vae.inpaint(digits[:4], known, steps=20)
        >>> completed.shape, bool((completed == digits[:4])[:, known].all())
        ((4, 16, 16), True)
        """
        array, marks, codes = self._partly(X, known, y)
        made = self._completed(array, marks, codes, steps, starts, random_state)
        return self._layout.restore(made, index_of(X))

    def plot_inpainted(
        self,
        X: Any,
        known: Any,
        y: Any = None,
        n: int = 8,
        truth: Any = None,
        steps: int = 200,
        starts: int = 8,
        random_state: Any = 0,
        ax: Any = None,
    ) -> Any:
        """Plot the known values of samples above the completed samples.

        Parameters
        ----------
        X, known, y, steps, starts, random_state
            As for `inpaint`.
        n : int, default 8
            Number of samples, from the first.
        truth : array-like or None
            The whole samples, drawn below; X itself, if its unknown values are only hidden by `known`.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        array, marks, codes = self._partly(X, known, y)
        whole = None if truth is None else self._read(truth)[0]
        if whole is not None and len(whole) != len(array):
            raise ShapeError(f"truth: expected a sample for each of {len(array)} in X, got {len(whole)}")
        marks = self._first(n, marks)[0]
        array, codes = self._first(n, array, codes)
        made = self._completed(array, marks, codes, steps, starts, random_state)
        whole = None if whole is None else self._drawn_as(whole[: len(array)])
        # A pixel is known if all its channels are, and all voxels behind it.
        shown = self._layout.kind.maps((~marks).astype(np.float32)) == 0
        return plot.inpainting(self._drawn_as(array), shown, self._drawn_as(made), whole, ax=ax)

    def _partly(self, X: Any, known: Any, y: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Read samples, where they are known, and their labels; unknown values are those of a generated sample."""
        self._check_latents()
        X, y = self._opened(X, y)
        array, marks = read_known(self, X, known, self.channels, self._layout)
        codes = self._labels.code(y, len(array))
        count = int(np.clip(_VALUES // int(np.prod(array.shape[1:])), _LEAST, _MOST))
        with evaluating(self):
            others = self._samples(count, None, 0)
        kind, data = self._layout.kind, self._run.data()
        array = filled(array, marks, others, lambda samples: kind.scaled(samples, data))
        array, codes = self._labelled(array, codes)
        return array, marks, codes

    def _completed(
        self,
        array: np.ndarray,
        marks: np.ndarray,
        codes: np.ndarray | None,
        steps: int,
        starts: int,
        random_state: Any,
    ) -> np.ndarray:
        """Replace the unknown values of samples of the core."""
        hole = Hole(marks.astype(np.float32), _PRIOR, seed_from(random_state))
        return np.where(marks, array, self._inverted(array, codes, steps, starts, hole)[1])
