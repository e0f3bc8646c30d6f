"""Shares of exact answers, and those of trivial rivals; does not import ganvas."""

import itertools
from collections import Counter
from collections.abc import Sequence

import numpy as np

# Sources that are compared with all others at a time.
_AT_ONCE = 200


def exact(predictions: Sequence[str], answers: Sequence[str]) -> float:
    """Return the share of predictions that are the answers, letter for letter."""
    return float(np.mean([made == wanted for made, wanted in zip(predictions, answers, strict=True)]))


def frequent(answers: Sequence[str], count: int) -> list[str]:
    """Answer with the most frequent answer of the training part."""
    return [Counter(answers).most_common(1)[0][0]] * count


def nearest(sources: Sequence[str], answers: Sequence[str], tested: Sequence[str]) -> list[str]:
    """Answer with the answer to the training source that has the most pairs of neighbouring words in common."""
    pairs = [_pairs(source) for source in sources]
    known = {pair: i for i, pair in enumerate(sorted(set().union(*pairs)))}

    def coded(of: Sequence[set[tuple[str, str]]]) -> np.ndarray:
        rows = np.zeros((len(of), len(known)), np.float32)
        for row, found in zip(rows, of, strict=True):
            row[[known[pair] for pair in found if pair in known]] = 1
        return rows

    table = coded(pairs)
    # Of sources that have all, the shortest.
    lengths = np.array([len(found) for found in pairs]) / 1e4
    made = []
    for first in range(0, len(tested), _AT_ONCE):
        part = coded([_pairs(source) for source in tested[first : first + _AT_ONCE]])
        made += [answers[i] for i in (part @ table.T - lengths).argmax(1)]
    return made


def last(answers: Sequence[str], tested: Sequence[str]) -> list[str]:
    """Answer with the answer of the training part that the source names last, of one word; else with nothing."""
    known = set(answers)
    found = [[word for word in source.replace(".", " ").split() if word in known] for source in tested]
    return [words[-1] if words else "" for words in found]


def _pairs(source: str) -> set[tuple[str, str]]:
    words = ["", *source.lower().split(), ""]
    return set(itertools.pairwise(words))
