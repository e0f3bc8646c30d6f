"""Scores that come with the package, and those of files."""

import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .. import _core
from .._checks import choice
from .._data.instruments import program
from .._score_convert import read
from .._warnings import warn
from ..exceptions import DataError, IgnoredWarning
from ..score import Score

# ORIGIN.md in this folder names their source and terms.
_FOLDER = Path(__file__).parent / "_scores"
_VOICES = ("soprano", "alto", "tenor", "bass")
# The file has pitches that are too high for voices.
_OCTAVE = 12
_SUFFIXES = (".mid", ".midi", ".abc")
# Reasons to leave out a file, by the start of the message.
_REASONS = {
    "damaged": "damaged",
    "no notes": "no notes",
    "empty": "empty",
    "no MIDI": "damaged",
    "no tunes": "no notes",
}


def load_chorales(split: str | None = None) -> list[Score]:
    """Load 382 chorales of Johann Sebastian Bach, without network.

    Each has four voices, soprano, alto, tenor and bass, on a grid of quarter notes. Nearly all are transposed to C
    major or C minor, and here an octave lower than in the data, where voices can sing them. The data have neither
    lengths nor repetitions: equal consecutive pitches of a voice are one longer note, as in the piano rolls of the
    literature. Tempo (80) and meter (4/4) are not in the data.

    Parameters
    ----------
    split : {"train", "valid", "test"} or None, default None
        The 229, 76 or 77 chorales of a part in the usual split; None: all, in this order.

    Returns
    -------
    X : list of Score

    Raises
    ------
    UnknownNameError
        `split` is another name.

    References
    ----------
    N. Boulanger-Lewandowski, Y. Bengio and P. Vincent, "Modeling Temporal Dependencies in High-Dimensional Sequences",
    2012.

    Examples
    --------
    >>> from ganvas.data import load_chorales
    >>> load_chorales("train")[0].bars
    33
    """
    with gzip.open(_FOLDER / "chorales.json.gz", "rt", encoding="ascii") as file:
        parts: dict[str, Any] = json.load(file)
    names = list(parts) if split is None else [choice("split", split, list(parts))]
    return [_chorale(voices) for name in names for voices in parts[name]]


def _chorale(voices: list[list[int]]) -> Score:
    number, _ = program("choir aahs")
    tracks = []
    for name, pitches in zip(_VOICES, voices, strict=True):
        steps = np.array(pitches)
        starts = np.flatnonzero(np.diff(steps, prepend=-2))
        lengths = np.diff(starts, append=len(steps))
        found = zip(starts.tolist(), steps[starts].tolist(), lengths.tolist(), strict=True)
        notes = [(start, pitch - _OCTAVE, length, 80) for start, pitch, length in found if pitch >= 0]
        tracks.append((name, number, False, notes))
    return Score._of(_core.Score(1, tracks, length=len(voices[0]), tempos=[(0, 80.0)]))


def load_scores(path: str | os.PathLike[str], on_error: str = "skip") -> list[Score]:
    """Read a file of music, or all of a folder and its subfolders.

    Parameters
    ----------
    path : path-like
        A file, or a folder whose files .mid, .midi and .abc are read in alphabetical order.
    on_error : {"skip", "cut", "raise"}, default "skip"
        "skip": files of a folder that cannot be read are left out with a warning that counts them by reason. "cut":
        damaged ones are read up to the damage, and counted. "raise": the first of them is an error.

    Returns
    -------
    X : list of Score
        A file with several pieces gives several.

    Raises
    ------
    FileNotFoundError
        The file or folder does not exist.
    DataError
        A folder has no such files, or none of them can be read.

    Warns
    -----
    IgnoredWarning
        Files are left out.

    Examples
    --------
    >>> from ganvas.data import load_scores
    >>> X = load_scores("midi/")  # doctest: +SKIP
    """
    return list(ScoreFiles(path, on_error))


class ScoreFiles:
    """Scores that stay in their files, which may be larger than memory.

    `MusicTrainer.fit` reads them up to three times, for their resolution, for their instruments and for their notes,
    and keeps their tokens in a temporary file, with two bytes for each.

    Parameters
    ----------
    path : path-like
        A file, or a folder whose files .mid, .midi and .abc are read in alphabetical order, with its subfolders.
    on_error : {"skip", "cut", "raise"}, default "skip"
        As for `load_scores`; the warning comes once.

    Raises
    ------
    FileNotFoundError
        The file or folder does not exist.
    DataError
        A folder has no such files. When scores are read: none of them can be read.

    Examples
    --------
    >>> from ganvas import MusicTrainer
    >>> from ganvas.data import ScoreFiles
    >>> music = MusicTrainer().fit(ScoreFiles("midi/"))  # doctest: +SKIP
    """

    def __init__(self, path: str | os.PathLike[str], on_error: str = "skip") -> None:
        self.on_error = choice("on_error", on_error, ("skip", "cut", "raise"))
        self.place = Path(path).expanduser()
        if not self.place.exists():
            raise FileNotFoundError(f"no such file or folder: {self.place}")
        self.files = tuple(sorted(_files(self.place))) if self.place.is_dir() else (self.place,)
        if not self.files:
            raise DataError(f"{self.place}: expected files named *.mid, *.midi or *.abc, got none")
        self._warned = False

    def __iter__(self) -> Iterator[Score]:
        """Iterate over the scores."""
        alone, cut = not self.place.is_dir(), self.on_error == "cut"
        if alone:
            yield from Score.read_all(self.place, damaged="cut" if cut else "raise")
            return
        reasons: Counter[str] = Counter()
        shortened, example = 0, None
        for file in self.files:
            try:
                cores, damage = read(file, cut=cut)
            except (DataError, OSError) as error:
                if self.on_error == "raise":
                    raise
                reasons[_reason(file, error)] += 1
                example = example or str(error)
                continue
            if damage is not None:
                shortened += 1
                example = example or f"{file}: {damage}"
            yield from map(Score._of, cores)
        self._report(shortened, reasons, example)

    def _report(self, shortened: int, reasons: "Counter[str]", example: str | None) -> None:
        count, out = len(self.files), reasons.total()
        counts = ", ".join(f"{reason} {number}" for reason, number in reasons.most_common())
        said = f"{count - out} of {count} files read, {out} left out: {counts}"
        if out == count:
            raise DataError(f"{self.place}: {said}; the first: {example}")
        if self._warned:
            return
        self._warned = True
        if shortened:
            warn(f"{shortened} of {count} files read up to their damage; the first: {example}", IgnoredWarning)
        if out:
            warn(said, IgnoredWarning)

    def __repr__(self) -> str:
        count = len(self.files)
        return f"ScoreFiles({count} file{'s' * (count != 1)})"


def _reason(file: Path, error: Exception) -> str:
    if isinstance(error, OSError):
        return "unreadable"
    text = str(error).removeprefix(f"{file}: ")
    return next((reason for start, reason in _REASONS.items() if text.startswith(start)), "too long")


__all__ = ["ScoreFiles", "load_chorales", "load_scores"]


def has_music(place: Path) -> bool:
    """Return True if this is a file of music by its name, or a folder with one."""
    return next(_files(place), None) is not None if place.is_dir() else place.suffix.lower() in _SUFFIXES


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.suffix.lower() in _SUFFIXES and file.is_file())
