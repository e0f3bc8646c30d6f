"""Runs of the core before, during and after training, without an estimator."""

import numpy as np

from ganvas._data.arrays import measure, read
from ganvas._run.running import NAMES


class Silent:
    every = None

    def poll(self):
        pass

    step = epoch = poll


def new_run(gan, X, seed=0, y=None):
    """The run of ``gan.fit(X, y)`` with its initial weights, and the array that it is trained on."""
    array, layout = read(gan, X, gan.channels, None)
    options = {name: value for name, value in gan.get_params().items() if name not in NAMES} | {"seed": seed}
    labels, _ = gan._learn_labels(options, y, array)
    data = measure([array], layout, array.shape[1:]).labelled(labels.describe())
    return gan._create(options, data, array, "cpu"), array


def train(run, array, epochs, y=None):
    """Train until `epochs` epochs are completed in total."""
    run.train(array, epochs, Silent(), resume=False, call="fit", y=y)


def images(n, side, channels=1, seed=0):
    """Random bytes with some structure, (n, side, side) or (n, side, side, channels)."""
    numbers = np.random.default_rng(seed)
    ramp = np.linspace(0, 128, side)[:, None, None] * numbers.random((n, 1, 1, channels))
    pictures = (ramp + numbers.integers(0, 128, (n, side, side, channels))).astype(np.uint8)
    return pictures[..., 0] if channels == 1 else pictures


def volumes(n, *sizes):
    """Random bytes, (n, depth, height, width, channels)."""
    return np.random.default_rng(0).integers(0, 256, (n, *sizes), dtype=np.uint8)


def rows(n, width, seed=0):
    """Correlated normal numbers, (n, width) float32."""
    numbers = np.random.default_rng(seed)
    return (numbers.normal(size=(n, width)) @ numbers.normal(size=(width, width)) + 3).astype(np.float32)
