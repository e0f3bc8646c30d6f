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
        rolls = self._rolls(samples, data)
        bar = self._bar()
        whole = np.pad(rolls, ((0, 0), (0, -rolls.shape[1] % bar), (0, 0)))
        return plot.rolls(whole.reshape(len(whole), -1, bar, whole.shape[2]), ax=ax, columns=columns, titles=titles)

    def pictures(self, samples: np.ndarray, data: _core.Data) -> np.ndarray:
        """Convert samples of the core to piano rolls in grey: time to the right, pitch upwards."""
        rolls = self._rolls(samples, data).transpose(0, 2, 1)[:, ::-1, :, None]
        shown = np.ones(rolls.shape, np.float32)
        shown[:, :, :: self._bar()] = _BAR
        shown[rolls] = _NOTE
        return shown

    def _bar(self) -> int:
        """Return the steps of a bar of the most frequent meter."""
        beats, value = self._layout.meter
        return max(1, self._notation.resolution * 4 * beats // value)

    def _rolls(self, samples: np.ndarray, data: _core.Data) -> np.ndarray:
        """Return rolls ``(n, steps, pitches)``, as long as the longest training score, from the lowest pitch on."""
        steps, (lowest, highest) = self._layout.steps, self._layout.pitches
        first, last = max(lowest - _MARGIN, 0), min(highest + _MARGIN, 127)
        rolls = np.zeros((len(samples), steps, last - first + 1), bool)
        for roll, text in zip(rolls, self.texts(samples, data), strict=True):
            own = self._layout.read(self._notation, text).roll(self._notation.resolution)[:steps, first : last + 1]
            roll[: len(own)] = own
        return rolls
