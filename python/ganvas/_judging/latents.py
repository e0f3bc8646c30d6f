"""Measures of latents."""

from collections.abc import Callable

import numpy as np

from .._run.precision import evaluating
from .report import Measure
from .trial import Trial

# Number of samples that are changed, and maximum number of latent values that are changed in each.
_SAMPLES, _VALUES = 64, 16


def agreement(trial: Trial) -> Measure:
    """Measure if a latent value changes the same thing in all samples.

    Each value is raised by one standard deviation. The length of the mean change of the features, over the mean length
    of the changes, is 1 if a value has the same effect everywhere and about 1 / sqrt(64) if its effects are unrelated.
    Values are weighted by the size of their effects.
    """
    latents, decode = _decoder(trial)
    width = latents.shape[1]
    before = trial.features.of(decode(latents))
    together, each = 0.0, 0.0
    for value in np.unique(np.linspace(0, width - 1, min(width, _VALUES)).astype(np.int64)):
        moved = latents.copy()
        moved[:, value] += latents[:, value].std()
        change = trial.features.of(decode(moved)) - before
        together += float(np.linalg.norm(change.mean(0)))
        each += float(np.linalg.norm(change, axis=1).mean())
    value = together / each if each > 0 else np.nan
    return Measure(value, meaning="agreement of what a latent value changes in different samples, from 0 to 1")


def are_numbers(trial: Trial) -> bool:
    """Return True if the latents are numbers, not codes."""
    return getattr(trial.model, "n_codes_", None) is None


def _decoder(trial: Trial) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Return latents of samples, and the function from latents to samples."""
    model, run = trial.model, trial.model._fitted()
    if hasattr(model, "reconstruct"):
        count = min(_SAMPLES, len(trial.real))
        codes = None if trial.real_codes is None else trial.real_codes[:count]
        with evaluating(model):
            latents = run.transform(np.ascontiguousarray(trial.real[:count]), codes)

        def decode(latents: np.ndarray) -> np.ndarray:
            with evaluating(model):
                return run.inverse_transform(latents, codes)

        return latents, decode
    latents = run.starts(_SAMPLES, trial.seed)
    given = None
    if trial.given is not None:
        given = model._labels.code(trial.given[np.resize(np.arange(len(trial.given)), _SAMPLES)], _SAMPLES)

    def generate(latents: np.ndarray) -> np.ndarray:
        with evaluating(model):
            return run.generate(latents, trial.seed, given)

    return latents, generate
