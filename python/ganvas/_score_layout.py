"""Where the notes of a score are drawn: time in quarter notes to the right, pitches up, percussion below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .score import Score

_LEAST = 12  # semitones that are shown at least
_GAP = 2  # rows between pitches and percussion


class Layout(NamedTuple):
    """What is drawn.

    `tracks` are labels and rows of start, length, place upwards and velocity; `low` and `high` the lowest and highest
    pitch that are shown; `floor` the lowest place; `bars` where bars begin, and `end` where the last one ends.
    """

    tracks: list[tuple[str, NDArray[np.float64]]]
    low: int
    high: int
    floor: int
    bars: list[float]
    end: float


def layout(score: Score, most: int | None = None) -> Layout:
    """Lay out a score, of at most this many bars."""
    if most is not None and score.bars > most:
        score = score.clip(0, most)
    pitched = [track.notes[:, 2] for track in score.tracks if not track.drums]
    pitches = np.concatenate([*pitched, np.zeros(0)])
    low, high = (int(pitches.min()), int(pitches.max())) if len(pitches) else (60, 72)
    room = max(0, _LEAST - (high - low))
    low, high = max(0, low - 1 - room // 2), min(127, high + 1 + room - room // 2)
    struck = np.unique(np.concatenate([*(track.notes[:, 2] for track in score.tracks if track.drums), np.zeros(0)]))
    floor = low - _GAP - len(struck) if len(struck) else low
    # Voices of one instrument are told apart by their names.
    alike = len({track.instrument for track in score.tracks}) < 2
    tracks = []
    for track in score.tracks:
        rows = track.notes.copy()
        if track.drums:
            rows[:, 2] = floor + np.searchsorted(struck, rows[:, 2])
        tracks.append((_label(track.name, track.instrument, alike=alike), rows))
    # The bars of the core are in ticks.
    scale = score._core.resolution
    bars = score._core.bars()
    return Layout(tracks, low, high, floor, [bar[0] / scale for bar in bars], bars[-1][1] / scale if bars else 0.0)


def _label(name: str, instrument: str, *, alike: bool) -> str:
    name = "".join(letter for letter in name if letter.isprintable()).strip()[:40]
    if not name or name.lower() in instrument:
        return instrument
    return name if alike else f"{name} ({instrument})"


def octaves(low: int, high: int) -> list[tuple[int, str]]:
    """Return pitches C between two pitches, and their names."""
    return [(pitch, f"C{pitch // 12 - 1}") for pitch in range(-(-low // 12) * 12, high + 1, 12)]


def every(bars: int) -> int:
    """Return how many bars have one number."""
    return next((step for step in (1, 2, 4, 8, 16, 32) if bars / step <= 16), 64)
