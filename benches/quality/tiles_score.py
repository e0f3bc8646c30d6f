"""Rules that platform levels keep, and the divergence of tile patterns; from saved arrays of characters alone.

    python benches/quality/tiles_score.py runs/levels/data.npz runs/levels/gan_0.npz ...

A file holds ``levels``, (n, h, w) characters: "-" air, "X" ground, "S" brick, "o" coin, "E" enemy, "<>" and "[]" a
pipe. The first file holds the held-out levels that the others are compared with.

The divergence is KL(held-out || samples) of patterns of w x w tiles, in nats, smoothed with epsilon = 1e-6 as in Lucas
and Volz, "Tile Pattern KL-Divergence for Analysing and Evolving Game Levels", 2019.
"""

import argparse
import itertools
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

EPSILON = 1e-6
WIDEST_GAP = 4
SIZES = (2, 3, 4)

Level = np.ndarray


def whole_pipes(level: Level) -> bool:
    """Return True if each tile of a pipe has its other half beside it and the rest of the pipe below it."""
    below = {"<": "[", ">": "]", "[": "[X", "]": "]X"}
    above = {"[": "<[", "]": ">]"}
    right = {"<": ">", "[": "]"}
    left = {">": "<", "]": "["}
    height, width = level.shape
    for i, j in np.argwhere(np.isin(level, list("<>[]"))):
        tile = level[i, j]
        at, other = (j + 1, right[tile]) if tile in right else (j - 1, left[tile])
        if not 0 <= at < width or level[i, at] != other:
            return False
        if i + 1 == height or level[i + 1, j] not in below[tile]:
            return False
        if tile in above and (i == 0 or level[i - 1, j] not in above[tile]):
            return False
    return True


def jumpable_gaps(level: Level) -> bool:
    """Return True if the lowest row has ground at both ends and no gap wider than a jump."""
    ground = level[-1] == "X"
    gaps = "".join("X" if tile else " " for tile in ground).split("X")
    return bool(ground[0] and ground[-1]) and max(map(len, gaps)) <= WIDEST_GAP


def standing_enemies(level: Level) -> bool:
    """Return True if each enemy has ground below it."""
    return all(i + 1 < len(level) and level[i + 1, j] == "X" for i, j in np.argwhere(level == "E"))


RULES: dict[str, Callable[[Level], bool]] = {
    "whole pipes": whole_pipes,
    "jumpable gaps": jumpable_gaps,
    "standing enemies": standing_enemies,
}


def rules(levels: np.ndarray) -> dict[str, float]:
    """Return the share of levels that keep each rule, and all of them."""
    kept = {name: np.array([rule(level) for level in levels]) for name, rule in RULES.items()}
    shares = {name: float(each.mean()) for name, each in kept.items()}
    return shares | {"all rules": float(np.all(list(kept.values()), axis=0).mean())}


def patterns(levels: np.ndarray, size: int) -> Counter[bytes]:
    """Count the patterns of size x size tiles."""
    windows = np.lib.stride_tricks.sliding_window_view(levels, (size, size), axis=(1, 2))
    flat = np.ascontiguousarray(windows.reshape(-1, size * size))
    return Counter(row.tobytes() for row in flat)


def divergence(held_out: np.ndarray, samples: np.ndarray, size: int) -> float:
    """Return KL(held-out || samples) of patterns in nats."""
    p, q = patterns(held_out, size), patterns(samples, size)
    totals = [sum(counts.values()) for counts in (p, q)]

    def share(counts: Counter[bytes], total: int, pattern: bytes) -> float:
        return (counts[pattern] + EPSILON) / ((total + EPSILON) * (1 + EPSILON))

    shares = [(share(p, totals[0], pattern), share(q, totals[1], pattern)) for pattern in p]
    return float(sum(one * np.log(one / other) for one, other in shares))


def score(held_out: np.ndarray, samples: np.ndarray) -> dict[str, float]:
    """Return the shares of kept rules, the divergences, and the share of samples that are among the held-out levels."""
    known = {level.tobytes() for level in np.ascontiguousarray(held_out)}
    same = np.mean([level.tobytes() in known for level in np.ascontiguousarray(samples)])
    found = {f"divergence {size}": divergence(held_out, samples, size) for size in SIZES}
    return rules(samples) | found | {"identical": float(same)}


def bigrams(levels: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Draw levels column by column from a table of which column follows which: the trivial rival."""
    rng = np.random.default_rng(seed)
    columns = np.ascontiguousarray(levels.transpose(0, 2, 1))
    names = {column.tobytes(): column for level in columns for column in level}
    first = [level[0].tobytes() for level in columns]
    follow: dict[bytes, list[bytes]] = {}
    for level in columns:
        for one, other in itertools.pairwise(level):
            follow.setdefault(one.tobytes(), []).append(other.tobytes())
    made = []
    for _ in range(n):
        chain = [first[rng.integers(len(first))]]
        while len(chain) < columns.shape[1]:
            nexts = follow.get(chain[-1]) or first
            chain.append(nexts[rng.integers(len(nexts))])
        made.append(np.stack([names[column] for column in chain], axis=1))
    return np.stack(made)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    files = parser.parse_args().files
    held_out, *others = (np.load(file)["levels"] for file in files)
    for file, levels in zip(files[1:], others, strict=True):
        print(file.stem, json.dumps(score(held_out, levels)))


if __name__ == "__main__":
    main()
