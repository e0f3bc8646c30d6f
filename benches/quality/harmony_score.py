"""Rules of four-part harmony, measured in chorales; does not import ganvas."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

# Pitches of each quarter note, from high to low.
Piece = list[list[int]]

VOICES, OCTAVE = 4, 12


def chorales(data: Path, part: str) -> list[Piece]:
    """Return the chorales of a part in quarter notes, an octave lower than in the file, where voices can sing them."""
    file = Path(data) / "music" / "jsb" / "jsb-chorales-quarter.json"
    pieces = json.loads(file.read_text())[part]
    return [[sorted({int(p) - OCTAVE for p in frame if p >= 0}, reverse=True) for frame in piece] for piece in pieces]


def ranges(pieces: list[Piece]) -> list[tuple[int, int]]:
    """Return the lowest and the highest pitch of each voice, where there are four."""
    voices = zip(*(frame for piece in pieces for frame in piece if len(frame) == VOICES), strict=True)
    return [(min(voice), max(voice)) for voice in voices]


def intervals(piece: Piece) -> Piece:
    """Return the trivial harmony: each voice at the same distance below the soprano."""
    return [[frame[0] - distance for distance in (0, 5, 9, 17)] if frame else [] for frame in piece]


def parallels(piece: Piece) -> Iterator[list[int]]:
    """Yield the intervals of parallel motion, 0 for octaves and 7 for fifths, for each two beats of four voices."""
    for before, after in itertools.pairwise(piece):
        if len(before) != VOICES or len(after) != VOICES:
            continue
        found = []
        for high, low in itertools.combinations(range(VOICES), 2):
            moves = after[high] - before[high], after[low] - before[low]
            interval = (before[high] - before[low]) % OCTAVE
            same = interval == (after[high] - after[low]) % OCTAVE
            if interval in (0, 7) and same and moves[0] * moves[1] > 0:
                found.append(interval)
        yield found


def judged(pieces: list[Piece], own: list[Piece], known: list[tuple[int, int]]) -> dict[str, float]:
    """Judge harmonies of the sopranos of `own` in the beats that have one; `known` are the ranges of voices."""
    pairs = [(a, b) for piece, other in zip(pieces, own, strict=True) for a, b in zip(piece, other, strict=True) if b]
    sounding = [(voice, pitch) for frame, _ in pairs if len(frame) == VOICES for voice, pitch in enumerate(frame)]
    moved = [found for piece in pieces for found in parallels(piece)]
    found = list(itertools.chain.from_iterable(moved))
    return {
        "beats": len(pairs),
        "melody kept": sum(a[:1] == b[:1] for a, b in pairs) / len(pairs),
        "four voices": sum(len(a) == VOICES for a, _ in pairs) / len(pairs),
        "in range": sum(known[voice][0] <= pitch <= known[voice][1] for voice, pitch in sounding) / len(sounding),
        "parallels": 100 * len(found) / len(moved),
        "fifths": 100 * found.count(7) / len(moved),
        "octaves": 100 * found.count(0) / len(moved),
        "bach's chords": sum(a == b for a, b in pairs) / len(pairs),
    }
