"""Texts, one a sample."""

import textwrap
from typing import Any

import numpy as np

from ... import _core
from ...exceptions import DtypeError, ParameterError
from ..texts import all_texts, present
from ._kind import Kind

# Characters and lines of a picture of texts.
_WIDTH, _LINES = 60, 24


class Text(Kind):
    """Texts; the core has their tokens, the one that ends a text, and negative numbers after it."""

    name = "text"
    plural = "texts"
    shapes = "a list of texts"
    orders = ("nt",)

    def written(self, X: Any) -> list[str]:
        """Return the texts of the user's samples."""
        return present(all_texts(X))

    def one(self, sample: Any, name: str) -> list[Any]:
        """Make a batch of one sample."""
        if not isinstance(sample, str):
            raise DtypeError(f"{name}: expected a text, got {type(sample).__name__}")
        return [sample]

    def samples(self, texts: list[str]) -> list[Any]:
        """Return what the user gets for texts."""
        return texts

    def texts(self, samples: np.ndarray, data: _core.Data) -> list[str]:
        """Return the texts of samples of the core."""
        vocabulary = data.vocabulary()
        rows = ([int(token) for token in row if 0 <= token < len(vocabulary)] for row in samples)
        return [b"".join(map(vocabulary.bytes, row)).decode(errors="replace") for row in rows]

    def words(self, data: _core.Data, layout: Any) -> str:
        vocabulary = data.vocabulary()
        return f"texts of up to {data.sizes[0] - 1} tokens, vocabulary of {len(vocabulary):,} {vocabulary.name}"

    def draw(
        self, samples: np.ndarray, data: _core.Data, ax: Any, columns: int | None = None, titles: Any = None
    ) -> Any:
        import matplotlib.pyplot as plt

        ax = plt.figure().add_subplot() if ax is None else ax
        lines = [line for text in self.texts(samples, data) for line in textwrap.wrap(text, _WIDTH) or [""]]
        ax.set_axis_off()
        shown = "\n".join(lines[:_LINES])
        ax.text(0, 1, shown, family="monospace", size=8, va="top", parse_math=False, transform=ax.transAxes)
        return ax

    def pictures(self, samples: np.ndarray, data: _core.Data) -> np.ndarray:
        raise ParameterError("this plot draws images, this model was fitted on texts")

    def apart(self, samples: np.ndarray, others: np.ndarray, data: _core.Data) -> np.ndarray:
        raise ParameterError(
            f"differences of values need numbers, this model was fitted on {self.plural}; use score_samples"
        )

    def occluded(self, samples: np.ndarray, window: tuple[slice, ...], data: _core.Data) -> np.ndarray:
        raise ParameterError(
            f"occlusion needs values at fixed places, this model was fitted on {self.plural}; use score_samples"
        )
