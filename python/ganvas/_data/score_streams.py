"""Scores that are larger than memory: their tokens in a file."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from .. import _core
from ..data import ScoreFiles
from ..score import Score
from .scores import ScoreLayout, Silence, Writing, described, has_notes, in_parts, transposed, without_notes
from .text_streams import held_out
from .texts import Documents

# Characters that are encoded in one call.
_AT_ONCE = 1_000_000


class Sounding:
    """The scores of files that have notes; without `percussion`, its notes do not count.

    Attributes
    ----------
    left_out : int
        Number of scores without notes, after an iteration.
    """

    left_out = 0

    def __init__(self, files: ScoreFiles, *, percussion: bool = True) -> None:
        self._files, self._percussion = files, percussion

    def __iter__(self) -> Iterator[Score]:
        """Iterate over the scores; raises DataError if none has notes."""
        self.left_out, kept = 0, 0
        for score in self._files:
            if has_notes(score, percussion=self._percussion):
                kept += 1
                yield score
            else:
                self.left_out += 1
        if not kept:
            raise without_notes(self.left_out, percussion=self._percussion)


class _File:
    """A part of the texts, on its way to a temporary file."""

    def __init__(self, data: _core.Data) -> None:
        self.file, self.texts, self.characters, self.any = _core.PackedFile(data), list[str](), 0, False
        self.silence = Silence()

    def add(self, texts: list[str]) -> None:
        self.texts += texts
        self.characters += sum(map(len, texts))
        self.any = True
        if self.characters >= _AT_ONCE:
            self.push()

    def push(self) -> None:
        if not self.texts:
            return
        self.silence.add(self.texts)
        self.file.push(self.texts)
        self.texts, self.characters = [], 0

    def close(self) -> _core.Packed:
        self.push()
        return self.file.close()


def packed(
    scores: Sounding, data: _core.Data, notation: _core.Notation, how: Writing
) -> tuple[Documents, ScoreLayout, Silence]:
    """Write scores as `written` does, and pack them in temporary files; some of them are held out."""
    kept, out = _File(data), _File(data)
    random, owed = np.random.default_rng(0), 0.0

    def passed() -> Iterator[Score]:
        nonlocal owed
        for number, score in enumerate(scores):
            if held_out(np.array([number], np.uint64), how.held_out)[0]:
                out.add([notation.write(score._core)])
            else:
                pieces = [score._core, *transposed(score._core, how.shifts)]
                texts = [notation.write(piece) for piece in pieces]
                owed += sum(map(len, texts))
                parts = [text for _, text in in_parts(pieces, notation, how, owed, random)]
                owed -= sum(map(len, parts)) * (1 - how.parts) / max(how.parts, 1e-9)
                kept.add(texts + parts)
            yield score

    layout = described(passed(), notation, 0, 0)
    reader = kept.close()
    if out.any:
        reader = reader.measured_by(out.close())
    layout = dataclasses.replace(layout, tokens=len(reader), left_out=scores.left_out)
    return Documents(reader, 0, None, None), layout, kept.silence
