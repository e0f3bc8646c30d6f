"""Clusters of samples, which take the place of labels."""

import base64
from typing import Any

import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import PCA

# Longest side of the images that are compared, and number of principal components.
_SIDE, _COMPONENTS = 16, 50
# Number of samples to which components and centres are fitted, at most, and in a batch of k-means.
_FITTED, _BATCH = 20_000, 4_096
# Fixed, so that processes that train together find the same clusters.
_SEED = 0


class Clusters:
    """Clusters of principal components, by k-means.

    Images are reduced to at most 16 px a side by averaging; rows are standardised by column.

    Parameters
    ----------
    words : dict
        JSON values: the names of the arrays below, and their values.
    """

    def __init__(self, words: dict[str, Any]) -> None:
        self.words = words
        self._arrays = {name: _unpacked(value) for name, value in words.items()}

    @classmethod
    def found(cls, samples: np.ndarray, count: int) -> "Clusters":
        """Find clusters of samples in the core's form, the same at each call."""
        some = np.random.default_rng(_SEED).permutation(len(samples))[:_FITTED]
        features = _features(samples[np.sort(some)])
        middle, scale = features.mean(0), features.std(0)
        # Pixels have one scale.
        scale = (
            np.where(scale > 0, scale, 1) if samples.ndim == 2 else np.full_like(scale, max(float(scale.max()), 1e-12))
        )
        features = (features - middle) / scale
        components = PCA(min(_COMPONENTS, *features.shape), random_state=_SEED).fit(features).components_
        means = MiniBatchKMeans(count, random_state=_SEED, n_init=3, batch_size=_BATCH).fit(features @ components.T)
        arrays = {"middle": middle, "scale": scale, "components": components, "centres": means.cluster_centers_}
        return cls({name: _packed(array) for name, array in arrays.items()})

    def of(self, samples: np.ndarray) -> np.ndarray:
        """Return the cluster of each sample, int64 ``(n,)``."""
        middle, scale, components, centres = (
            self._arrays[name] for name in ("middle", "scale", "components", "centres")
        )
        made = []
        for first in range(0, len(samples), _BATCH):
            points = ((_features(samples[first : first + _BATCH]) - middle) / scale) @ components.T
            made.append(((centres**2).sum(1) - 2 * points @ centres.T).argmin(1))
        return np.concatenate(made).astype(np.int64)


def _features(samples: np.ndarray) -> np.ndarray:
    """Return one row of numbers a sample."""
    if samples.ndim == 4:
        height, width = samples.shape[1:3]
        step = -(-max(height, width) // _SIDE)
        rows, columns = (np.arange(0, side, step) for side in (height, width))
        sums = np.add.reduceat(np.add.reduceat(samples.astype(np.float32), rows, 1), columns, 2)
        counts = np.diff(np.append(rows, height))[:, None] * np.diff(np.append(columns, width))
        samples = sums / counts[..., None]
    return samples.reshape(len(samples), -1).astype(np.float32)


def _packed(array: np.ndarray) -> list[Any]:
    return [list(array.shape), base64.b64encode(array.astype("<f4").tobytes()).decode()]


def _unpacked(words: list[Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(words[1]), "<f4").reshape(words[0])
