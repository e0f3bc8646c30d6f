"""Inversion of a generator, whose encoder is a regression."""

import numpy as np
from sklearn.linear_model import RidgeCV

from ..exceptions import ParameterError
from ._inpainting import Inpainting
from ._inversion import Sought

# Samples that the encoder is fitted to, at most and at least, and the number of their values that is not exceeded
# between these limits.
_MOST, _LEAST, _VALUES = 2_000, 256, 1 << 24
# Strengths of the ridge among which the leave-one-out error decides, per value of a sample.
_RIDGES = (1e-3, 1e-2, 1e-1, 1.0)
# Seed of the latents of these samples.
_EXAMPLES = 0x5EED_0001


class GanInversion(Inpainting):
    """How a GAN finds latents of samples."""

    def _labelled(self, array: np.ndarray, codes: np.ndarray | None) -> Sought:
        if codes is None and self._labels.kind == "clusters":
            return array, self._labels.coded(None, array)
        if codes is None and self._labels.kind != "none":
            what = "codes of its own" if self._labels.kind == "codes" else "labels"
            raise ParameterError(f"y: expected labels of the samples for a model with {what}, got None")
        return array, codes

    def _random_starts(self, n: int, starts: int, codes: np.ndarray | None, seed: int) -> np.ndarray:
        return self._run.starts(n * starts, seed).reshape(n, starts, -1)

    def _made(self, latents: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        return self._run.generate(latents, 0, codes)

    def _guessed(self, array: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        # A regression that is fitted to generated samples.
        run = self._run
        count = int(np.clip(_VALUES // int(np.prod(array.shape[1:])), _LEAST, _MOST))
        labels = None if codes is None else codes[np.arange(count) % len(codes)]
        latents = run.starts(count, _EXAMPLES)
        examples = self._features(run.generate(latents, 0, labels), labels)
        wanted = self._features(array, codes)
        middle = examples.mean(0)
        ridges = np.array(_RIDGES) * examples.shape[1]
        encoder = RidgeCV(alphas=ridges).fit(examples - middle, latents)
        guesses = encoder.predict(wanted - middle)
        # Of samples unlike any generated one, a linear regression gives latents unlike any that were drawn.
        longest = np.sqrt(guesses.shape[1])
        guesses *= np.minimum(1, longest / np.maximum(np.linalg.norm(guesses, axis=1, keepdims=True), 1e-12))
        return guesses

    def _features(self, array: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        """Return samples on their common scale as rows, beside their labels."""
        rows = self._layout.kind.scaled(array, self._run.data()).reshape(len(array), -1)
        if codes is None:
            return rows
        marks = np.eye(len(self._labels.shares), dtype=np.float32)[codes] if codes.ndim == 1 else codes
        return np.hstack([rows, marks.astype(np.float32)])
