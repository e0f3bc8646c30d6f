"""Melodies of two bars, their rivals, and how well they are rebuilt; does not import ganvas.

A melody is 16 steps of an eighth note of a folk tune, two bars of 4/4: in each the highest pitch, if it is not of the
accompaniment, or a rest. As tokens it is, for each step, the pitch, if there is one, and an end.
"""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import counting
import numpy as np

# Pitch of each step; -1 for a rest.
Melody = tuple[int, ...]
STEPS, HOP, LOWEST, PITCHES = 16, 8, 60, 128
# Components of PCA, as many as a latent has.
COMPONENTS = 64
ORDER = 5
# Tunes of the training part on which settings are tried.
TRIED = 100


def parts(data: Path, trial: bool = False) -> tuple[list[Melody], list[Melody]]:
    """Return the melodies for training, and those of other tunes that are not among them, each once.

    In a trial, which chooses settings, both are of the training part.
    """
    import scipy.io

    # Piano rolls of 88 keys, from pitch 21 on.
    found = scipy.io.loadmat(Path(data) / "music" / "nottingham" / "nottingham_train_valid.mat")
    tunes, others = found["traindata"][0], found["validdata"][0]
    if trial:
        tunes, others = tunes[:-TRIED], tunes[-TRIED:]
    train, test = ([melody for tune in of for melody in melodies(tune)] for of in (tunes, others))
    known = set(train)
    return train, sorted({melody for melody in test if melody not in known})


def melodies(roll: np.ndarray) -> list[Melody]:
    """Cut the highest pitches of a tune into melodies that have notes."""
    tops = [21 + int(np.flatnonzero(frame)[-1]) if frame.any() else -1 for frame in roll]
    line = [top if top >= LOWEST else -1 for top in tops]
    cut = [tuple(line[first : first + STEPS]) for first in range(0, len(line) - STEPS + 1, HOP)]
    return [melody for melody in cut if max(melody) >= 0]


def tokens(melody: Sequence[int]) -> list[int]:
    """Return the tokens of a melody: pitches, and `PITCHES` at the end of a step."""
    return [token for pitch in melody for token in ([pitch] if pitch >= 0 else []) + [PITCHES]]


def rebuilt(given: list[Melody], made: list[Melody]) -> dict[str, float]:
    """Return the shares of the tokens at their places, of the steps, and of the whole melodies that are the same."""
    same = total = 0
    for one, other in zip(given, made, strict=True):
        first, second = tokens(one), tokens(other)
        same += sum(a == b for a, b in zip(first, second, strict=False))
        total += max(len(first), len(second))
    return {
        "tokens": same / total,
        "steps": float(1 - np.mean([distance(*pair) for pair in zip(given, made, strict=True)])),
        "whole": float(np.mean([one == other for one, other in zip(given, made, strict=True)])),
    }


def distance(one: Sequence[int], other: Sequence[int]) -> float:
    """Return the share of steps that differ; those of a longer melody differ."""
    same = sum(a == b for a, b in zip(one, other, strict=False))
    return 1 - same / max(len(one), len(other), 1)


def components(train: list[Melody], test: list[Melody]) -> list[Melody]:
    """Rebuild melodies by PCA of their steps, each a one-hot vector: as many components as a latent has."""
    first = np.array(train)
    values = np.unique(first)
    place = {value: i for i, value in enumerate(values.tolist())}

    def coded(melodies: list[Melody]) -> np.ndarray:
        index = np.array([[place.get(pitch, 0) for pitch in melody] for melody in melodies])
        return np.eye(len(values), dtype=np.float32)[index].reshape(len(melodies), -1)

    x = coded(train)
    mean = x.mean(0)
    _, axes = np.linalg.eigh(np.cov(x - mean, rowvar=False))
    axes = axes[:, -COMPONENTS:].astype(np.float32)
    back = (coded(test) - mean) @ axes @ axes.T + mean
    index = back.reshape(len(test), STEPS, len(values)).argmax(2)
    return [tuple(melody) for melody in values[index].tolist()]


def nearest(train: list[Melody], test: list[Melody]) -> list[Melody]:
    """Answer with the training melody that has the most steps in common."""
    known = np.array(sorted(set(train)))
    return [tuple(known[(known == np.array(melody)).sum(1).argmax()].tolist()) for melody in test]


def paths(walks: list[list[Melody]]) -> dict[str, float]:
    """Describe paths from a melody to another one: distances of neighbours and of ends."""
    steps = [[distance(a, b) for a, b in itertools.pairwise(walk)] for walk in walks]
    ends = [distance(walk[0], walk[-1]) for walk in walks]
    return {
        "neighbours": float(np.mean(steps)),
        "largest of a path": float(np.mean([max(of) for of in steps])),
        "ends": float(np.mean(ends)),
        "paths whose neighbours are all nearer than their ends": float(
            np.mean([max(of) < end for of, end in zip(steps, ends, strict=True)])
        ),
    }


def crossfades(walks: list[list[Melody]], seed: int = 0) -> list[list[Melody]]:
    """Replace the steps of the first melody of a path by those of the last one, in random order."""
    random = np.random.default_rng(seed)
    made = []
    for walk in walks:
        start, end = np.array(walk[0][:STEPS]), np.array(walk[-1][:STEPS])
        order = random.permutation(min(len(start), len(end)))
        fade = []
        for count in np.linspace(0, len(order), len(walk)).round().astype(int):
            melody = start.copy()
            melody[order[:count]] = end[order[:count]]
            fade.append(tuple(melody.tolist()))
        made.append(fade)
    return made


def surprise(train: list[Melody], some: list[Melody]) -> float:
    """Return the nats of a step of melodies under n-grams of the training melodies."""

    def documents(melodies: list[Melody]) -> counting.Tokens:
        return counting.joined([np.array([0, *(pitch + 2 for pitch in melody), 0]) for melody in melodies])

    # Each training melody once: windows overlap, and tunes repeat their bars.
    tested = documents(some)
    nats = counting.nats(documents(sorted(set(train))), tested, PITCHES + 2, ORDER)[-1]
    return float(nats * (tested.before > 0).sum() / sum(map(len, some)))


def middles(walks: list[list[Melody]]) -> list[Melody]:
    """Return the melodies between the ends of paths."""
    return [melody for walk in walks for melody in walk[1:-1]]


def judged(
    data: Path, made: list[Melody], samples: list[Melody], walks: list[list[Melody]], tested: list[Melody]
) -> dict[str, Any]:
    """Judge rebuilt melodies, samples and paths."""
    train, _ = parts(data)
    return {
        "rebuilt": rebuilt(tested, made),
        "paths": paths(walks),
        "nats a step": {
            "samples": surprise(train, samples),
            "between": surprise(train, middles(walks)),
        },
    }


def rivals(data: Path, tested: list[Melody], walks: list[list[Melody]]) -> dict[str, Any]:
    """Judge PCA, the nearest training melody, and crossfades."""
    train, _ = parts(data)
    fades = crossfades(walks)
    return {
        "PCA": rebuilt(tested, components(train, tested)),
        "nearest": rebuilt(tested, nearest(train, tested)),
        "crossfade": {"paths": paths(fades), "nats a step": surprise(train, middles(fades))},
        "real nats a step": surprise(train, tested),
    }
