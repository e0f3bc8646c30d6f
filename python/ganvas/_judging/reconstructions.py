"""Measures of reconstructions, and of the likelihood of samples."""

from collections.abc import Callable

import numpy as np

from .. import metrics
from . import intervals, rivals
from .report import Measure
from .trial import Trial


def psnr(trial: Trial) -> Measure:
    """Compare images with their reconstructions by their mean squared difference."""
    return _of_pairs(trial, metrics.psnr, "peak signal-to-noise ratio of reconstructions, dB")


def ssim(trial: Trial) -> Measure:
    """Compare images with their reconstructions by their structure."""
    return _of_pairs(trial, metrics.ssim, "structural similarity of images and their reconstructions")


def explained_variance(trial: Trial) -> Measure:
    """Compare samples with their reconstructions, relative to the variance of the data."""
    real = trial.scaled(trial.real)
    # Constant data have no variance to explain.
    spread = _squares(real, real.mean(0, dtype=np.float64)).mean() or np.nan

    def shares(made: np.ndarray) -> np.ndarray:
        return 1 - _squares(real, trial.scaled(made)) / spread

    return _mean_of(shares(_rebuilt(trial)), shares(_projected(trial)), "explained variance of reconstructions")


def rebuilt(trial: Trial) -> Measure:
    """Count the symbols that a reconstruction has right."""
    real = trial.real
    usual = np.zeros(real.shape[1:])
    for place in np.ndindex(usual.shape):
        symbols, counts = np.unique(trial.other[(slice(None), *place)], return_counts=True)
        usual[place] = symbols[counts.argmax()]

    def shares(made: np.ndarray) -> np.ndarray:
        # Negative numbers follow the end of a text.
        counted = ((real >= 0) | (made >= 0)).reshape(len(real), -1)
        right = (np.rint(made) == real).reshape(len(real), -1)
        return (right & counted).sum(1) / counted.sum(1)

    made = _mean_of(shares(_rebuilt(trial)), shares(np.broadcast_to(usual, real.shape)), "fraction of symbols rebuilt")
    return made._replace(rival_name="most frequent symbols")


def bound(trial: Trial) -> Measure:
    """Compute the mean bound of the log likelihood."""
    scores = trial.model._bounds(trial.real, trial.real_codes, 1)
    return _mean_of(scores, None, "lower bound of the log likelihood, nats a sample")


def _rebuilt(trial: Trial) -> np.ndarray:
    made: np.ndarray = trial.model._reconstructed(trial.real, trial.real_codes)
    return made


def _projected(trial: Trial) -> np.ndarray:
    """Reconstruct the samples from as many principal components as the model has latent values."""
    return rivals.projected(trial.other, trial.real, int(np.prod(trial.model._run.code())))


def _of_pairs(trial: Trial, measure: Callable[..., float], meaning: str) -> Measure:
    real = trial.scaled(trial.real)

    def values(made: np.ndarray) -> np.ndarray:
        pairs = zip(real, trial.scaled(made).clip(0, 1), strict=True)
        return np.array([measure(x[None], y[None], data_range=1) for x, y in pairs])

    return _mean_of(values(_rebuilt(trial)), values(_projected(trial)), meaning)


def _mean_of(values: np.ndarray, rival: np.ndarray | None, meaning: str) -> Measure:
    """Return the mean of values, higher is better."""
    made = Measure(float(values.mean()), *intervals.of_mean(values), meaning=meaning)
    return made if rival is None else made._replace(rival=float(rival.mean()), rival_name="PCA")


def _squares(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the sum of squared differences of each sample."""
    return np.square(x.astype(np.float64) - y).reshape(len(x), -1).sum(1)
