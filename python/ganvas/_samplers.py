"""Densities of latents, found after the fit: what a model without a prior of its own samples from."""

from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from ._warnings import filtered

# Latents longer than this are described by their principal components.
_MOST = 64
_COMPONENTS = 10


class LatentDensity:
    """A density of latents, one for each class where there are classes.

    Parameters
    ----------
    sampler : {"gmm", "two_stage"}
        A mixture of Gaussians with full covariances (Ghosh et al., "From Variational to Deterministic Autoencoders",
        2020), or a second variational autoencoder (Dai and Wipf, "Diagnosing and Enhancing VAE Models", 2019).
    latents : numpy.ndarray of shape (n, d)
    classes : numpy.ndarray of shape (n,), or None
        Codes of classes.
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
    # Enough iterations for a density; the last digits of its likelihood do not matter.
    with filtered("ignore", ConvergenceWarning):
        model.fit(latents.astype(np.float64))

    def draw(n: int, seed: int) -> np.ndarray:
        model.random_state = seed
        # scikit-learn draws component by component; the order is to be random.
        return np.random.default_rng(seed).permutation(model.sample(n)[0])

    return draw


def _second_stage(latents: np.ndarray) -> Any:
    from .vae import VaeTrainer

    class SecondStage(VaeTrainer):
        """A density of latents, whose own collapse is nothing that the user can mend."""

        def _after_training(self) -> None:
            pass

    settings = {"net": "mlp", "hidden": (256, 256), "latent_dim": latents.shape[1], "random_state": 0, "device": "cpu"}
    latents = np.repeat(latents, 2, axis=0) if len(latents) == 1 else latents
    epochs = max(1, 2_000 // max(1, len(latents) // min(128, len(latents))))
    model = SecondStage(**settings, epochs=epochs, verbose=0, progress=False).fit(latents)

    def draw(n: int, seed: int) -> np.ndarray:
        # The second stage's own noise belongs to its density.
        scale = np.sqrt(np.exp(model._run.state_dict("parts")["likelihood.log_variance"].numpy()) + 1e-5)
        noise = np.random.default_rng(seed).normal(size=(n, latents.shape[1])) * scale * np.asarray(latents.std(0))
        return model.sample(n, random_state=seed) + noise

    return draw
