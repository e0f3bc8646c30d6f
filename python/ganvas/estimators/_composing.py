"""Music that a model composes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import _core
from .._checks import integer
from .._data.joining import joined, overlaid
from .._data.scores import Voice
from .._run.random import seed_from
from .._score_convert import changed
from .._warnings import warn
from ..exceptions import IgnoredWarning, ParameterError
from ..score import Score
from ._asking import Asking, Manner, as_long, checked_tempo, notes_of, ticks

# Bars of a sample, unless said, and of one that is shown in training.
_BARS, _SHOWN = 8, 4
# Highest number of voices that are added to a melody.
_VOICES = 8
# Loudness of notes.
_LOUDNESS = 80


class Composing(Asking):
    """Methods that compose."""

    def sample(
        self,
        bars: int | None = None,
        n: int | None = None,
        y: Any = None,
        *,
        tempo: float | None = None,
        key: str | None = None,
        meter: str | None = None,
        instruments: Sequence[Any] | None = None,
        rhythm: Any = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        random_state: Any = None,
    ) -> Any:
        """Compose pieces.

        What is asked for is kept exactly: tokens that break it are never chosen.

        Parameters
        ----------
        bars : int or None
            Number of bars. None: those of `rhythm`, else 8.
        n : int or None
            Number of pieces, as a list. None: one piece.
        y : class, array-like or None
            Class of the pieces: one for all, or one for each. None composes pieces of any class.
        tempo : float or None
            Quarter notes per minute. None: the median of the training scores.
        key : str or None
            Such as "D minor": all pitches are in its scale, which has the raised seventh as well if it is minor. If
            other keys are more common in the training scores, the piece is composed in such a key and transposed.
        meter : str or None
            Such as "3/4". None: the most frequent one of the training scores.
        instruments : sequence of str or int, or None
            Names or numbers of General MIDI, such as ["piano", "bass"]. With "frames", or merged tracks, these play the
            voices from high to low, and there are no more voices than instruments; else they are those that may play.
            None: those of the training scores.
        rhythm : Score or None
            A score whose notes begin and end at the same times, with other pitches.
        temperature : float, default 1.0
            Below 1 the likely tokens become likelier; 0 takes the likeliest one.
        top_k : int or None
            Number of likeliest tokens that are considered. None: all.
        top_p : float or None
            The likeliest tokens are considered whose probabilities first add up to this. None: all.
        random_state : int, RandomState, Generator or None
            Seed. None continues the model's own random stream, which `save` and `load` preserve.

        Returns
        -------
        Score, or list of Score if `n` is given

        Raises
        ------
        NotFittedError
        ParameterError
            A value is out of range, or the training scores had no such meter or instrument.
        DataError
            `rhythm` has an instrument or a meter that the training scores did not have.
        """
        notation = self._notation()
        count = 1 if n is None else integer("n", n, 1)
        shift, pitches, keys = self._key(key)
        followed = None if rhythm is None else self._given(rhythm, "rhythm")
        if followed is not None:
            own = followed.bars()
            bars = len(own) if bars is None else integer("bars", bars, 1, len(own))
            if meter is not None:
                raise ParameterError(f"meter: expected None with rhythm, which has its own, got {meter!r}")
            meters = [(beats, value) for _, _, beats, value in own[:bars]]
            followed = followed.clip(0, bars)
        else:
            meters = [self._meter(meter)] * (_BARS if bars is None else integer("bars", bars, 1, 10_000))
        ticks(meters[0], notation.resolution)
        voices, programs = self._instruments(instruments, notation)
        many = len(voices) if instruments is not None and programs is None else None
        rules = notation.rules(pitches, meters, many, programs, rhythm=followed)
        manner = Manner(temperature, top_k, top_p, random_state)
        texts = self._compose([""] * count, rules, y, manner)
        tempo = self._layout.tempo if tempo is None else checked_tempo(tempo)
        scores = []
        for text in texts:
            core = self._bars_of(notation, text, meters, voices).transpose(shift)
            core = core if followed is None else as_long(core, followed)
            scores.append(Score._of(changed(core, tempos=[(0, tempo)], keys=keys)))
        return scores[0] if n is None else scores

    def continue_(
        self,
        score: Any,
        bars: int = _BARS,
        y: Any = None,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        random_state: Any = None,
    ) -> Score:
        """Continue a piece.

        Parameters
        ----------
        score : Score
            The piece, of whole bars. If it is longer than the context, only its end is seen.
        bars : int, default 8
            Number of bars that are added, in the meter of the last one.
        y, temperature, top_k, top_p, random_state
            As for `sample`.

        Returns
        -------
        Score
            The piece, unchanged, and the bars that follow.

        Raises
        ------
        NotFittedError
        ParameterError
        DataError
            The piece has an instrument or a meter that the training scores did not have.
        """
        notation = self._notation()
        core = self._given(score, "score")
        shift = self._shift(core)
        own = core.bars()
        meters = [own[-1][2:]] * integer("bars", bars, 1, 10_000)
        whole = core.slice(0, own[-1][1])
        rules = notation.rules(self._pitches(), meters)
        manner = Manner(temperature, top_k, top_p, random_state)
        [text] = self._compose([notation.write(whole.transpose(-shift))], rules, y, manner)
        added = self._bars_of(notation, text, meters, self._voices(core)).transpose(shift)
        return Score._of(joined(whole, added))

    def infill(
        self,
        score: Any,
        bars: tuple[int, int],
        y: Any = None,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        random_state: Any = None,
    ) -> Score:
        """Compose some bars of a piece anew, between what is before and after them.

        Parameters
        ----------
        score : Score
            The piece.
        bars : (int, int)
            First bar, from 0, and the one after the last.
        y, temperature, top_k, top_p, random_state
            As for `sample`.

        Returns
        -------
        Score
            The piece with new notes in these bars. Notes that sound into them end at their beginning; all others are
            unchanged.

        Raises
        ------
        NotFittedError
        ParameterError
            The bars are not of the piece, or the model was trained with ``parts=0``.
        DataError
            The piece has an instrument or a meter that the training scores did not have.
        """
        notation = self._notation()
        self._needs_parts("infill")
        core = self._given(score, "score")
        own = core.bars()
        try:
            first, end = bars
        except (TypeError, ValueError):
            raise ParameterError(f"bars: expected a first bar and the one after the last, got {bars!r}") from None
        first, end = integer("bars", first, 0, len(own) - 1), integer("bars", end, 1, len(own))
        if first >= end:
            raise ParameterError(f"bars: expected a first bar and a later end, got {(first, end)}")
        shift = self._shift(core)
        moved = core.transpose(-shift)
        meters = [bar[2:] for bar in own[first:end]]
        # Half of the context that the gap leaves is for what follows it.
        inside = len(notation.write(moved.clip(first, end)))
        room = max(self.context_ - inside, 0) // 2
        last = end
        while last < len(own) and len(notation.write(moved.clip(end, last + 1))) < room:
            last += 1
        prompt = notation.after_gap(moved.clip(end, last)) if last > end else ""
        start = first
        while start > 0 and len(notation.write(moved.clip(start - 1, first))) < room:
            start -= 1
        prompt += notation.write(moved.clip(start, first)) if start < first else ""
        rules = notation.rules(self._pitches(), meters)
        manner = Manner(temperature, top_k, top_p, random_state)
        [text] = self._compose([prompt], rules, y, manner)
        whole = self._bars_of(notation, text, meters, self._voices(core)).transpose(shift)
        if first > 0:
            whole = joined(core.clip(0, first), whole)
        if end < len(own):
            whole = joined(whole, core.clip(end, len(own)))
        return Score._of(as_long(overlaid(changed(core, tracks=[]), whole), core))

    def harmonise(
        self,
        melody: Any,
        voices: int = 3,
        y: Any = None,
        *,
        instruments: Sequence[Any] | None = None,
        parallels: bool = False,
        temperature: float = 0.2,
        top_k: int | None = None,
        top_p: float | None = None,
        random_state: Any = None,
    ) -> Score:
        """Compose voices for a melody.

        Parameters
        ----------
        melody : Score
            The melody; of several notes at a time the highest, with a warning.
        voices : int, default 3
            Number of voices, 1 to 8. With "frames" each step in which the melody sounds has all of them, below it; with
            "notes" at most so many notes sound at a time beside the melody.
        y : class or None
            Class of the piece. None: any.
        instruments : sequence of str or int, or None
            Instruments of the voices, see `sample`.
        parallels : bool, default False
            Allow two voices to move in parallel fifths or octaves, which harmony avoids. "frames" avoid them in steps
            with all voices where any other pitch is possible; "notes" do not.
        temperature : float, default 0.2
            As for `sample`. Higher ones give more different voices.
        top_k, top_p, random_state
            As for `sample`.

        Returns
        -------
        Score
            The melody, unchanged, and the voices.

        Raises
        ------
        NotFittedError
        ParameterError
            The model was trained with ``parts=0``.
        DataError
            The melody has an instrument or a meter that the training scores did not have.
        """
        notation = self._notation()
        self._needs_parts("harmonise")
        count = integer("voices", voices, 1, _VOICES)
        core = self._given(melody, "melody")
        line = core.melody()
        if sum(map(len, notes_of(core))) != sum(map(len, notes_of(line))):
            warn("melody: several notes sound at a time; the highest are the melody", IgnoredWarning)
        core = line
        shift = self._shift(core)
        chosen, programs = self._instruments(instruments, notation)
        if instruments is None and programs is None:
            # Voices of chorales after the first one, which has the melody.
            chosen = chosen[1:] if len(chosen) > count else chosen
        lower = [chosen[min(i, len(chosen) - 1)] for i in range(count)]
        moved = core.transpose(-shift)
        manner = Manner(temperature, top_k, top_p, random_state)
        whole = self._harmony(notation, moved, (count, programs, bool(parallels)), y, manner)
        added = _without(whole, moved, notation, lower)
        return Score._of(as_long(overlaid(moved, added), core).transpose(shift))

    def _harmony(
        self,
        notation: _core.Notation,
        melody: _core.Score,
        how: tuple[int, list[tuple[int, bool]] | None, bool],
        y: Any,
        manner: Manner,
    ) -> _core.Score:
        """Compose the melody with other voices, some bars at a time; each time the next bar is heard as well."""
        count, programs, parallels = how
        bars = melody.bars()
        whole = changed(melody, tracks=[], length=0, tempos=[], keys=[], meters=[(0, *bars[0][2:])])
        first = 0
        while first < len(bars):
            lead = min(first, 1)
            end = first + 1
            while end < len(bars) and self._fits(notation, melody.clip(first - lead, end + 1), count):
                end += 1
            # At the start, nothing: `whole` has no bars.
            heard = whole.clip(first - lead, first) if lead else whole
            before = notation.write(heard) if lead else ""
            kept = melody.clip(first, end)
            meters = [bar[2:] for bar in bars[first:end]]
            apart = None if parallels else heard
            rules = notation.rules(self._pitches(), meters, count, programs, kept=kept, apart=apart)
            prompt = notation.part(melody.clip(first - lead, end)) + before
            [text] = self._compose([prompt], rules, y, manner)
            piece = self._bars_of(notation, text, meters, [("", 0, False)])
            # The last bar is composed again, with what follows, unless nothing does or it is the only one.
            done = end if end in (len(bars), first + 1) else end - 1
            whole = joined(whole, piece.clip(0, done - first))
            first = done
            if manner.random_state is not None:
                manner = manner._replace(random_state=seed_from(manner.random_state) + 1)
        return whole

    def _fits(self, notation: _core.Notation, melody: _core.Score, voices: int) -> bool:
        """Return True if a part of a melody and its harmony fit into the context."""
        part = len(notation.part(melody))
        return part + max(part * (voices + 1), notation.steps(melody) * (voices + 2)) <= self.context_

    def _draw_samples(self, figure: Any, place: tuple[int, int, int], n: int) -> None:
        self.sample(bars=_SHOWN, random_state=0).plot_pianoroll(ax=figure.add_subplot(*place))

    def _drawn_texts(self, n: int, seed: int) -> list[str]:
        return self._written(self.sample(n=n, random_state=seed))[0]


def _without(whole: _core.Score, melody: _core.Score, notation: _core.Notation, voices: list[Voice]) -> _core.Score:
    """Take a melody out of a piece; notes of one instrument are given to the voices, from high to low."""
    own = notation.read(notation.write(melody), len(melody.bars()), [("", 0, False)])
    if notation.tracks() is not None:
        kept = {(program, *note[:3]) for _, program, _, notes in own.tracks for note in notes.tolist()}
        tracks = []
        for name, number, drums, notes in whole.tracks:
            others = [note for note in notes.tolist() if (number, *note[:3]) not in kept]
            if others:
                tracks.append((name, number, drums, np.array(others)))
        return changed(whole, tracks=tracks)
    steps = own.resolution
    rolls = [np.zeros((max(whole.length, own.length), 128), bool) for _ in range(2)]
    for roll, core in zip(rolls, (whole, own), strict=True):
        found = core.roll(steps)
        roll[: len(found)] = found
    lines: list[list[list[int]]] = [[] for _ in voices]
    for step, sounding in enumerate(rolls[0] & ~rolls[1]):
        for rank, pitch in enumerate(np.flatnonzero(sounding)[::-1]):
            line = lines[min(rank, len(lines) - 1)]
            held = [note for note in line if note[1] == pitch and note[0] + note[2] == step]
            if held:
                held[0][2] += 1
            else:
                line.append([step, int(pitch), 1, _LOUDNESS])
    tracks = [
        (name, number, drums, np.array(line, int).reshape(-1, 4))
        for (name, number, drums), line in zip(voices, lines, strict=True)
    ]
    return changed(whole, tracks=tracks)
