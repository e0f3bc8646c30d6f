"""Statistics of phrases of four bars, from saved arrays of piano rolls alone; does not import ganvas.

    python benches/quality/rolls_score.py held_out.npz samples.npz ...

A file holds ``rolls``, (n, bars, steps, pitches) booleans. The measures of Dong et al., "MuseGAN", 2018, follow muspy
(Dong et al., "MusPy: A Toolkit for Symbolic Music Generation", 2020), and are means over the phrases: *pitch classes*
are counted in each bar, *polyphony* is the mean number of pitches where one sounds, *three or more* the share of
steps with at least three pitches (muspy's `polyphony_rate`), *in scale* the share of notes in the scale that holds
most of them. Others are taken from all phrases together: *held* is the share of pitches that sound in the previous
step as well, *clashes* the share of steps with two pitch classes a semitone apart, *melody* the mean distance in
semitones between the highest pitches of two steps.
"""

import argparse
import json
from pathlib import Path

import numpy as np

BARS, STEPS, PITCHES, LOWEST = 4, 4, 60, 37
MAJOR = np.array([1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1], bool)
MINOR = np.array([1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0], bool)


def phrases(data: Path, part: str) -> list[np.ndarray]:
    """Return the phrases of each chorale of a part, one from each bar on: (n, bars, steps, pitches)."""
    file = Path(data) / "music" / "jsb" / "jsb-chorales-quarter.json"
    made = []
    for piece in json.loads(file.read_text())[part]:
        bars = np.zeros((len(piece) // STEPS, STEPS, PITCHES), bool)
        for step, frame in enumerate(piece[: len(bars) * STEPS]):
            bars[step // STEPS, step % STEPS, [int(pitch) - LOWEST for pitch in frame if pitch >= 0]] = True
        starts = range(len(bars) - BARS + 1)
        made.append(np.stack([bars[first : first + BARS] for first in starts]) if starts else bars[:0, None])
    return [phrase for phrase in made if len(phrase)]


def classes(rolls: np.ndarray, lowest: int = LOWEST) -> np.ndarray:
    """Count the pitches of each class: (..., pitches) to (..., 12)."""
    counts = np.zeros((*rolls.shape[:-1], 12), np.int32)
    for place in range(rolls.shape[-1]):
        counts[..., (lowest + place) % 12] += rolls[..., place]
    return counts


def notes(rolls: np.ndarray) -> np.ndarray:
    """Mark where notes begin: (n, time, pitches)."""
    flat = rolls.reshape(len(rolls), -1, rolls.shape[-1])
    return flat & ~np.pad(flat, ((0, 0), (1, 0), (0, 0)))[:, :-1]


def score(rolls: np.ndarray, lowest: int = LOWEST) -> dict[str, float]:
    """Return the statistics of some phrases."""
    rolls = rolls.astype(bool)
    flat = rolls.reshape(len(rolls), -1, rolls.shape[-1])
    voices = flat.sum(2)
    sounding = voices > 0
    begun = classes(notes(rolls), lowest).sum(1)
    scales = np.stack([np.roll(scale, root) for scale in (MAJOR, MINOR) for root in range(12)])
    some = begun.sum(1) > 0
    steps = classes(flat, lowest) > 0
    highest = flat.shape[2] - 1 - flat[:, :, ::-1].argmax(2)
    both = sounding[:, 1:] & sounding[:, :-1]
    return {
        "empty bars": float((~rolls.any((2, 3))).mean()),
        "pitch classes": float((classes(rolls, lowest).sum(2) > 0).sum(2).mean()),
        "polyphony": float((voices[some].sum(1) / sounding[some].sum(1)).mean()),
        "three or more": float((voices > 2).mean()),
        "in scale": float(((begun[some] @ scales.T).max(1) / begun[some].sum(1)).mean()),
        "held": float((flat[:, 1:] & flat[:, :-1]).sum() / max(1, flat[:, 1:].sum())),
        "clashes": float((steps & np.roll(steps, 1, 2)).any(2).mean()),
        "melody": float(np.abs(np.diff(highest, axis=1))[both].mean()),
    }


def variety(rolls: np.ndarray, train: np.ndarray) -> dict[str, float]:
    """Return the share of distinct phrases, and the mean overlap of their notes with the nearest training phrase."""
    a, b = (some.reshape(len(some), -1).astype(np.float32) for some in (rolls, train))
    both = a @ b.T
    union = np.maximum(a.sum(1)[:, None] + b.sum(1)[None] - both, 1)
    return {
        "distinct": len(np.unique(rolls.reshape(len(rolls), -1), axis=0)) / len(rolls),
        "nearest": float((both / union).max(1).mean()),
    }


def independent(train: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Draw each cell alone, with its frequency in the data: a trivial rival."""
    return np.random.default_rng(seed).random((n, *train.shape[1:])) < train.mean(0)


def shuffled(train: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Draw each step from another phrase, from the same place: a rival with right chords in a wrong order."""
    rng = np.random.default_rng(seed)
    _, bars, steps, _ = train.shape
    rows = rng.integers(len(train), size=(n, bars, steps))
    return train[rows, np.arange(bars)[:, None], np.arange(steps)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    for file in parser.parse_args().files:
        print(file.stem, json.dumps(score(np.load(file)["rolls"])))


if __name__ == "__main__":
    main()
