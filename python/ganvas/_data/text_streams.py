"""Texts that are larger than memory: their vocabulary, and their tokens in a file."""

import itertools
from collections.abc import Iterator

import numpy as np

from .. import _core
from ..data import TextFiles
from ..exceptions import DataError
from .texts import Documents, TextLayout, checked

# Characters of the texts that "bpe" and "words" are learnt from.
_LEARNT = 100_000_000
# Characters, and texts, that are encoded in one call.
_AT_ONCE, _MOST = 1_000_000, 100_000
# Spreads numbers over 32 bits (Knuth, "The Art of Computer Programming", volume 3, 6.4).
_SPREAD = 2_654_435_761


def learnt(files: TextFiles, name: str, size: int | None) -> _core.Vocabulary:
    """Learn a vocabulary: "characters" and "words" of all characters, "bpe" and "words" of the first 100 million."""
    characters: set[str] = set()
    first: list[str] = []
    count = 0
    for texts in _parts(files):
        for text in texts:
            if count < _LEARNT and name in ("bpe", "words"):
                first.append(text)
                count += len(text)
            characters.update(text)
        if name == "bytes" or (name == "bpe" and count >= _LEARNT):
            break
    every = "".join(sorted(characters))
    if not every:
        raise DataError(f"X: expected texts, got {files} without any")
    return _core.Vocabulary.learn(name, first if name == "bpe" else [*first, every], size)


def packed(files: TextFiles, data: _core.Data, part: float) -> tuple[Documents, TextLayout]:
    """Pack texts in temporary files; a part of them, chosen by their numbers, is held out."""
    kept, out = _core.PackedFile(data), _core.PackedFile(data)
    numbers, count, left_out, any_out = itertools.count(), 0, 0, False
    for texts in _parts(files):
        present = [(next(numbers), text) for text in texts if text]
        left_out += len(texts) - len(present)
        count += len(present)
        held = held_out(np.array([number for number, _ in present], np.uint64), part)
        kept.push([text for (_, text), is_out in zip(present, held, strict=True) if not is_out])
        out.push([text for (_, text), is_out in zip(present, held, strict=True) if is_out])
        any_out |= bool(held.any())
    reader = kept.close()
    if any_out:
        reader = reader.measured_by(out.close())
    return Documents(reader, 0, None, None), TextLayout(count, len(reader), left_out)


def held_out(numbers: np.ndarray, part: float) -> np.ndarray:
    """Tell which of the texts of these numbers are held out; the first one never is."""
    spread = (numbers * np.uint64(_SPREAD)) % np.uint64(1 << 32)
    return (spread < part * (1 << 32)) & (numbers > 0)


def _parts(files: TextFiles) -> Iterator[list[str]]:
    """Iterate over texts, some at a time."""
    part: list[str] = []
    size = 0
    for i, text in enumerate(files):
        part.append(checked("X", i, text) or "")
        size += len(text)
        if size >= _AT_ONCE or len(part) == _MOST:
            yield part
            part, size = [], 0
    if part:
        yield part
