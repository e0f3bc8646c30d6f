"""Scores for the estimators: reading, and texts for training and validation."""

import collections
import contextlib
import dataclasses
import functools
import itertools
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import _core
from .._score_convert import changed
from .._warnings import warn
from ..data import load_chorales, load_scores
from ..data.scores import has_music
from ..exceptions import DataError, DtypeError, ParameterError, ShapeError
from ..score import Score
from .keys import durations, estimated
from .pictures import first_of
from .texts import kept_and_held_out

# How scores are written.
NOTATIONS = ("frames", "notes")
# Packages of objects that `Score.of` converts.
_PACKAGES = {"pretty_midi", "music21", "symusic"}

# Highest resolution of scores that are frames by default: piano rolls, and pieces of whole beats.
_COARSE = 12
# Fraction of steps or bars without notes that is worth a warning.
_SILENT = 0.5
# Scores whose notation is learnt at a time.
_LEARNT = 256
# Steps of a quarter note otherwise.
_STEPS = 4
# Attempts to find a part of a score that fits into the context.
_TRIES = 8

# The codes of the end of a frame, and of the first and the last character of a bar, in texts.
_FRAME, _BARS = 0xE080, (0xE100, 0xE1FF)

# Name, program, and True for percussion.
Voice = tuple[str, int, bool]


@dataclasses.dataclass(frozen=True)
class ScoreLayout:
    """What an estimator keeps of its first scores.

    Attributes
    ----------
    scores : int
        Number of scores.
    tokens : int
        Number of tokens of their texts.
    left_out : int
        Number of scores without notes.
    notation : str
        The notation, as words of the core.
    voices : list of (str, int, bool)
        Instruments of notes that have none of their own, from high to low.
    tempo : float
        Median tempo, in quarter notes per minute.
    meter : (int, int)
        Most frequent meter.
    keys : list of int
        Number of scores in each key: C major to B major, then C minor to B minor.
    pitches : (int, int)
        Lowest and highest pitch.
    classes : list of float
        Fraction of the time that each pitch class sounds, from C on.
    steps : int
        Steps of the longest score.
    """

    scores: int
    tokens: int
    left_out: int
    notation: str
    voices: list[Voice]
    tempo: float
    meter: tuple[int, int]
    keys: list[int]
    pitches: tuple[int, int]
    classes: list[float]
    steps: int

    def read(self, notation: _core.Notation, text: str) -> Score:
        """Make a score of a text, with the tempo of the training scores, and their meter if texts have none."""
        core = notation.read(text, len(text) + 1, self.voices)
        meters = core.meters if notation.bars else [(0, *self.meter)]
        return Score._of(changed(core, tempos=[(0, self.tempo)], meters=meters))

    def summary(self, data: _core.Data) -> str:
        """Describe the data in a few words."""
        left_out = f" ({self.left_out:,} without notes left out)" if self.left_out else ""
        return f"{self.scores:,} score{'s' * (self.scores != 1)}{left_out} of {self.tokens:,} tokens"

    def words(self) -> dict[str, Any]:
        """Convert the layout to JSON values."""
        return dict(vars(self))

    @classmethod
    def of_words(cls, words: dict[str, Any]) -> "ScoreLayout":
        """Inverse of `words`."""
        tuples = {name: tuple(words[name]) for name in ("meter", "pitches")}
        voices = [(name, program, drums) for name, program, drums in words["voices"]]
        return cls(**{**words, **tuples, "voices": voices})


def is_scores(X: Any) -> bool:
    """Return True if X is scores, or a file or folder of them; piano rolls are arrays."""
    if isinstance(X, str | os.PathLike):
        try:
            path = Path(X).expanduser()
            return has_music(path) and path.exists()
        except (OSError, ValueError):
            return False
    first = X if isinstance(X, Score) else first_of(X)
    modules = {kind.__module__.split(".")[0] for kind in type(first).__mro__}
    return isinstance(first, Score) or bool(modules & _PACKAGES)


def read_scores(X: Any, resolution: int | None = None) -> list[Score]:
    """Read scores.

    Parameters
    ----------
    X : path, Score, iterable of scores, or None
        A MIDI or ABC file or a folder of them, scores and objects that `Score.of` converts, or piano rolls
        ``(n, steps, pitches)``; None uses Bach's chorales.
    resolution : int or None
        Steps of piano rolls in a quarter note. None: 4.

    Returns
    -------
    list of Score

    Raises
    ------
    DataError, DtypeError
    """
    if X is None:
        return load_chorales("train")
    if isinstance(X, str | os.PathLike):
        if not Path(X).expanduser().exists():
            raise DataError(f"X: expected a path that exists, or scores, got {str(X)!r}")
        return load_scores(X)
    if isinstance(X, Score):
        return [X]
    if isinstance(X, bytes) or not isinstance(X, Iterable) or getattr(X, "ndim", 1) == 0:
        raise DtypeError(f"X: expected a path, scores or piano rolls, got {type(X).__name__}")
    scores = [Score.of(score, resolution=_STEPS if resolution is None else resolution) for score in X]
    if not scores:
        raise DataError("X: expected scores, got none")
    return scores


def with_notes(
    scores: list[Score], y: np.ndarray | None, *, percussion: bool = True
) -> tuple[list[Score], np.ndarray | None, int]:
    """Leave out scores without notes; returns the others, their labels, and how many were left out.

    Without `percussion`, notes of percussion do not count.
    """
    if y is not None and len(y) != len(scores):
        raise ShapeError(f"y: expected a label for each of {len(scores)} scores, got {len(y)}")

    kept = [i for i, score in enumerate(scores) if has_notes(score, percussion=percussion)]
    if not kept:
        raise without_notes(len(scores), percussion=percussion)
    return [scores[i] for i in kept], None if y is None else y[kept], len(scores) - len(kept)


def has_notes(score: Score, *, percussion: bool) -> bool:
    """Return True if a score has notes; without `percussion`, its notes do not count."""
    return any(len(notes) and (percussion or not drums) for _, _, drums, notes in score._core.tracks)


def without_notes(count: int, *, percussion: bool) -> DataError:
    """Return the error for scores of which none has notes."""
    what = "" if percussion else ", percussion not counted"
    return DataError(f"X: expected scores with notes, got {count} without{what}")


class Silence:
    """The steps, or the bars, of texts that have no notes."""

    def __init__(self) -> None:
        self.empty, self.all, self.what = 0, 0, "steps"

    def add(self, texts: Sequence[str]) -> "Silence":
        """Count those of more texts."""
        characters = np.frombuffer("".join(texts).encode("utf-32-le"), "<u4")
        frames = characters == _FRAME
        bars = (characters >= _BARS[0]) & (characters <= _BARS[1])
        marks, self.what = (frames, "steps") if frames.any() else (bars, "bars")
        # A frame is empty after the end of another one, a bar before the next one.
        self.empty += int((marks[1:] & marks[:-1]).sum())
        self.all += int(marks.sum())
        return self

    def warn(self) -> None:
        """Warn if a large part is silent."""
        share = self.empty / max(self.all, 1)
        if share > _SILENT:
            warn(f"X: {100 * share:.0f} % of the {self.what} have no notes", UserWarning)


def notation_for(
    scores: Iterable[Score], vocabulary: str | None, resolution: int | None, tracks: str | None
) -> _core.Notation:
    """Choose how scores are written; iterates over them up to twice."""
    highest = max(score._core.resolution for score in scores)
    coarse = highest <= _COARSE
    steps = resolution
    if steps is None:
        steps = highest if coarse else _STEPS
    if vocabulary == "frames" or (vocabulary is None and coarse):
        if tracks == "keep":
            raise ParameterError('tracks: expected "merge" or None for vocabulary="frames", got "keep"')
        return _core.Notation.frames(steps)
    iterator, made = iter(scores), []
    while part := [score._core for score in itertools.islice(iterator, _LEARNT)]:
        made.append(_core.Notation.notes(part, steps, tracks != "merge"))
    return functools.reduce(_core.Notation.joined, made)


def described(scores: Iterable[Score], notation: _core.Notation, tokens: int, left_out: int) -> ScoreLayout:
    """Describe training scores."""
    instruments: collections.Counter[tuple[Voice, ...]] = collections.Counter()
    meters: collections.Counter[tuple[int, int]] = collections.Counter()
    keys, classes, tempos, steps = [0] * 24, np.zeros(12), [], 0
    lowest, highest = 127, 0
    for core in (score._core for score in scores):
        tracks = [(name, program, drums, notes) for name, program, drums, notes in core.tracks if not drums]
        instruments[tuple((name, program, drums) for name, program, drums, notes in tracks if len(notes))] += 1
        found = durations(core)
        classes += found
        tonic, minor = estimated(found)
        keys[tonic + 12 * minor] += 1
        for pitches in (notes[:, 1] for _, _, _, notes in tracks if len(notes)):
            lowest, highest = min(lowest, int(pitches.min())), max(highest, int(pitches.max()))
        meters.update((beats, value) for _, _, beats, value in core.bars())
        tempos.append(core.tempos[0][1])
        steps = max(steps, notation.steps(core))
    [(same, often)] = instruments.most_common(1)
    # Voices of their own if all scores have the same ones.
    voices: list[Voice] = list(same) if often == len(tempos) and same else [("piano", 0, False)]
    return ScoreLayout(
        scores=len(tempos),
        tokens=tokens,
        left_out=left_out,
        notation=notation.words(),
        voices=voices,
        tempo=float(np.median(tempos)),
        meter=meters.most_common(1)[0][0],
        keys=keys,
        pitches=(lowest, highest) if lowest <= highest else (0, 127),
        classes=(classes / max(classes.sum(), 1e-9)).tolist(),
        steps=steps,
    )


class Writing(NamedTuple):
    """How scores are written for training.

    Attributes
    ----------
    context : int
        Number of tokens that the network sees.
    held_out : float
        Fraction of the scores that is held out; of a single one its last bars.
    shifts : int
        Largest number of semitones of transposition.
    parts : float
        Fraction of the characters in texts that show a part first.
    """

    context: int
    held_out: float
    shifts: int
    parts: float


# Texts, and the code of a class for each or None.
Labelled = tuple[list[str], np.ndarray | None]


def written(
    scores: list[Score], codes: np.ndarray | None, notation: _core.Notation, how: Writing
) -> tuple[Labelled, Labelled]:
    """Write texts for training and for validation."""
    cores = [score._core for score in scores]
    owners, out = kept_and_held_out(len(cores), how.held_out)
    pieces, measured = [cores[i] for i in owners], [cores[i] for i in out]
    bars = len(cores[0].bars())
    last = round(bars * (1 - how.held_out))
    if len(cores) == 1 and 0 < last < bars:
        pieces, measured, out = [cores[0].clip(0, last)], [cores[0].clip(last, bars)], owners
    for owner, piece in list(zip(owners, pieces, strict=True)):
        moved = transposed(piece, how.shifts)
        pieces += moved
        owners = np.append(owners, [owner] * len(moved))
    texts = [notation.write(piece) for piece in pieces]
    added = in_parts(pieces, notation, how, sum(map(len, texts)), np.random.default_rng(0))
    texts += [text for _, text in added]
    owners = np.append(owners, [owners[piece] for piece, _ in added]).astype(int)
    if codes is None:
        return (texts, None), ([notation.write(piece) for piece in measured], None)
    return (texts, codes[owners]), ([notation.write(piece) for piece in measured], codes[out])


def transposed(score: _core.Score, most: int) -> list[_core.Score]:
    """Return a score in other keys, up to `most` semitones lower and higher, as far as pitches allow."""
    made = []
    for shift in (sign * distance for distance in range(1, most + 1) for sign in (-1, 1)):
        with contextlib.suppress(ParameterError):
            made.append(score.transpose(shift))
    return made


def in_parts(
    pieces: list[_core.Score], notation: _core.Notation, how: Writing, beside: float, random: np.random.Generator
) -> list[tuple[int, str]]:
    """Write texts that show a part first, of pieces drawn at random, beside so many characters of other texts.

    Returns the index of the piece and the text of each.
    """
    wanted, tries = beside * how.parts / (1 - how.parts), 0
    added: list[tuple[int, str]] = []
    # A context of a few tokens holds no part of a score.
    while wanted > 0 and tries < _TRIES * (len(pieces) + len(added)):
        tries += 1
        piece = int(random.integers(len(pieces)))
        text = _in_parts(pieces[piece], notation, how.context - 1, random)
        if text is not None:
            added.append((piece, text))
            wanted -= len(text)
    return added


def _in_parts(score: _core.Score, notation: _core.Notation, places: int, random: np.random.Generator) -> str | None:
    """Write some bars of a score of at most this many characters, a part of them first; None if none fit.

    The part is the melody or another track, before the whole, or what follows some bars, before the others.
    """
    bars = len(score.bars())
    gap = bool(random.integers(2)) and bars > 1
    first = int(random.integers(bars))
    count = bars - first
    for _ in range(_TRIES):
        end = first + count
        chosen = score.clip(first, end)
        if gap and count > 1:
            stop = int(random.integers(first + 1, end))
            # The gap ends the text, so what comes after it stands first.
            text = notation.after_gap(score.clip(stop, end)) + notation.write(score.clip(first, stop))
        else:
            text = notation.part(_line(chosen, random)) + notation.write(chosen)
        if len(text) <= places:
            return text
        if count == 1:
            return None
        count = max(1, min(count - 1, int(count * places / len(text))))
    return None


def _line(score: _core.Score, random: np.random.Generator) -> _core.Score:
    """Choose the melody, or a track."""
    tracks = [track for track in score.tracks if len(track[3]) and not track[2]]
    if len(tracks) < 2 or random.integers(3):
        return score.melody()
    name, program, drums, notes = tracks[random.integers(len(tracks))]
    return _core.Score(
        score.resolution,
        [(name, program, drums, [tuple(note) for note in notes.tolist()])],
        score.length,
        score.tempos,
        score.meters,
        score.keys,
    )
