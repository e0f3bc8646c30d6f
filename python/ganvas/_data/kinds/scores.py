"""Scores of music, written as texts, one a sample."""

from typing import Any

import numpy as np

from ... import _core, plot
from ...exceptions import DtypeError
from ...score import Score
from ..scores import ScoreLayout, read_scores
from .text import Text

# Pitches above and below those of the training scores in a picture.
_MARGIN = 2
# Grey of the first step of a bar, and of notes.
_BAR, _NOTE = 0.85, 0.1


class Scores(Text):
    """Scores; their texts are those of a notation.

    Parameters
    ----------
    layout : ScoreLayout
        Notation, instruments, tempo and meter of the training scores.
    """

    plural = "scores"
    shapes = "a list of scores"

    def __init__(self, layout: ScoreLayout) -> None:
        self._layout = layout
        self._notation = _core.Notation.of_words(layout.notation)

    def written(self, X: Any) -> list[str]:
        return [self._notation.write(score._core) for score in read_scores(X)]

    def one(self, sample: Any, name: str) -> list[Any]:
        if sample is None or isinstance(sample, str | bytes):
            raise DtypeError(f"{name}: expected a Score, got {type(sample).__name__}")
        return [Score.of(sample)]

    def samples(self, texts: list[str]) -> list[Any]:
        return [self._layout.read(self._notation, text) for text in texts]

    def words(self, data: _core.Data, layout: Any) -> str:
        return f"{self._layout.scores:,} scores of up to {data.sizes[0] - 1} tokens"

    def draw(
        self, samples: np.ndarray, data: _core.Data, ax: Any, columns: int | None = None, titles: Any = None
    ) -> Any:
        return plot.grid(self.pictures(samples, data), ax=ax, columns=columns, titles=titles)

    def pictures(self, samples: np.ndarray, data: _core.Data) -> np.ndarray:
        """Convert samples of the core to piano rolls in grey: time to the right, pitch upwards."""
        steps, (lowest, highest) = self._layout.steps, self._layout.pitches
        first, last = max(lowest - _MARGIN, 0), min(highest + _MARGIN, 127)
        shown = np.ones((len(samples), last - first + 1, steps, 1), np.float32)
        beats, value = self._layout.meter
        shown[:, :, :: max(1, self._notation.resolution * 4 * beats // value)] = _BAR
        for picture, text in zip(shown, self.texts(samples, data), strict=True):
            score = self._layout.read(self._notation, text)
            roll = score.roll(self._notation.resolution)[:steps, first : last + 1]
            picture[:, : len(roll), 0][roll[:, ::-1].T] = _NOTE
        return shown
