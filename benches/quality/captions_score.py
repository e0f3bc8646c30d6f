"""BLEU and self-BLEU of generated captions against real ones; does not import ganvas.

    python benches/quality/captions_score.py samples.txt

The protocol is that of Texygen (Zhu et al., 2018) on its 20,000 captions of COCO images. BLEU: the mean over samples of
nltk's `sentence_bleu` (n-grams up to four words, smoothing method 1) with all captions of the test part as references;
higher is nearer to them. Self-BLEU: the same of each sample with all other samples as references; lower is more varied.
Neither is of use alone: copies of captions have a high BLEU, random words a low self-BLEU. The numbers to be near are
those of 1,000 real captions, drawn from the training part.

With thousands of references a table is counted once: the highest count of each n-gram in one reference, the reference
that has it, and the highest count in any other, so that a sample can be left out of its own references.
"""

import argparse
import json
import math
import os
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("GANVAS_DATA", ROOT / "data")) / "text" / "coco_captions"
ORDER = 4
SAMPLES = 1_000
# No word of a caption.
END = ""
# BLEU-4 and self-BLEU-4 of samples that were published with Texygen, scored in this way.
PUBLISHED = {
    "maximum likelihood (Texygen)": {"bleu": 0.312, "self bleu": 0.357},
    "SeqGAN (Texygen)": {"bleu": 0.297, "self bleu": 0.422},
    "LeakGAN (Texygen)": {"bleu": 0.354, "self bleu": 0.663},
}
Caption = list[str]


class Top(NamedTuple):
    """The highest count of an n-gram in one text, the number of that text, and the highest count in any other."""

    count: int
    text: int
    other: int


def ngrams(words: Caption) -> Iterable[tuple[str, ...]]:
    """List the n-grams of all orders; an order is the length of its tuples."""
    for n in range(1, ORDER + 1):
        yield from zip(*(words[i:] for i in range(n)), strict=False)


class References:
    """N-grams and lengths of many texts."""

    def __init__(self, texts: Sequence[Caption]) -> None:
        self.texts = texts
        self._tops: dict[tuple[str, ...], Top] = {}
        nothing = Top(0, -1, 0)
        for i, words in enumerate(texts):
            for ngram, count in Counter(ngrams(words)).items():
                top = self._tops.get(ngram, nothing)
                more = count > top.count
                self._tops[ngram] = Top(count, i, top.count) if more else top._replace(other=max(top.other, count))
        self._lengths = Counter(map(len, texts))

    def bleu(self, words: Caption, left_out: int | None = None) -> float:
        """Score one text, by all references or by all but one."""
        matches, totals = [0] * ORDER, [max(1, len(words) - n) for n in range(ORDER)]
        for ngram, count in Counter(ngrams(words)).items():
            top = self._tops.get(ngram)
            if top is not None:
                matches[len(ngram) - 1] += min(count, top.other if top.text == left_out else top.count)
        if not matches[0]:
            return 0.0
        own = None if left_out is None else len(self.texts[left_out])
        lengths = [length for length, count in self._lengths.items() if count > (length == own)]
        nearest = min(lengths, key=lambda length: (abs(length - len(words)), length))
        # Method 1: an order without a match counts as a tenth of one.
        logs = sum(math.log((match or 0.1) / total) for match, total in zip(matches, totals, strict=True))
        return math.exp(min(0.0, 1 - nearest / len(words)) + logs / ORDER)


def read(path: Path) -> list[str]:
    """Read captions, one a line."""
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def split(caption: str) -> Caption:
    """Split a caption into words and punctuation."""
    return re.findall(r"\w+|[^\w\s]", caption)


def score(samples: list[str], test: References, train: set[str] | None = None) -> dict[str, float]:
    """Score samples; copies are those that are captions of the training part, if it is given."""
    words = [split(sample) for sample in samples]
    own = References(words)
    scores: dict[str, float] = {
        "bleu": sum(map(test.bleu, words)) / len(words),
        "self bleu": sum(own.bleu(sample, i) for i, sample in enumerate(words)) / len(words),
        "samples": len(words),
    }
    if train is not None:
        scores["copies"] = sum(" ".join(sample) in train for sample in words) / len(words)
    return scores


def counted(train: Sequence[Caption], n: int, seed: int, order: int = 5) -> list[str]:
    """Draw captions word by word from n-grams of at most `order` words, with Witten-Bell smoothing."""
    after: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for words in train:
        # The end of the text before is the context of the first word.
        tokens = [END, *words, END]
        for i in range(1, len(tokens)):
            for first in range(max(0, i - order + 1), i + 1):
                after[tuple(tokens[first:i])][tokens[i]] += 1
    known = sorted(after[()])
    rng = random.Random(seed)

    def draw(context: tuple[str, ...]) -> str:
        counts = after.get(context)
        # With c words seen after the context, t of them different, the shorter context decides with t / (c + t).
        if counts is None or rng.random() < len(counts) / (counts.total() + len(counts)):
            return draw(context[1:]) if context else rng.choice(known)
        return rng.choices(list(counts), list(counts.values()))[0]

    captions = []
    for _ in range(n):
        tokens = [END]
        while (word := draw(tuple(tokens[max(0, len(tokens) - order + 1) :]))) != END:
            tokens.append(word)
        captions.append(" ".join(tokens[1:]))
    return captions


def rivals(seed: int = 0, n: int = SAMPLES) -> tuple[dict[str, dict[str, float]], References, set[str]]:
    """Score what samples are compared with; return the references and the training captions as well."""
    train, test = (read(DATA / f"{part}.txt") for part in ("train", "test"))
    words = [split(caption) for caption in train]
    known, references = set(map(" ".join, words)), References(list(map(split, test)))
    # The training part is as new to the test part as samples should be; captions of the test part resemble each other.
    real = random.Random(seed).sample(train, n)
    rows = {
        "real captions": score(real, references),
        "5-grams": score(counted(words, n, seed), references, known),
        **PUBLISHED,
    }
    return rows, references, known


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", type=Path, nargs="*", help="texts of a caption a line")
    args = parser.parse_args()
    rows, references, known = rivals()
    rows |= {str(path): score(read(path), references, known) for path in args.samples}
    print(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
