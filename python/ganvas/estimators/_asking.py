"""What is asked of a model of music."""

from typing import Any, NamedTuple

import numpy as np

from .. import _core, _score_convert
from .._checks import integer, number
from .._data.instruments import program
from .._data.keys import durations, shift_from
from .._data.scores import Voice
from .._run.precision import evaluating
from .._run.random import seed_from
from ..exceptions import DtypeError, ParameterError
from ..score import Score
from ._drafts import written
from ._music_scores import MusicScores

# A key is common if this share of the training scores of the commonest key is in it.
_COMMON = 0.1


class Manner(NamedTuple):
    """How tokens are chosen, see `MusicTrainer.sample`."""

    temperature: float
    top_k: int | None
    top_p: float | None
    random_state: Any


class Asking(MusicScores):
    """Methods that write texts by rules, and read what is asked."""

    def _compose(self, prompts: list[str], rules: _core.Rules, y: Any, manner: Manner) -> list[str]:
        """Write texts after prompts."""
        run = self._fitted()
        classes = self._codes(y, len(prompts))
        top_k = None if manner.top_k is None else integer("top_k", manner.top_k, 1)
        seed, first = None if manner.random_state is None else seed_from(manner.random_state), 0
        with evaluating(self):
            writer = run.writer()
            if seed is None:
                seed, first = run.claim(len(prompts))

        def begin(part: slice) -> _core.Draft:
            return writer.begin(
                prompts[part],
                None if classes is None else classes[part],
                temperature=number("temperature", manner.temperature),
                top_k=top_k,
                top_p=None if manner.top_p is None else number("top_p", manner.top_p),
                max_tokens=None,
                stop=[],
                seed=seed,
                first=first + part.start,
                rules=rules,
            )

        return written(begin, len(prompts), writer.together)

    def _given(self, score: Any, name: str) -> _core.Score:
        """Convert a score, which has notes."""
        if score is None or isinstance(score, str | bytes):
            raise DtypeError(f"{name}: expected a Score, got {type(score).__name__}")
        core = Score.of(score)._core
        if not any(len(notes) for notes in notes_of(core)):
            raise ParameterError(f"{name}: expected notes, got a score without, except for percussion")
        return core

    def _needs_parts(self, method: str) -> None:
        if self.parts == 0:
            raise ParameterError(f"{method}: needs a model that was trained with parts above 0, got parts=0")

    def _pitches(self, scale: np.ndarray | None = None) -> list[bool]:
        """Return which pitches may be chosen: those within the range of the training scores, and of a scale."""
        lowest, highest = self._layout.pitches
        pitches = (np.arange(128) >= lowest) & (np.arange(128) <= highest)
        if scale is not None:
            pitches &= scale[np.arange(128) % 12]
        return [bool(pitch) for pitch in pitches]

    def _key(self, key: Any) -> tuple[int, list[bool], list[tuple[int, int, bool]]]:
        """Return by how many semitones a piece is to be transposed, what it may be written with, and its keys."""
        if key is None:
            return 0, self._pitches(), []
        fifths, minor = _score_convert.key(key)
        tonic = (7 * fifths + (9 if minor else 0)) % 12
        shift = self._common(tonic, minor)
        scale = np.roll(np.array(_core.key_scale(fifths, minor)), -shift)
        return shift, self._pitches(scale), [(0, fifths, minor)]

    def _shift(self, core: _core.Score) -> int:
        """Return how much higher a piece is than it would be in the keys of the training scores."""
        return shift_from(durations(core), np.array(self._layout.classes))

    def _common(self, tonic: int, minor: bool) -> int:
        """Return the smallest transposition to this key from one that is common in the training scores."""
        counts = self._layout.keys
        least = max(counts) * _COMMON
        found = [s for s in sorted(range(-5, 7), key=abs) if counts[(tonic - s) % 12 + 12 * minor] > least]
        return found[0] if found else 0

    def _meter(self, meter: Any) -> tuple[int, int]:
        if meter is None:
            beats, value = self._layout.meter
            return beats, value
        return _score_convert.meter(meter)

    def _instruments(self, names: Any, notation: _core.Notation) -> tuple[list[Voice], list[tuple[int, bool]] | None]:
        """Return the voices, from high to low, and the instruments that may play; None if notes have none."""
        tracks = notation.tracks()
        if names is None:
            return self._layout.voices, tracks
        names = [names] if isinstance(names, str | int) else list(names)
        if not names:
            raise ParameterError("instruments: expected names or numbers of instruments, got none")
        voices = [(str(name), *program(name)) for name in names]
        if tracks is None:
            if any(drums for _, _, drums in voices):
                raise ParameterError(
                    "instruments: the model has no percussion, which it left out of its training scores"
                )
            return voices, None
        unknown = [name for name, *own in voices if tuple(own) not in tracks]
        if unknown:
            raise ParameterError(f"instruments: no training score has {unknown[0]!r}")
        return voices, [(number, drums) for _, number, drums in voices]

    def _voices(self, core: _core.Score) -> list[Voice]:
        """Return voices like the tracks of a score, from high to low."""
        tracks = [
            (name, number, drums, notes) for name, number, drums, notes in core.tracks if len(notes) and not drums
        ]
        tracks.sort(key=lambda track: -track[3][:, 1].mean())
        return [(name, number, drums) for name, number, drums, _ in tracks] or self._layout.voices

    def _bars_of(
        self, notation: _core.Notation, text: str, meters: list[tuple[int, int]], voices: list[Voice]
    ) -> _core.Score:
        """Read bars of these meters."""
        core = notation.read(text, len(meters), voices)
        starts = np.concatenate([[0], np.cumsum([ticks(meter, core.resolution) for meter in meters])]).astype(int)
        changes = [i for i in range(len(meters)) if i == 0 or meters[i] != meters[i - 1]]
        core = core.slice(0, int(starts[-1]))
        return _score_convert.changed(
            core, length=int(starts[-1]), meters=[(int(starts[i]), *meters[i]) for i in changes]
        )


def ticks(meter: tuple[int, int], resolution: int) -> int:
    """Return the steps of a bar."""
    beats, value = meter
    steps, rest = divmod(resolution * 4 * beats, value)
    if rest:
        raise ParameterError(
            f"meter: a bar of {beats}/{value} has no whole number of steps, {resolution} of them in a quarter note"
        )
    return steps


def as_long(core: _core.Score, other: _core.Score) -> _core.Score:
    """End a score where another one ends."""
    return core.slice(0, other.length * core.resolution // other.resolution)


def notes_of(core: _core.Score) -> list[np.ndarray]:
    return [notes for _, _, drums, notes in core.tracks if not drums]


def checked_tempo(tempo: Any) -> float:
    value = number("tempo", tempo)
    if not 4 <= value <= 1_000:
        raise ParameterError(f"tempo: must be between 4 and 1000 quarter notes per minute, got {tempo!r}")
    return value
