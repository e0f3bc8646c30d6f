"""Densities fitted to the latents of the training data, for sampling from models without a prior."""

import base64
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from .._run.precision import evaluating
from .._warnings import filtered
from ._coder import Coder

SAMPLERS = ("prior", "gmm", "two_stage")
# Number of training samples whose latents are saved in a file.
_SAVED = 2_000
# Number of training labels that represent the distribution of numeric labels.
_LABELS = 64

# Longer latents are reduced to this many principal components.
_MOST = 64
_COMPONENTS = 10


class LatentDensity:
    """A density of latents, one per class if there are classes.

    Parameters
    ----------
    sampler : {"gmm", "two_stage"}
        A mixture of Gaussians with full covariances (Ghosh et al., "From Variational to Deterministic Autoencoders",
        2020), or a second variational autoencoder (Dai and Wipf, "Diagnosing and Enhancing VAE Models", 2019).
    latents : numpy.ndarray of shape (n, d)
    classes : numpy.ndarray of shape (n,), or None
        Indices of classes.
    """

    def __init__(self, sampler: str, latents: np.ndarray, classes: np.ndarray | None) -> None:
        self._pca = PCA(_MOST, random_state=0).fit(latents) if latents.shape[1] > _MOST < len(latents) else None
        latents = latents if self._pca is None else self._pca.transform(latents)
        make = _mixture if sampler == "gmm" else _second_stage
        if classes is None:
            self._models = {0: make(latents)}
        else:
            self._models = {int(code): make(latents[classes == code]) for code in np.unique(classes)}
        self._labelled = classes is not None

    def draw(self, n: int, classes: np.ndarray | None, seed: int) -> np.ndarray:
        """Draw latents.

        Returns
        -------
        numpy.ndarray of shape (n, d), float32
        """
        wanted = classes if self._labelled and classes is not None else np.zeros(n, np.int64)
        drawn = None
        for code in np.unique(wanted):
            places = np.flatnonzero(wanted == code)
            part = self._models[int(code)](len(places), (seed + int(code)) % 2**32)
            drawn = np.empty((n, part.shape[1])) if drawn is None else drawn
            drawn[places] = part
        drawn = drawn if self._pca is None else self._pca.inverse_transform(drawn)
        return np.ascontiguousarray(drawn, dtype=np.float32)


def _mixture(latents: np.ndarray) -> Any:
    latents = np.repeat(latents, 2, axis=0) if len(latents) == 1 else latents
    components = max(1, min(_COMPONENTS, len(latents) // (2 * latents.shape[1] + 2)))
    model = GaussianMixture(components, reg_covar=1e-4, random_state=0, max_iter=50, init_params="k-means++")
    # The iterations suffice for sampling; full convergence is not needed.
    with filtered("ignore", ConvergenceWarning):
        model.fit(latents.astype(np.float64))

    def draw(n: int, seed: int) -> np.ndarray:
        model.random_state = seed
        # scikit-learn draws component by component; shuffle the samples.
        return np.random.default_rng(seed).permutation(model.sample(n)[0])

    return draw


def _second_stage(latents: np.ndarray) -> Any:
    from .vae import VaeTrainer

    class SecondStage(VaeTrainer):
        """An autoencoder of latents; a collapse is no fault of the user's model."""

        _guarded = False

    settings = {"net": "mlp", "hidden": (256, 256), "latent_dim": latents.shape[1], "random_state": 0, "device": "cpu"}
    latents = np.repeat(latents, 2, axis=0) if len(latents) == 1 else latents
    epochs = max(1, 2_000 // max(1, len(latents) // min(128, len(latents))))
    model = SecondStage(**settings, epochs=epochs, verbose=0, progress=False).fit(latents)

    def draw(n: int, seed: int) -> np.ndarray:
        # The noise of the second stage's likelihood is part of the density.
        scale = np.sqrt(np.exp(model._run.state_dict("parts")["likelihood.log_variance"].numpy()) + 1e-5)
        noise = np.random.default_rng(seed).normal(size=(n, latents.shape[1])) * scale * np.asarray(latents.std(0))
        return model.sample(n, random_state=seed) + noise

    return draw


class LatentDensities(Coder):
    """Methods that fit densities to the latents of training data."""

    def _density(self, sampler: str) -> LatentDensity:
        self._results()
        densities = self.__dict__.setdefault("_densities", {})
        if sampler not in densities:
            latents, labels = self._known_latents()
            densities[sampler] = LatentDensity(sampler, latents, labels if self._labels.kind == "classes" else None)
        return densities[sampler]

    def _near(self, latents: np.ndarray) -> np.ndarray | None:
        """Return the labels of the training samples with the nearest latents, if there are labels.

        Numbers may depend on latents.
        """
        known, labels = self._known_latents()
        if labels is None:
            return None
        nearest = [np.argmin(((known - latent) ** 2).sum(1)) for latent in latents]
        return labels[nearest]

    def _known_latents(self) -> tuple[np.ndarray, np.ndarray | None]:
        """Return latents and labels of the training samples that are saved, so that a loaded model samples alike.

        Latents are draws from the posterior, if there is one (Dai and Wipf, 2019, section 4): its means have a smaller
        variance than the prior.
        """
        results = self._results()
        if "latents" not in results:
            array, y = self._seen()
            chosen = evenly(y if self._labels.kind == "classes" else None, len(array), _SAVED)
            array, y = array[chosen], None if y is None else np.ascontiguousarray(y[chosen])
            with evaluating(self):
                made = self._run.drawn_latents if self.n_codes_ is None else self._run.transform
                latents = made(np.ascontiguousarray(array), y)
            results["latents"] = [_packed(latents), None if y is None else _packed(y)]
        packed, packed_labels = results["latents"]
        latents, labels = _unpacked(packed), None if packed_labels is None else _unpacked(packed_labels)
        if latents.dtype == np.int64:
            latents = self._codebook()[latents].reshape(len(latents), -1)
        return latents, labels

    def _codebook(self) -> np.ndarray:
        return self._run.state_dict("parts")["bottleneck.codebook"].numpy()

    def _on_codes(self, latents: np.ndarray) -> np.ndarray:
        """Replace latents of a vector-quantised model, ``(n, places * width)``, by the nearest codes."""
        if self.n_codes_ is None:
            return latents
        book = self._codebook()
        vectors = latents.reshape(-1, book.shape[1])
        nearest = np.argmin((book**2).sum(1) - 2 * vectors @ book.T, axis=1)
        return nearest.reshape(len(latents), -1).astype(np.int64)

    def _some_labels(self) -> np.ndarray:
        """Return training labels that represent the distribution of numeric labels, ``(n, columns)``."""
        results = self._results()
        if "labels" not in results:
            y = np.asarray(self._seen()[1])
            results["labels"] = _packed(y[evenly(None, len(y), _LABELS)])
        return _unpacked(results["labels"])


def evenly(classes: np.ndarray | None, n: int, most: int) -> np.ndarray:
    """Choose evenly spaced indices, at least one of each class."""
    chosen = np.linspace(0, n - 1, min(n, most)).astype(np.int64)
    return np.unique(chosen) if classes is None else np.union1d(chosen, np.unique(classes, return_index=True)[1])


def _packed(array: np.ndarray) -> list[Any]:
    """Encode an array as text: dtype, shape and bytes."""
    kind = "<f8" if array.dtype == np.float64 else {"f": "<f4", "i": "<i8"}[array.dtype.kind]
    words = base64.b64encode(np.ascontiguousarray(array, dtype=kind).tobytes()).decode()
    return [kind, list(array.shape), words]


def _unpacked(words: list[Any]) -> np.ndarray:
    kind, shape, text = words
    return np.frombuffer(base64.b64decode(text), dtype=kind).reshape(shape)
