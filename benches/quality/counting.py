"""N-grams with Witten-Bell smoothing on characters and names, and xz: baselines of text models, without ganvas.

    python benches/quality/counting.py

The texts are those in the package. Characters: the first nine tenths of tiny Shakespeare are counted, the last tenth is
scored. Names: shuffled with seed 2026, the last 1,000 are scored; the end of a name is a token, and so is its begin,
which is context only. Scores are mean negative log probabilities in nats per token, for every order up to 6. 2,539 of
the names occur twice in the list, so that some tested names were counted.

With c(h w) occurrences of token w after context h and T(h) different tokens after it, p(w | h) is
(c(h w) + T(h) p(w | h')) / (c(h) + T(h)), where h' lacks the first token of h; below the empty context is the uniform
distribution (Witten and Bell, 1991; interpolated as in Chen and Goodman, 1999).

Bits per byte: of the n-grams on the last tenth after the first nine; of xz on the whole text, on the last tenth alone,
and on the last tenth after the first nine (the difference of two compressed sizes).
"""

import argparse
import datetime
import gzip
import json
import lzma
import math
import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "python" / "ganvas" / "data" / "_texts"
ORDERS = 6
TRAINED = 1_003_854
SEED, TESTED = 2026, 1_000


class Tokens(NamedTuple):
    """Documents one after another: tokens, and the number of tokens of the same document before each."""

    values: np.ndarray
    before: np.ndarray


def joined(documents: Sequence[np.ndarray]) -> Tokens:
    """Join documents."""
    return Tokens(np.concatenate(documents), np.concatenate([np.arange(len(document)) for document in documents]))


def nats(train: Tokens, test: Tokens, symbols: int, orders: int = ORDERS) -> list[float]:
    """Return the mean negative log probability of a token of `test`, for n-grams of up to 1, 2, ... `orders` tokens."""
    scored = test.before > 0
    probability = np.full(len(test.values), 1 / symbols)
    # The context of each token as a number with base `symbols`.
    trained_context, tested_context = np.zeros_like(train.values), np.zeros_like(test.values)
    means = []
    for length in range(orders):
        if length:
            trained_context = longer(trained_context, train.values, length, symbols)
            tested_context = longer(tested_context, test.values, length, symbols)
        # The first token of a document is context only; later ones have no context that reaches beyond its begin.
        counted = train.before >= max(length, 1)
        ngrams, counts = np.unique((trained_context * symbols + train.values)[counted], return_counts=True)
        contexts, first = np.unique(ngrams // symbols, return_index=True)
        totals = np.add.reduceat(counts, first)
        distinct = np.diff(np.append(first, len(ngrams)))
        at = np.flatnonzero(test.before >= max(length, 1))
        place, known = find(contexts, tested_context[at])
        at, place = at[known], place[known]
        ngram, seen = find(ngrams, tested_context[at] * symbols + test.values[at])
        count = np.where(seen, counts[ngram], 0)
        probability[at] = (count + distinct[place] * probability[at]) / (totals[place] + distinct[place])
        means.append(float(-np.log(probability[scored]).mean()))
    return means


def longer(context: np.ndarray, tokens: np.ndarray, length: int, symbols: int) -> np.ndarray:
    """Add the token `length` places before each to its context."""
    shifted = np.zeros_like(tokens)
    shifted[length:] = tokens[:-length]
    return context + shifted * symbols ** (length - 1)


def find(among: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of values in a sorted array, and whether they are there."""
    place = np.minimum(np.searchsorted(among, values), len(among) - 1)
    return place, among[place] == values


def read(name: str) -> bytes:
    """Read a text of the package."""
    return gzip.decompress((TEXTS / f"{name}.txt.gz").read_bytes())


def characters(text: bytes) -> dict[str, Any]:
    """Score n-grams of characters."""
    letters, tokens = np.unique(np.frombuffer(text, np.uint8), return_inverse=True)
    train, test = joined([tokens[:TRAINED]]), joined([tokens[TRAINED:]])
    return {
        "symbols": len(letters),
        "trained": len(train.values) - 1,
        "tested": len(test.values) - 1,
        "nats": nats(train, test, len(letters)),
    }


def names(text: bytes) -> dict[str, Any]:
    """Score n-grams of the letters of names."""
    every = text.decode().split("\n")
    shuffled = [every[i] for i in np.random.default_rng(SEED).permutation(len(every))]
    # Letters are 1 to 26; 0 is begin and end.
    documents = [np.array([0, *(ord(letter) - ord("a") + 1 for letter in name), 0]) for name in shuffled]
    train, test = joined(documents[:-TESTED]), joined(documents[-TESTED:])
    known = set(shuffled[:-TESTED])
    return {
        "symbols": 27,
        "trained": int(np.sum(train.before > 0)),
        "tested": int(np.sum(test.before > 0)),
        "tested names that were trained": sum(name in known for name in shuffled[-TESTED:]),
        "nats": nats(train, test, 27),
    }


def compressed(text: bytes) -> dict[str, float]:
    """Bits per byte of xz at its highest setting."""

    def size(part: bytes) -> int:
        return len(lzma.compress(part, preset=9 | lzma.PRESET_EXTREME))

    last = text[TRAINED:]
    return {
        "whole": 8 * size(text) / len(text),
        "last tenth": 8 * size(last) / len(last),
        "last tenth after the others": 8 * (size(text) - size(text[:TRAINED])) / len(last),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "counting.json")
    args = parser.parse_args()
    begun = time.monotonic()
    shakespeare = read("shakespeare")
    rows = {"shakespeare": characters(shakespeare), "names": names(read("names"))}
    result = {
        "orders": list(range(1, ORDERS + 1)),
        "rows": rows,
        "bits per byte": {
            "n-grams": [mean / math.log(2) for mean in rows["shakespeare"]["nats"]],
            "xz": compressed(shakespeare),
        },
        "seconds": time.monotonic() - begun,
        "machine": {
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
            "numpy": np.__version__,
            "date": datetime.date.today().isoformat(),
        },
    }
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
