"""Base class of the estimators with an encoder and a decoder."""

from typing import Any, ClassVar

import numpy as np
from sklearn.decomposition import PCA

from .. import _core
from .._checks import choice, integer
from .._data.frames import index_of
from .._data.kinds import KINDS, TEXT
from .._data.masks import unmasked
from .._data.scale import checked_range
from .._data.streams import Stream, reach
from .._run.precision import evaluating
from .._run.random import seed_from
from ..exceptions import ParameterError, ShapeError
from ._array_trainer import ArrayTrainer
from ._autoencoder_plots import AutoencoderPlots
from ._coder_inversion import CoderInversion
from ._latent_walks import Directions, LatentWalks, Made, oriented
from ._samplers import SAMPLERS, evenly
from ._sentences import TEXTS
from ._transformer import Transformer
from ._walks import walk

# Maximum number of training samples that are copied, for the anomaly threshold and densities of latents.
_KEPT = 10_000
# The same of texts, whose scores take longer.
_KEPT_TEXTS = 256
# Number of evenly spaced samples from which the mean is estimated.
_FOR_MEAN = 20_000
# Maximum size of the copied training samples, in bytes.
_BYTES = 1 << 27


class Autoencoder(AutoencoderPlots, Transformer, LatentWalks, CoderInversion):
    """Base of the estimators with an encoder and a decoder."""

    _kept: ClassVar[tuple[str, ...]] = (*ArrayTrainer._kept, "_found", "_drawn", "_contamination", "_anomaly_score")
    _any_time: ClassVar[tuple[str, ...]] = ("contamination", "anomaly_score")
    _maker: ClassVar[str] = "decoder"
    # Parameters that are fixed by the class.
    _fixed: ClassVar[dict[str, Any]] = {}

    def _create(self, options: dict[str, Any], data: _core.Data, array: np.ndarray | Stream, device: str) -> _core.Run:
        options, n = self._settings(options), reach(array)
        self._check_detector()
        if data.kind == TEXT.name:
            return _core.Run("autoencoder", options, data, len(array), device)
        # For an array this is a view.
        few = min(_FOR_MEAN, _held(array)) if isinstance(array, Stream) else _FOR_MEAN
        chosen = array[: n : -(-n // few)]
        said = checked_range(self.value_range)
        mean = KINDS[data.kind].mean(chosen if said is None else chosen.clip(*said))
        if mean.dtype == np.float64 and array.dtype != np.float64:
            mean = mean.astype(np.float32)
        return _core.Run("autoencoder", options, data, len(array), device, mean)

    def _settings(self, options: dict[str, Any]) -> dict[str, Any]:
        known = {name: value for name, value in options.items() if name not in (*self._any_time, *TEXTS)}
        return {**known, **self._fixed}

    def _before_training(self, array: np.ndarray | Stream, y: np.ndarray | None) -> None:
        self._check_detector()
        n = reach(array)
        classes = y[:n] if y is not None and self._labels.kind == "classes" else None
        chosen = evenly(classes, n, min(_KEPT_TEXTS if self._of_texts else _KEPT, _held(array)))
        self._reference = (np.ascontiguousarray(array[chosen]), None if y is None else np.ascontiguousarray(y[chosen]))
        self._forget()
        self._learn_detector()
        self._drawn = 0

    def _restore(self, data: bytes) -> None:
        super()._restore(data)
        self._forget()

    # Latents ----------------------------------------------------------------------------------------------------------

    def reconstruct(self, X: Any, y: Any = None) -> Any:
        """Encode and decode samples.

        Parameters
        ----------
        X, y : array-like
            As for `transform`.

        Returns
        -------
        samples
            In the form of the training data; for a pandas frame with its index, so that ``X - reconstruct(X)`` works.
        """
        self._fitted()
        return self._restored(self._reconstructed(*self._read(X, y)), index_of(X))

    def interpolate(self, a: Any, b: Any, steps: int = 8, kind: str = "slerp", y: Any = None) -> Any:
        """Interpolate between two samples in latent space.

        Parameters
        ----------
        a, b : array-like
            One sample each.
        steps : int, default 8
            Number of samples, both ends included; at least 2.
        kind : {"slerp", "linear"}, default "slerp"
            Interpolation along the great circle (Shoemake, "Animating Rotation with Quaternion Curves", 1985), which
            preserves the norm that latents have under the prior, or along the straight line.
        y : label or None
            Label of all samples, for a conditional model. None: the label of ``a``, as in `transform`.

        Returns
        -------
        samples
            ``steps`` samples in the form of X.
        """
        self._fitted()
        choice("kind", kind, ("slerp", "linear"))
        steps = integer("steps", steps, 2)
        a, b = unmasked("a", a), unmasked("b", b)
        label = self._one_label(a, y)
        start, end = (self._encoded(self._one(sample, name), label)[0] for name, sample in (("a", a), ("b", b)))
        return self.inverse_transform(walk(start, end, steps, kind), label)

    def _from(self, x: Any, y: Any) -> tuple[np.ndarray, Made]:
        if x is None:
            latent, label = self._known_latents()[0].mean(0, dtype=np.float64).astype(np.float32), y
        else:
            latent, label = self._encoded(self._one(x, "x"), y)[0], self._one_label(x, y)
        return latent, lambda latents: self._decode(latents, label)

    def _principal(self, n: int, X: Any, y: Any) -> Directions:
        if X is None and y is not None:
            raise ParameterError("y: expected None without X, whose labels they are")
        latents = self._known_latents()[0] if X is None else self._encoded(X, y)
        if len(latents) < 2:
            raise ShapeError(f"X: expected at least 2 samples, got {len(latents)}")
        analysis = PCA(min(n, len(latents) - 1), random_state=0).fit(latents.astype(np.float64))
        return oriented(analysis.components_, np.sqrt(analysis.explained_variance_))

    def _latent_values(self) -> int:
        return int(np.prod(self._fitted().code()))

    def _generated(self, samples: np.ndarray) -> Any:
        return self._restored(samples)

    def attribute_vector(self, X: Any, y: Any) -> np.ndarray:
        """Compute the direction in latent space of an attribute.

        Parameters
        ----------
        X : array-like
            Samples.
        y : array-like of bool, shape (n,)
            True for samples that have the attribute.

        Returns
        -------
        numpy.ndarray of shape (latent_dim,), float32
            Mean latent with the attribute minus mean latent without (Larsen et al., "Autoencoding beyond pixels using a
            learned similarity metric", 2016). Add it to latents, then decode them.
        """
        latents, has = self._encoded(X), np.asarray(unmasked("y", y))
        if has.shape != (len(latents),) or len(np.unique(has)) != 2:
            raise ShapeError(f"y: expected two different values, shape ({len(latents)},), got {has.shape}")
        has = has == np.unique(has)[1]
        return latents[has].mean(0) - latents[~has].mean(0)

    # Samples ----------------------------------------------------------------------------------------------------------

    def sample(self, n_samples: int = 1, y: Any = None, random_state: Any = None, sampler: str | None = None) -> Any:
        """Generate samples.

        Parameters
        ----------
        n_samples : int, default 1
            Number of samples, at least 1.
        y : label, array-like or None
            Labels, for a conditional model; one label applies to all. None draws them from the training data: classes
            by their frequency, numeric labels from at most 2,000 training samples (except for "prior", those with the
            nearest latents).
        random_state : int, RandomState, Generator or None
            Seed. None continues the model's own random stream.
        sampler : {"prior", "gmm", "two_stage"} or None
            Distribution of the latents: the prior, a mixture of Gaussians or a second autoencoder fitted to the latents
            of the training data. None: "prior" if the model has one, else "gmm".

        Returns
        -------
        samples
            Means of the decoder's distributions, for tiles the most likely symbols, in the form of X; a list of texts,
            which differ by their latents: each token is the likeliest after those before it.

        Raises
        ------
        NotFittedError, ParameterError, UnknownNameError
        """
        self._fitted()
        n_samples = integer("n_samples", n_samples, 1)
        seed = None if random_state is None else seed_from(random_state)
        return self._restored(self._samples(n_samples, y, seed, sampler))

    def _samples(self, n: int, y: Any, seed: int | None, sampler: str | None = None) -> np.ndarray:
        codes = self._labels.code(y, n)
        sampler = sampler or ("prior" if self.prior_ is not None else "gmm")
        choice("sampler", sampler, SAMPLERS)
        with evaluating(self):
            if sampler == "prior":
                return self._run.sample(n, seed, codes)
            if seed is None:
                self._drawn += n
                seed = (self.seed_ + self._drawn) % 2**31
            numbers = self._labels.kind == "numbers"
            if codes is None and not numbers:
                codes = self._labels.draw(n, seed)
            latents = self._density(sampler).draw(n, None if numbers else codes, seed)
            if codes is None and numbers:
                codes = self._near(latents)
            return self._run.inverse_transform(self._on_codes(latents), codes)

    def _extra(self) -> str:
        if "_reference" in self.__dict__ and not self._training():
            # Computed now: the file does not contain the training data.
            self._known_latents()
            self._rule(labelled=False)
            if self._labels.kind != "none":
                self._rule(labelled=True)
            if self._labels.kind == "numbers":
                self._some_labels()
        return super()._extra()

    def _training(self) -> bool:
        lock = self.__dict__.get("_lock")
        return lock is not None and lock.locked() and self._run.progress().epoch < self.epochs_

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        for name in ("_reference", "_densities"):
            state.pop(name, None)
        return state

    # Parts ------------------------------------------------------------------------------------------------------------

    @property
    def encoder_(self) -> _core.Network:
        """Map samples in the network's range to latents.

        Images are ``(n, c, h, w)`` in -1..1, rows ``(n, d)`` standardised; labels are a second argument. Twice
        differentiable.
        """
        return self._fitted().network("encoder")

    @property
    def decoder_(self) -> _core.Network:
        """Map latents to the means of samples in the network's range.

        Labels are a second argument. Twice differentiable.
        """
        return self._fitted().network("decoder")


def _held(array: np.ndarray | Stream) -> int:
    """Return the number of samples of this size that may be kept in memory."""
    return max(1, _BYTES // (int(np.prod(array.shape[1:])) * array.dtype.itemsize))
