"""Pieces of music that show themselves and play in a notebook."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _score_convert
from ._checks import choice, integer, number
from ._core import Score as Core
from ._core import key_name
from ._data.instruments import instrument_name, program
from .exceptions import ParameterError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Track(NamedTuple):
    """Notes of an instrument.

    Parameters
    ----------
    name, instrument : str
    program : int
    drums : bool
    notes : float64 array of shape (n, 4)
        Start, length, pitch and velocity of each, read-only.
    """

    name: str
    instrument: str
    program: int
    drums: bool
    notes: NDArray[np.float64]


class Score:
    """A piece of music: notes of instruments, with tempo, meter and key.

    It cannot be changed; methods return another one. As the last line of a cell of a notebook it is shown as a piano
    roll with a player. Times are in quarter notes, and pitches those of MIDI, where 60 is middle C.

    Parameters
    ----------
    notes : array-like of shape (n, 3) or (n, 4), or mapping
        Rows of start, length, pitch 0 to 127 and, optionally, velocity 1 to 127 (80). A mapping has the rows of
        several instruments by their names or programs.
    tempo : float, default 120
        Quarter notes per minute.
    meter : str, default "4/4"
        Beats of a bar and the note value of a beat.
    key : str or None, default None
        Name such as "D minor" or "Bb major".
    instrument : str or int, default "piano"
        Name in General MIDI or for short, as "violin", "bass" or "drums", or a program 0 to 127.
    length : float or None, default None
        Length of the piece. None: to the end of the last note.
    resolution : int, default 480
        Ticks of a quarter note, to which times are rounded.

    Raises
    ------
    ParameterError, ShapeError
        Notes or parameters are out of range.

    Examples
    --------
    >>> from ganvas import Score
    >>> score = Score([(0, 1, 60), (1, 1, 64), (2, 2, 67)], tempo=96, key="C major")
    >>> score.bars, score.key
    (1, 'C major')
    >>> score.transpose(2).key
    'D major'
    """

    __slots__ = ("_core",)
    _core: Core

    def __init__(
        self,
        notes: ArrayLike | Mapping[Any, ArrayLike],
        *,
        tempo: float = 120,
        meter: str = "4/4",
        key: str | None = None,
        instrument: str | int = "piano",
        length: float | None = None,
        resolution: int = 480,
    ) -> None:
        resolution = integer("resolution", resolution, 1, 32767)
        parts = notes if isinstance(notes, Mapping) else {instrument: notes}
        tracks = []
        for name, rows in parts.items():
            of, drums = program(name)
            label = name if isinstance(name, str) else instrument_name(of, drums)
            tracks.append((label, of, drums, _score_convert.ticks_of(rows, resolution)))
        end = 0.0 if length is None else number("length", length)
        if not 0 <= end <= 1e6:
            raise ParameterError(f"length: must be between 0 and 1000000 quarter notes, got {length}")
        core = Core(
            resolution,
            tracks,
            length=round(end * resolution),
            tempos=[(0, number("tempo", tempo))],
            meters=[(0, *_score_convert.meter(meter))],
            keys=[] if key is None else [(0, *_score_convert.key(key))],
        )
        object.__setattr__(self, "_core", core)

    @classmethod
    def _of(cls, core: Core) -> Score:
        """Make a score of one of the core."""
        score = object.__new__(cls)
        object.__setattr__(score, "_core", core)
        return score

    @classmethod
    def of(cls, obj: Any, resolution: int = 4, lowest: int | None = None) -> Score:
        """Convert an object of another package, or a piano roll.

        Parameters
        ----------
        obj : Score, PrettyMIDI, music21 stream, symusic Score, or array-like
            A roll (T, 88), (T, 128) or (bars, steps, 88 or 128) is of 0 and 1; a pitch of several steps is one note.
        resolution : int, default 4
            Steps of a quarter note in a piano roll.
        lowest : int or None, default None
            Pitch of the first column, for a roll of any number of pitches. None: 21 for 88 pitches, 0 for 128.

        Returns
        -------
        score : Score

        Raises
        ------
        ParameterError, ShapeError, DataError
            It is nothing of these, or has no notes.

        Examples
        --------
        >>> import numpy as np
        >>> from ganvas import Score
        >>> Score.of(np.eye(88, dtype=bool)).beats
        22.0
        """
        return obj if isinstance(obj, Score) else cls._of(_score_convert.converted(obj, resolution, lowest))

    @classmethod
    def read(cls, path: str | os.PathLike[str], *, damaged: str = "raise") -> Score:
        """Read a file of MIDI or ABC notation; its first piece.

        Parameters
        ----------
        path : path-like
            A file whose name ends in .abc is read as text, and any other as MIDI.
        damaged : {"raise", "cut"}, default "raise"
            "cut": a damaged MIDI file is read up to the damage, with a warning that says what it is.

        Raises
        ------
        DataError
            The file is damaged, has no notes, or lasts more than ten hours.

        Examples
        --------
        >>> from ganvas import Score
        >>> Score([(0, 4, 60)]).to_midi("note.mid")
        >>> Score.read("note.mid").notes.tolist()
        [[0.0, 4.0, 60.0, 80.0]]
        """
        return cls.read_all(path, damaged=damaged)[0]

    @classmethod
    def read_all(cls, path: str | os.PathLike[str], *, damaged: str = "raise") -> list[Score]:
        """Read all pieces of a file, such as a collection of tunes.

        Parameters
        ----------
        path, damaged
            As in `read`.

        Returns
        -------
        scores : list of Score
            At least one. Several: the tunes of ABC notation, or the tracks of a MIDI file of type 2.

        Raises
        ------
        DataError
            As in `read`.
        """
        cut = choice("damaged", damaged, ("raise", "cut")) == "cut"
        return [cls._of(core) for core in _score_convert.read(Path(path).expanduser(), cut=cut, warned=True)[0]]

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The instruments with their notes."""
        parts = self._core.tracks
        return tuple(Track(a, instrument_name(b, drums), b, drums, self._rows(notes)) for a, b, drums, notes in parts)

    @property
    def notes(self) -> NDArray[np.float64]:
        """All notes by start: start, length, pitch and velocity, ``(n, 4)``."""
        notes = np.concatenate([np.zeros((0, 4), int), *(track[3] for track in self._core.tracks)])
        return self._rows(notes[np.lexsort((notes[:, 1], notes[:, 0]))])

    def _rows(self, notes: NDArray[np.int64]) -> NDArray[np.float64]:
        rows = notes[:, [0, 2, 1, 3]].astype(np.float64)
        rows[:, :2] /= self._core.resolution
        rows.setflags(write=False)
        return rows

    @property
    def tempo(self) -> float:
        """Quarter notes per minute at the start."""
        return self._core.tempos[0][1]

    @property
    def meter(self) -> str:
        """Meter at the start, such as "3/4"."""
        _, beats, value = self._core.meters[0]
        return f"{beats}/{value}"

    @property
    def key(self) -> str | None:
        """Name of the first key; None if none is given."""
        keys = self._core.keys
        return key_name(*keys[0][1:]) if keys else None

    @property
    def bars(self) -> int:
        """Number of bars."""
        return len(self._core.bars())

    @property
    def beats(self) -> float:
        """Length in quarter notes."""
        return self._core.length / self._core.resolution

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self._core.seconds

    def melody(self) -> Score:
        """Return the top line: the highest notes, without percussion."""
        return self._of(self._core.melody())

    def transpose(self, n: int) -> Score:
        """Return the score `n` semitones higher; percussion stays.

        Parameters
        ----------
        n : int
            Semitones, negative for lower.

        Raises
        ------
        ParameterError
            A pitch would leave 0 to 127.
        """
        return self._of(self._core.transpose(integer("n", n, -127, 127)))

    def clip(self, first: int, end: int) -> Score:
        """Return the bars from `first` to before `end`, as ``score[first:end]``.

        Parameters
        ----------
        first, end : int
            Bars, counted from 0. Notes that sound across an edge are cut.

        Raises
        ------
        ParameterError
            There are no such bars.
        """
        return self._of(self._core.clip(integer("first", first, 0), integer("end", end, 0)))

    def __getitem__(self, bars: int | slice) -> Score:
        if isinstance(bars, slice):
            first, end, step = bars.indices(self.bars)
            if step != 1:
                raise ParameterError(f"bars: expected a step of 1, got {step}")
            return self.clip(first, end)
        bar = integer("bar", bars, -(2**31), 2**31)
        bar += self.bars if bar < 0 else 0
        if not 0 <= bar < self.bars:
            raise IndexError(f"bar: expected one of {self.bars} bars, got {bars}")
        return self.clip(bar, bar + 1)

    def with_tempo(self, bpm: float) -> Score:
        """Return the score in this tempo from start to end.

        Parameters
        ----------
        bpm : float
            Quarter notes per minute.
        """
        return self._of(_score_convert.changed(self._core, tempos=[(0, number("bpm", bpm))]))

    def with_instruments(self, instruments: Sequence[str | int]) -> Score:
        """Return the score played by other instruments.

        Parameters
        ----------
        instruments : sequence of str or int
            Name or program for each track.
        """
        return self._of(_score_convert.with_programs(self._core, instruments))

    def roll(self, resolution: int = 4) -> NDArray[np.bool_]:
        """Return the piano roll, without percussion.

        Parameters
        ----------
        resolution : int, default 4
            Steps of a quarter note, to which times are rounded; a note sounds for at least one step.

        Returns
        -------
        roll : bool array of shape (T, 128)
            Pitches that sound in each step.
        """
        return self._core.roll(integer("resolution", resolution, 1, 32767))

    def to_midi(self, path: str | os.PathLike[str]) -> None:
        """Write a MIDI file.

        Parameters
        ----------
        path : path-like
            An existing file is replaced.
        """
        Path(path).expanduser().write_bytes(self._core.write_midi())

    def sound(
        self, rate: int = 22050, seconds: float | None = None, soundfont: str | os.PathLike[str] | None = None
    ) -> NDArray[np.float32]:
        """Return the sound, one channel.

        Parameters
        ----------
        rate : int, default 22050
            Samples a second, 16000 to 96000.
        seconds : float or None, default None
            Longest sound; the rest of the piece is left out. None: the whole piece, at most an hour.
        soundfont : path-like or None, default None
            Soundfont (SF2) with the sounds of instruments. None: a small synthesiser.

        Returns
        -------
        sound : float32 array of shape (n,)
            Samples between -1 and 1; half a second longer than the piece, in which the last notes fade.
        """
        rate = integer("rate", rate, 16_000, 96_000)
        if seconds is not None and not number("seconds", seconds) > 0:
            raise ParameterError(f"seconds: must be above 0, got {seconds}")
        font = None if soundfont is None else Path(soundfont).expanduser().read_bytes()
        return self._core.sound(rate, seconds, font)

    def to_wav(
        self, path: str | os.PathLike[str], soundfont: str | os.PathLike[str] | None = None, rate: int = 44100
    ) -> None:
        """Write the sound as a WAV file of 16 bits, one channel.

        Parameters
        ----------
        path : path-like
            An existing file is replaced.
        soundfont : path-like or None, default None
            As in `sound`.
        rate : int, default 44100
            Samples a second, 16000 to 96000.
        """
        samples = self.sound(rate, soundfont=soundfont)
        with Path(path).expanduser().open("wb") as file:
            _score_convert.write_wav(file, samples, rate)

    def to_pretty_midi(self) -> Any:
        """Convert to an object of pretty_midi, which must be installed."""
        return _score_convert.to_pretty_midi(self._core)

    def to_music21(self) -> Any:
        """Convert to a stream of music21, which must be installed."""
        return _score_convert.to_music21(self._core)

    def plot_pianoroll(self, ax: Axes | None = None) -> Axes:
        """Draw the piano roll, as `ganvas.plot.pianoroll` does.

        Parameters
        ----------
        ax : matplotlib Axes or None, default None
            Axes to draw on; None creates a figure.

        Returns
        -------
        ax : matplotlib Axes
        """
        from .plot import pianoroll

        return pianoroll(self, ax)

    def __add__(self, other: object) -> Score:
        return self._of(_score_convert.joined(self._core, other._core)) if isinstance(other, Score) else NotImplemented

    def __eq__(self, other: object) -> bool:
        return self._core == other._core if isinstance(other, Score) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._core)

    def __repr__(self) -> str:
        kinds = list(dict.fromkeys(track.instrument for track in self.tracks)) or ["no instruments"]
        played = ", ".join(kinds[:3]) + (f" and {len(kinds) - 3} more" if len(kinds) > 3 else "")
        bars = f"{self.bars} bar{'' if self.bars == 1 else 's'} of {self.meter}"
        pieces = [bars, f"{self.duration:.3g} s at {self.tempo:g}", *filter(None, [self.key]), played]
        count = len(self.notes)
        return f"<Score: {', '.join(pieces)}, {count} note{'' if count == 1 else 's'}>"

    def _repr_html_(self) -> str:
        from ._score_html import html

        return html(self)

    def __reduce__(self) -> tuple[Any, ...]:
        core = self._core
        tracks = _score_convert.rows_of(core)
        return _restored, (core.resolution, tracks, core.length, core.tempos, core.meters, core.keys)

    def __copy__(self) -> Score:
        return self

    def __deepcopy__(self, memo: object) -> Score:
        return self

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name} of Score cannot be set; its methods return changed scores")


def _restored(*parts: Any) -> Score:
    return Score._of(Core(*parts))


__all__ = ["Score", "Track"]
