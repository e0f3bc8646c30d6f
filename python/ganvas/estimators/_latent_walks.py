"""Walks through a latent space: along single dimensions, and along directions that change samples most."""

import numbers
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import numpy as np

from .. import plot
from .._checks import choice, integer
from .._data.masks import unmasked
from .._run.precision import evaluating
from ..exceptions import DataError, DtypeError, ParameterError, ShapeError
from ._array_trainer import ArrayTrainer

# Maps latents (n, latent_dim) to samples of the core.
Made = Callable[[np.ndarray], np.ndarray]


class Directions(NamedTuple):
    """Directions in a latent space, those with the largest effect first.

    Parameters
    ----------
    vectors : numpy.ndarray of shape (n, latent_dim), float32
        Unit vectors. The component with the largest absolute value is positive.
    strengths : numpy.ndarray of shape (n,), float32
        Effect of a step of length 1, see the method that returned them.
    """

    vectors: np.ndarray
    strengths: np.ndarray


class LatentWalks(ArrayTrainer):
    """Methods that move a latent and generate the samples on the way."""

    # The network that takes latents.
    _maker: ClassVar[str]

    def _from(self, x: Any, y: Any) -> tuple[np.ndarray, Made]:
        """Return the latent at which a walk starts, and what generates samples of its label."""
        raise NotImplementedError

    def _principal(self, n: int, X: Any, y: Any) -> Directions:
        """Return principal directions."""
        raise NotImplementedError

    def _latent_values(self) -> int:
        """Return the number of values of a latent."""
        return self.latent_dim_

    def _generated(self, samples: np.ndarray) -> Any:
        """Convert samples of the core to the form of the training data."""
        return self._layout.restore(samples)

    def traverse(self, x: Any, dim: Any, span: float = 3.0, steps: int = 9, y: Any = None) -> Any:
        """Move a latent along one of its dimensions or any direction.

        Parameters
        ----------
        x : array-like, int or None
            The start. For an autoencoder one sample, whose latent is moved; for a GAN a seed, which stands for the
            latent of ``sample(random_state=seed)``, or a latent of shape (latent_dim,), such as one found by `invert`.
            None: the mean latent of the training data, for a GAN the latent of seed 0.
        dim : int or array-like of shape (latent_dim,)
            Index of a latent dimension, or a direction, of any length but 0, such as one of `directions`.
        span : float, default 3.0
            The latent dimension, or the component of the latent along the direction, varies from ``-span`` to ``span``;
            everything else stays as it is.
        steps : int, default 9
            Number of samples, at least 2.
        y : label or None
            Label of all samples, for a conditional model. None: the label of ``x`` as in `transform`; a GAN draws one.

        Returns
        -------
        samples
            ``steps`` samples in the form of X.

        Raises
        ------
        NotFittedError, ParameterError, ShapeError, DtypeError, DataError
        """
        self._fitted()
        latent, made = self._from(x, y)
        return self._generated(made(self._moved(latent, dim, span, steps)))

    def plot_traversal(
        self, x: Any = None, dims: Any = None, span: float = 3.0, steps: int = 9, y: Any = None, ax: Any = None
    ) -> Any:
        """Plot a sample while its latent moves along single dimensions.

        Parameters
        ----------
        x : array-like, int or None
            The start, as for `traverse`.
        dims : sequence or None
            Latent dimensions, or directions of shape (latent_dim,), one per row. None: the first ten dimensions.
        span : float, default 3.0
            Each dimension varies from ``-span`` to ``span``.
        steps : int, default 9
            Samples per row.
        y : label or None
            Label of the sample, for a conditional model.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        self._fitted()
        dims = list(range(min(10, self._latent_values()))) if dims is None else list(dims)
        names = [f"latent {dim}" if np.ndim(dim) == 0 else f"direction {i}" for i, dim in enumerate(dims)]
        return self._plot_walks("plot_traversal", (x, y), dims, names, (span, steps), ax)

    def directions(self, n: int = 5, method: str = "sefa", X: Any = None, y: Any = None) -> Directions:
        """Find directions in latent space that change samples most.

        No labels are needed: walk along them by `traverse` or `plot_directions` to see what they mean.

        Parameters
        ----------
        n : int, default 5
            Number of directions, at least 1; all ``latent_dim`` directions if there are fewer.
        method : {"sefa", "pca"}, default "sefa"
            "sefa": eigenvectors of A^T A, where A is the weight of the first layer that sees the latent, without the
            columns of labels; the strength is the change of the layer's output, a singular value of A (Shen and Zhou,
            2021).

            "pca": for an autoencoder, the principal components of the latents of X; the strength is the standard
            deviation of the latents along each. For a GAN, the principal components of the first layer's output for
            random latents, regressed to the latents, and their standard deviations (Härkönen et al., 2020).

            For a GAN both nearly agree: its first layer is linear and its latents have unit variance, so the covariance
            of the outputs is A A^T, whose principal components are the images of the eigenvectors of A^T A. They differ
            by the error of the sample, and in the order of directions of almost equal strength.
        X, y : array-like or None
            For "pca" of an autoencoder: samples, and labels for a conditional model. None: up to 2,000 samples of the
            training data. A GAN has no encoder and takes none.

        Returns
        -------
        vectors : numpy.ndarray of shape (n, latent_dim), float32
            Unit vectors, the strongest first.
        strengths : numpy.ndarray of shape (n,), float32

        Raises
        ------
        NotFittedError, ParameterError, UnknownNameError
            Also if the latent is a map of codes, or the first layer of a decoder, as of texts, is not linear.

        References
        ----------
        Y. Shen, B. Zhou, "Closed-Form Factorization of Latent Semantics in GANs", 2021.
        E. Härkönen, A. Hertzmann, J. Lehtinen, S. Paris, "GANSpace: Discovering Interpretable GAN Controls", 2020.
        """
        run = self._fitted()
        choice("method", method, ("sefa", "pca"))
        n = min(integer("n", n, 1), self._latent_values())
        if len(run.code()) > 1:
            raise ParameterError(f"directions: expected latents that are vectors, this model has maps {run.code()}")
        if method == "pca":
            return self._principal(n, X, y)
        if X is not None or y is not None:
            raise ParameterError('X: expected None for method="sefa", which uses weights only; or pass method="pca"')
        _, strengths, vectors = np.linalg.svd(self._first_layer(np.eye(self._latent_values())).T, full_matrices=False)
        missing = max(0, n - len(strengths))
        if missing:
            # More latent dimensions than outputs: directions without any effect complete the basis.
            vectors = np.linalg.svd(vectors, full_matrices=True)[2]
            strengths = np.pad(strengths, (0, missing))
        return oriented(vectors[:n], strengths[:n])

    def plot_directions(
        self,
        n: int = 5,
        method: str = "sefa",
        x: Any = None,
        span: float = 3.0,
        steps: int = 9,
        y: Any = None,
        ax: Any = None,
    ) -> Any:
        """Plot a sample while its latent moves along the strongest directions.

        Parameters
        ----------
        n : int, default 5
            Number of directions, one per row.
        method : {"sefa", "pca"}, default "sefa"
            As for `directions`.
        x : array-like, int or None
            The start, as for `traverse`.
        span : float, default 3.0
            The component of the latent along each direction varies from ``-span`` to ``span``.
        steps : int, default 9
            Samples per row.
        y : label or None
            Label of all samples, for a conditional model.
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        vectors = list(self.directions(n, method).vectors)
        names = [f"direction {i}" for i in range(len(vectors))]
        return self._plot_walks("plot_directions", (x, y), vectors, names, (span, steps), ax)

    def _plot_walks(
        self,
        caller: str,
        start: tuple[Any, Any],
        dims: list[Any],
        names: list[str],
        walk: tuple[float, int],
        ax: Any,
    ) -> Any:
        latent, made = self._from(*start)
        rows = [self._drawn_as(made(self._moved(latent, dim, *walk))) for dim in dims]
        if rows and rows[0].ndim == 2:
            raise ParameterError(f"{caller}: draws images, this model was fitted on rows")
        span, steps = walk
        return plot.traversal(np.stack(rows), values=np.linspace(-span, span, steps), names=names, ax=ax)

    def _moved(self, latent: np.ndarray, dim: Any, span: float, steps: int) -> np.ndarray:
        """Return latents ``(steps, latent_dim)`` whose component along a direction varies."""
        way, steps = self._way(dim, len(latent)), integer("steps", steps, 2)
        at = np.linspace(-span, span, steps, dtype=np.float32)[:, None]
        # Exact for a unit vector along an axis.
        return (latent - (latent @ way) * way) + at * way

    @staticmethod
    def _way(dim: Any, size: int) -> np.ndarray:
        """Return a latent dimension or a direction as a unit vector."""
        if np.ndim(dim) == 0 or isinstance(dim, numbers.Integral):
            way = np.zeros(size, np.float32)
            way[integer("dim", dim, 0, size - 1)] = 1
            return way
        return unit_vector("dim", dim, size)

    def _first_layer(self, latents: np.ndarray) -> np.ndarray:
        """Return the linear part of the first layer's output, float64 ``(n, outputs)``."""
        run = self._fitted()
        with evaluating(self):
            made = run.first_layer(self._maker, np.vstack([latents, np.zeros_like(latents[:1])]).astype(np.float32))
        if made is None:
            raise ParameterError(
                f"directions: expected a linear first layer, the {self._maker} of net={self.net_!r} has none that sees "
                'the latent; use method="pca" of an autoencoder'
            )
        flat = made.reshape(len(made), -1).astype(np.float64)
        return flat[:-1] - flat[-1:]


def unit_vector(name: str, said: Any, size: int) -> np.ndarray:
    """Convert a direction of any length to a unit vector, float32 ``(size,)``.

    Raises
    ------
    DtypeError, ShapeError, DataError
    """
    vector = numbers_of(name, said, (size,), "an index or a direction").astype(np.float64)
    length = np.linalg.norm(vector)
    if length == 0:
        raise DataError(f"{name}: expected a direction of any length but 0, got zeros")
    made: np.ndarray = (vector / length).astype(np.float32)
    return made


def numbers_of(name: str, said: Any, shape: tuple[int, ...], what: str) -> np.ndarray:
    """Return finite numbers of this shape.

    Raises
    ------
    DtypeError, ShapeError, DataError
    """
    values = said.detach().cpu().numpy() if hasattr(said, "detach") else np.asarray(unmasked(name, said))
    if values.dtype.kind not in "iuf":
        raise DtypeError(f"{name}: expected {what} of numbers, got {values.dtype}")
    if values.shape != shape:
        raise ShapeError(f"{name}: expected {what} {shape}, got {values.shape}")
    if not np.isfinite(values).all():
        raise DataError(f"{name}: {int((~np.isfinite(values)).sum())} values are not finite")
    return values


def oriented(vectors: np.ndarray, strengths: np.ndarray) -> Directions:
    """Return directions of unit length, whose largest component is positive."""
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(1)[:, None], axis=1)
    return Directions((vectors * np.sign(largest)).astype(np.float32), strengths.astype(np.float32))
