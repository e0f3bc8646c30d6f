"""Reports of models of texts and of music, which is written as texts."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from .. import _core
from . import intervals, rivals
from .report import Measure

# Characters in a row whose repetition is counted.
_RUN = 8
# Characters of a text in which copied passages are looked for.
_SEARCHED = 300
# Joins texts in which copies are searched; a lone surrogate is in no text.
_BETWEEN = "\udfff"


class Written(NamedTuple):
    """Texts that are compared.

    Attributes
    ----------
    real : list of str
        Texts that the model has not seen.
    made : list of str
        Texts of the model.
    train : list of str
        Training texts.
    nats : list of float64 array
        Surprise of the model at each token of `real`, ends included.
    """

    real: list[str]
    made: list[str]
    train: list[str]
    nats: list[np.ndarray]


def measured(written: Written, vocabulary: _core.Vocabulary, orders: Iterable[int]) -> dict[str, Measure]:
    """Measure a model by its surprise and by its texts.

    Parameters
    ----------
    written : Written
    vocabulary : Vocabulary
    orders : iterable of int
        Lengths of n-grams of the rival, of which the best on the real texts is taken.
    """
    rival, order = counted(written.train, written.real, vocabulary, orders)
    name = f"{order}-grams"
    tokens = [len(nats) for nats in written.nats]
    size = [len(text.encode()) for text in written.real]
    drawn = _chains(written.train, vocabulary, len(written.made))
    return {
        "nats_per_token": _rate(written.nats, rival, tokens, name, "mean surprise at a token, nats"),
        "bits_per_byte": _rate(
            [nats / np.log(2) for nats in written.nats],
            [nats / np.log(2) for nats in rival],
            size,
            name,
            "bits needed for each byte, ends of texts included",
        ),
        "copied": _share(
            [_copied(texts, written.train) for texts in (written.made, written.real, drawn)],
            "longest passage of the training texts in a text, as a fraction of it",
        ),
        "repeated": _share(
            [_repeated(texts) for texts in (written.made, written.real, drawn)],
            f"fraction of sequences of {_RUN} characters that occurred before in the same text",
        ),
    }


def counted(
    train: list[str], texts: list[str], vocabulary: _core.Vocabulary, orders: Iterable[int]
) -> tuple[list[np.ndarray], int]:
    """Return the surprise of n-grams at each token of texts, in nats, and the length that is best on them."""
    end = np.array([len(vocabulary)], np.uint32)
    documents, others = ([np.concatenate([end, vocabulary.encode(t), end]) for t in part] for part in (train, texts))
    found = {}
    for order in orders:
        model = _core.Counting(documents, len(vocabulary) + 1, order)
        found[order] = [-model.scores(document) for document in others]
    best = min(found, key=lambda order: sum(nats.sum() for nats in found[order]))
    return found[best], best


def joined(texts: list[str]) -> str:
    """Join texts, so that passages of a text are found in any of them and not in between."""
    return _BETWEEN.join(texts)


def longest(text: str, corpus: str) -> str:
    """Return the longest passage of a text that occurs in a corpus."""
    best = first = 0
    for start in range(len(text)):
        while start + best < len(text) and text[start : start + best + 1] in corpus:
            first, best = start, best + 1
    return text[first : first + best]


def _rate(own: list[np.ndarray], rival: list[np.ndarray], sizes: list[int], name: str, meaning: str) -> Measure:
    """Measure sums over texts by the sum of their sizes."""
    sums = np.array([[part.sum(dtype=np.float64) for part in parts] for parts in (own, rival)])
    both = np.column_stack([sums[0], sizes])
    ends = intervals.bootstrapped(both, lambda rows: float(rows[:, 0].sum() / rows[:, 1].sum()))
    value, other = (float(total / sum(sizes)) for total in sums.sum(1))
    return Measure(value, *ends, rival=other, rival_name=name, better="lower", meaning=meaning)


def _share(values: list[np.ndarray], meaning: str) -> Measure:
    """Measure means over texts of the model, of real texts and of the rival."""
    own, real, rival = (float(part.mean()) for part in values)
    return Measure(own, *intervals.of_mean(values[0]), real, rival, "pairs of tokens", "near", meaning)


def _chains(train: list[str], vocabulary: _core.Vocabulary, n: int) -> list[str]:
    """Write texts token by token, each by its frequency after the one before it."""
    rows = [vocabulary.encode(text)[:_SEARCHED] for text in train]
    tokens = np.full((len(rows), 1 + max(map(len, rows))), -1, np.int64)
    for row, own in zip(tokens, rows, strict=True):
        row[: len(own)] = own
    made = rivals.following(tokens[tokens[:, 0] >= 0], n, np.random.default_rng(0))
    return [
        b"".join(vocabulary.bytes(int(token)) for token in row if token >= 0).decode(errors="replace") for row in made
    ]


def _copied(texts: list[str], train: list[str]) -> np.ndarray:
    """Return the length of the longest passage of the training texts in each text, over that of the text."""
    corpus, parts = joined(train), [text[:_SEARCHED] for text in texts]
    return np.array([len(longest(text, corpus)) / max(len(text), 1) for text in parts])


def _repeated(texts: list[str]) -> np.ndarray:
    """Return the fraction of sequences of characters that occurred before in the same text, of each text."""
    shares = []
    for text in (text[:_SEARCHED] for text in texts):
        runs = [text[start : start + _RUN] for start in range(len(text) - _RUN + 1)]
        shares.append(1 - len(set(runs)) / len(runs) if runs else 0.0)
    return np.array(shares)
