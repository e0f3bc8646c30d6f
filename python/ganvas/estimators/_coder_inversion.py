"""Inversion of a decoder, which has an encoder."""

import numpy as np

from .._callers import method
from .._run.precision import evaluating
from ..exceptions import ParameterError
from ._inpainting import Inpainting
from ._inversion import Sought
from ._samplers import LatentDensities


class CoderInversion(Inpainting, LatentDensities):
    """How an autoencoder finds latents of samples."""

    def _check_latents(self) -> None:
        self._fitted()
        if self._of_texts:
            raise ParameterError(
                f"{method()}: expected a model of samples with values at fixed places, this model was fitted on "
                f"{self._texts.plural}; `transform` encodes them"
            )
        if self.n_codes_ is not None:
            raise ParameterError(
                f"{method()}: expected latents that can be moved, those of this model are codes; fit a VaeTrainer with "
                "another bottleneck, or an AutoencoderTrainer"
            )

    def _labelled(self, array: np.ndarray, codes: np.ndarray | None) -> Sought:
        if codes is None and self._labels.kind == "numbers":
            codes = self._labels.code(np.asarray(self._labels.mean), len(array))
        elif codes is None and self._labels.kind == "classes":
            with evaluating(self):
                codes = self._run.likeliest(array)
        return array, codes

    def _random_starts(self, n: int, starts: int, codes: np.ndarray | None, seed: int) -> np.ndarray:
        density = self._density("gmm")
        if self._labels.kind != "classes" or codes is None:
            return np.repeat(density.draw(starts, None, seed)[None], n, axis=0)
        drawn = {code: density.draw(starts, np.full(starts, code), seed) for code in np.unique(codes).tolist()}
        return np.stack([drawn[code] for code in codes.tolist()])

    def _guessed(self, array: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        return self._run.transform(array, codes)

    def _made(self, latents: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        return self._run.inverse_transform(latents, codes)

    def _square(self) -> float:
        return float((self._known_latents()[0] ** 2).mean())
