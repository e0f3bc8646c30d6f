"""Scores of other packages and of arrays, and back."""

from __future__ import annotations

import io
import reprlib
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._checks import integer
from ._data.instruments import program
from ._warnings import warn
from .exceptions import DataError, IgnoredWarning, ParameterError, ShapeError

_PIANO = 88
_PITCHES = 128
_VELOCITY = 80.0  # of notes that have none
_EXPECTED = (
    "a Score, notes of pretty_midi, music21 or symusic, or a piano roll of shape (T, 88) or (T, 128), or of bars; "
    "files are read by Score.read"
)


def converted(obj: Any, resolution: int, lowest: int | None = None) -> _core.Score:
    """Convert an object of another package, or a piano roll with `resolution` steps in a quarter note."""
    modules = {kind.__module__.split(".")[0] for kind in type(obj).__mro__}
    # An object exists only if its package has been imported.
    if "pretty_midi" in modules and hasattr(obj, "instruments"):
        content = io.BytesIO()
        obj.write(content)
        return _only(content.getvalue())
    if "music21" in modules and hasattr(obj, "flatten"):
        return _only(sys.modules["music21"].midi.translate.streamToMidiFile(obj).writestr())
    if "symusic" in modules and hasattr(obj, "dumps_midi"):
        return _only(obj.to("tick").dumps_midi())
    if isinstance(obj, np.ndarray | list) and np.ndim(obj) in (2, 3):
        return of_roll(np.asarray(obj), resolution, lowest)
    shape = getattr(obj, "shape", None)
    raise ParameterError(f"score: expected {_EXPECTED}, got {type(obj).__name__}{'' if shape is None else shape}")


def _only(content: bytes) -> _core.Score:
    return _core.Score.read_midi(content)[0]


def of_roll(roll: NDArray[Any], resolution: int, lowest: int | None = None) -> _core.Score:
    """Convert a piano roll, of time or of bars and steps, of booleans, or of 0 and 1."""
    resolution = integer("resolution", resolution, 1, 32767)
    if roll.ndim == 3:
        roll = roll.reshape(-1, roll.shape[2])
    if lowest is not None:
        lowest, pitches = integer("lowest", lowest, 0, _PITCHES - 1), roll.shape[-1]
        if lowest + pitches > _PITCHES:
            raise ParameterError(f"lowest: expected at most {_PITCHES - pitches} for {pitches} pitches, got {lowest}")
        roll = np.pad(roll, ((0, 0), (lowest, _PITCHES - pitches - lowest)))
    if roll.ndim != 2 or roll.shape[1] not in (_PIANO, _PITCHES):
        raise ShapeError(
            f"roll: expected (T, {_PIANO}) or (T, {_PITCHES}), got {roll.shape}; for other pitches pass lowest, the "
            "pitch of the first"
        )
    if roll.dtype != bool and not (roll.dtype.kind in "iuf" and np.isin(roll, (0, 1)).all()):
        raise DataError("roll: expected booleans, or 0 and 1, got other values")
    return _core.Score.from_roll(np.ascontiguousarray(roll, dtype=bool), resolution)


def ticks_of(rows: Any, resolution: int) -> list[tuple[int, int, int, int]]:
    """Convert rows in quarter notes to start, pitch, length and velocity in ticks."""
    try:
        if not isinstance(rows, np.ndarray):
            # Some rows may have a velocity and others not.
            rows = [(*row, _VELOCITY) if len(row) == 3 else tuple(row) for row in rows]
        notes = np.asarray(rows, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError("notes: expected rows of 3 or 4 numbers: start, length, pitch, velocity") from error
    if notes.size == 0:
        return []
    if notes.ndim != 2 or notes.shape[1] not in (3, 4):
        raise ShapeError(f"notes: expected (n, 3) or (n, 4): start, length, pitch, velocity; got {notes.shape}")
    if notes.shape[1] == 3:
        notes = np.column_stack([notes, np.full(len(notes), _VELOCITY)])
    _check(notes, ~np.isfinite(notes).all(axis=1), "finite numbers")
    _check(notes, (notes[:, :2] < 0).any(axis=1), "starts and lengths of at least 0")
    _check(notes, notes[:, :2].sum(axis=1) > 1e6, "at most 1000000 quarter notes")
    whole = (notes[:, 2:] != np.rint(notes[:, 2:])).any(axis=1)
    _check(notes, whole | (notes[:, 2] < 0) | (notes[:, 2] > 127), "pitches between 0 and 127")
    _check(notes, (notes[:, 3] < 1) | (notes[:, 3] > 127), "velocities between 1 and 127")
    start = np.rint(notes[:, 0] * resolution).astype(int)
    end = np.rint(notes[:, :2].sum(axis=1) * resolution).astype(int)
    made = np.column_stack([start, notes[:, 2].astype(int), end - start, notes[:, 3].astype(int)])
    return [(a, b, c, d) for a, b, c, d in made.tolist()]


def _check(notes: NDArray[np.float64], wrong: Any, expected: str) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        got = ", ".join(f"{value:g}" for value in notes[row])
        raise ParameterError(f"notes: expected {expected}, got ({got}) in row {row}")


def rows_of(core: _core.Score) -> list[tuple[str, int, bool, list[tuple[int, int, int, int]]]]:
    """Return the tracks of a score as the constructor of the core takes them."""
    return [
        (name, number, drums, [(a, b, c, d) for a, b, c, d in notes.tolist()])
        for name, number, drums, notes in core.tracks
    ]


def changed(core: _core.Score, **parts: Any) -> _core.Score:
    """Return the same score with other parts; notes of tracks may be arrays."""
    same = {name: getattr(core, name) for name in ("resolution", "tracks", "length", "tempos", "meters", "keys")}
    made = {**same, **parts}
    tracks = [
        (name, number, drums, np.asarray(notes, int).reshape(-1, 4).tolist())
        for name, number, drums, notes in made.pop("tracks")
    ]
    return _core.Score(made.pop("resolution"), [(*track, list(map(tuple, notes))) for *track, notes in tracks], **made)


def joined(first: _core.Score, second: _core.Score) -> _core.Score:
    """Play one score after the other, from the bar after its last one."""
    resolution = int(np.lcm(first.resolution, second.resolution))
    if resolution > 32767:
        resolution = max(first.resolution, second.resolution)
    first, second = first.quantised(resolution), second.quantised(resolution)
    bars = first.bars()
    move = bars[-1][1] if bars else 0
    tracks = rows_of(first)
    for name, number, drums, notes in rows_of(second):
        later = [(start + move, pitch, length, velocity) for start, pitch, length, velocity in notes]
        place = next((i for i, track in enumerate(tracks) if track[:3] == (name, number, drums)), None)
        if place is None:
            tracks.append((name, number, drums, later))
        else:
            tracks[place][3].extend(later)
    return _core.Score(
        resolution,
        tracks,
        length=move + second.length,
        tempos=first.tempos + [(tick + move, tempo) for tick, tempo in second.tempos],
        meters=first.meters + [(tick + move, beats, value) for tick, beats, value in second.meters],
        keys=first.keys + [(tick + move, fifths, minor) for tick, fifths, minor in second.keys],
    )


def with_programs(core: _core.Score, instruments: Any) -> _core.Score:
    """Return the same score with an instrument for each track."""
    tracks = rows_of(core)
    listed = isinstance(instruments, list | tuple)
    if not listed or len(instruments) != len(tracks):
        got = len(instruments) if listed else reprlib.repr(instruments)
        raise ParameterError(f"instruments: expected one for each of the {len(tracks)} tracks, got {got}")
    programs = [program(name) for name in instruments]
    return changed(core, tracks=[(track[0], *new, track[3]) for track, new in zip(tracks, programs, strict=True)])


def read(path: Path, *, cut: bool = False, warned: bool = False) -> tuple[list[_core.Score], str | None]:
    """Read all pieces of a file of MIDI or ABC notation.

    With `cut`, a damaged MIDI file is read up to the damage, which is returned as well, or with `warned` a warning.
    """
    content = path.read_bytes()
    try:
        if path.suffix.lower() == ".abc":
            return _core.Score.read_abc(_text(content)), None
        if not cut:
            return _core.Score.read_midi(content), None
        cores, damage = _core.Score.read_damaged_midi(content)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    if damage is not None and warned:
        warn(f"{path}: {damage}; what is before it was read", IgnoredWarning)
    return cores, damage


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Older collections; every byte is a character.
        return content.decode("latin-1")


def to_pretty_midi(core: _core.Score) -> Any:
    """Convert to an object of pretty_midi."""
    try:
        import pretty_midi
    except ImportError as error:
        raise ImportError("to_pretty_midi needs pretty_midi; run: python -m pip install pretty_midi") from error
    return pretty_midi.PrettyMIDI(io.BytesIO(core.write_midi()))


def to_music21(core: _core.Score) -> Any:
    """Convert to a stream of music21."""
    try:
        from music21 import instrument, note, stream, tempo
        from music21.key import KeySignature
        from music21.meter import TimeSignature
    except ImportError as error:
        raise ImportError("to_music21 needs music21; run: python -m pip install music21") from error
    from fractions import Fraction

    def quarters(ticks: int) -> Fraction:
        return Fraction(ticks, core.resolution)

    whole = stream.Score()
    for i, (name, number, drums, notes) in enumerate(core.tracks):
        part = stream.Part(id=name or f"track {i + 1}")
        part.partName = name or None
        part.insert(0, instrument.UnpitchedPercussion() if drums else instrument.instrumentFromMidiProgram(number))
        if i == 0:
            for tick, bpm in core.tempos:
                part.insert(quarters(tick), tempo.MetronomeMark(number=bpm))
        for tick, beats, value in core.meters:
            part.insert(quarters(tick), TimeSignature(f"{beats}/{value}"))
        for tick, fifths, minor in core.keys:
            part.insert(quarters(tick), KeySignature(fifths).asKey("minor" if minor else "major"))
        for start, pitch, length, velocity in notes.tolist():
            made = note.Note(pitch, quarterLength=quarters(length))
            made.volume.velocity = velocity
            part.insert(quarters(start), made)
        whole.insert(0, part)
    return whole


def write_wav(file: Any, samples: NDArray[np.float32], rate: int) -> None:
    """Write samples between -1 and 1 to a file as WAV of 16 bits, one channel."""
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())


def meter(text: object) -> tuple[int, int]:
    """Return beats and their value of a meter such as "3/4"."""
    above, _, below = text.partition("/") if isinstance(text, str) else ("", "", "")
    if not (above.strip().isdecimal() and below.strip().isdecimal() and int(above) < 256 and int(below) < 256):
        raise ParameterError(f'meter: expected beats and their value such as "3/4", got {reprlib.repr(text)}')
    return int(above), int(below)


def key(name: object) -> tuple[int, bool]:
    """Return sharps, negative for flats, of a key, and whether it is minor."""
    if not isinstance(name, str):
        raise ParameterError(f'key: expected a name such as "D minor" or None, got {reprlib.repr(name)}')
    return _core.key(name)
