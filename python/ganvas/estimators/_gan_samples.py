"""Samples of GANs."""

import numbers
from typing import Any, ClassVar

import numpy as np
from sklearn.decomposition import PCA

from .._checks import integer
from .._data.streams import reach
from .._run.precision import evaluating
from .._run.random import seed_from
from ..exceptions import ParameterError
from ._latent_walks import Directions, LatentWalks, Made, numbers_of, oriented
from ._walks import walk

# Latents of which GANSpace takes principal components, at most, and at least as a multiple of the latent dimension; and
# the number of values that is not exceeded between these limits.
_DRAWN, _TIMES, _VALUES = 10_000, 10, 1 << 24


class GanSamples(LatentWalks):
    """Methods that generate samples."""

    _maker: ClassVar[str] = "generator"

    def sample(
        self, n_samples: int = 1, y: Any = None, random_state: Any = None, truncation: float | None = None
    ) -> Any:
        """Generate samples.

        Parameters
        ----------
        n_samples : int, default 1
            Number of samples, at least 1.
        y : label, array-like or None
            Labels, for a conditional model: one per sample, or one for all. With `codes`: categories, or rows of the
            category and the continuous values, which default to 0. None draws labels: classes by their frequency in the
            training data (equally often if `balanced`), numeric labels from at most 2,000 training samples, categories
            of `codes` equally often and their continuous values from -1 to 1.
        random_state : int, RandomState, Generator or None
            Seed. None continues the model's own random stream, which `save` and `load` preserve.
        truncation : float or None
            Maximum absolute value of the latents' components; smaller values give more typical and less varied samples.
            None: no limit.

        Returns
        -------
        samples
            In the form of X: container, dtype, range and axis order.

        Raises
        ------
        NotFittedError
        ParameterError

        References
        ----------
        A. Brock, J. Donahue, K. Simonyan, "Large Scale GAN Training for High Fidelity Natural Image Synthesis", 2019.
        """
        self._fitted()
        n_samples = integer("n_samples", n_samples, 1)
        real = isinstance(truncation, numbers.Real) and not isinstance(truncation, bool)
        if not (truncation is None or real):
            raise ParameterError(f"truncation: expected a number or None, got {truncation!r}")
        seed = None if random_state is None else seed_from(random_state)
        with evaluating(self):
            return self._layout.restore(self._samples(n_samples, y, seed, truncation))

    def interpolate(
        self, a: Any = None, b: Any = None, steps: int = 8, kind: str = "slerp", y: Any = None, random_state: Any = None
    ) -> Any:
        """Interpolate between two samples in latent space.

        Parameters
        ----------
        a, b : int, array-like of shape (latent_dim,), or None
            Ends: a seed, which stands for the latent of ``sample(random_state=seed)``, or a latent. None draws a
            latent.
        steps : int, default 8
            Number of samples, both ends included; at least 2.
        kind : {"slerp", "linear"}, default "slerp"
            Interpolation along the great circle (Shoemake, "Animating Rotation with Quaternion Curves", 1985), which
            preserves the norm of latents that the generator was trained on, or along the straight line.
        y : label or None
            Label of all samples, for a conditional model. None draws a label; if ``a`` is a seed, the label of its
            sample.
        random_state : int, RandomState, Generator or None
            Seed of latents and labels that are drawn.

        Returns
        -------
        samples
            ``steps`` samples in the form of X.

        Raises
        ------
        NotFittedError, ParameterError, ShapeError, DtypeError, DataError

        Examples
        --------
        >>> import ganvas
        >>> gan = ganvas.GanTrainer(epochs=1, random_state=0, verbose=0).fit()
        >>> gan.interpolate(3, 7, steps=5).shape
        (5, 16, 16)
        """
        run = self._fitted()
        steps = integer("steps", steps, 2)
        random = np.random.default_rng(seed_from(random_state))
        (start, seed), (end, _) = self._end("a", a, random), self._end("b", b, random)
        with evaluating(self):
            return self._layout.restore(run.generate(walk(start, end, steps, kind), seed, self._labels.code(y, steps)))

    def _end(self, name: str, said: Any, random: np.random.Generator) -> tuple[np.ndarray, int]:
        """Return a latent and its seed; a latent given as values gets a random seed."""
        drawn = int(random.integers(2**63))
        if said is None or (isinstance(said, numbers.Integral) and not isinstance(said, bool)):
            seed = drawn if said is None else integer(name, said, 0, 2**63 - 1)
            return self._run.starts(1, seed)[0], seed
        latent = numbers_of(name, said, (self.latent_dim_,), "a seed or a latent")
        return latent.astype(np.float32), drawn

    def _from(self, x: Any, y: Any) -> tuple[np.ndarray, Made]:
        latent, seed = self._end("x", 0 if x is None else x, np.random.default_rng(0))

        def made(latents: np.ndarray) -> np.ndarray:
            with evaluating(self):
                return self._run.generate(latents, seed, self._labels.code(y, len(latents)))

        return latent, made

    def _principal(self, n: int, X: Any, y: Any) -> Directions:
        if X is not None or y is not None:
            raise ParameterError("X: expected None for a GAN, which has no encoder")
        outputs = self._first_layer(np.zeros((1, self.latent_dim_))).shape[1]
        count = int(np.clip(_VALUES // outputs, _TIMES * self.latent_dim_, max(_DRAWN, _TIMES * self.latent_dim_)))
        latents = self._run.starts(count, 0)
        analysis = PCA(min(n, outputs), random_state=0)
        coordinates = analysis.fit_transform(self._first_layer(latents))
        vectors = np.linalg.lstsq(coordinates, latents - latents.mean(0), rcond=None)[0]
        return oriented(vectors, np.sqrt(analysis.explained_variance_))

    def _real_samples(self, data: Any, n: int) -> np.ndarray | None:
        chosen = data[np.unique(np.linspace(0, reach(data) - 1, n).astype(np.int64))]
        return self._comparable(chosen)

    def _fixed_samples(self, n: int) -> np.ndarray | None:
        return self._comparable(self._run.sample(n, 0))

    def _comparable(self, samples: np.ndarray) -> np.ndarray:
        scaled = self._layout.kind.scaled(samples, self._run.data())
        return scaled.reshape(len(scaled), -1)

    def _samples(self, n: int, y: Any, seed: int | None, truncation: float | None = None) -> np.ndarray:
        truncation = None if truncation is None else float(truncation)
        return self._fitted().sample(n, seed, self._labels.code(y, n), truncation)
