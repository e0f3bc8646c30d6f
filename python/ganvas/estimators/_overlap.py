"""Scores of texts against reference texts: the share that they have in common."""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

from .._checks import choice
from ..exceptions import DataError, ShapeError

_Texts = Sequence[str]

# Lengths of n-grams of words and of characters, and the weight of recall, as in sacrebleu.
_WORDS, _CHARACTERS, _BETA = 4, 6, 2
# The tokens of mteval-v13a, the tokeniser of the WMT's evaluations.
_ENTITIES = {"&quot;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">"}
_SPLITS = (
    (re.compile(r"([{-~[-` -&(-+:-@/])"), r" \1 "),
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)
_WORD = re.compile(r"[^\W_]+")


def overlap(predictions: _Texts, references: _Texts, metric: str = "chrf", lowercase: bool = False) -> float:
    """Score texts by what they have in common with their references.

    Parameters
    ----------
    predictions, references : sequence of str
        A reference for each prediction.
    metric : {"chrf", "bleu", "rouge_l", "exact"}
        "chrf": F score of character n-grams up to 6, recall counted twice, spaces left out, over all texts together.
        "bleu": precision of word n-grams up to 4, with a penalty if the predictions are shorter, over all texts
        together; 0 if no prediction has four words. "rouge_l": mean F score of the longest common subsequence of words.
        "exact": share of predictions that equal their references.
    lowercase : bool
        Ignore case. "rouge_l" always does.

    Returns
    -------
    float
        0 to 1, higher is better. Two empty texts agree under "exact" only; they have nothing in common to count.

    Raises
    ------
    ShapeError
        The numbers of texts differ.
    DataError
        There are no texts.
    UnknownNameError

    References
    ----------
    M. Popović, "chrF: character n-gram F-score for automatic MT evaluation", WMT 2015.
    K. Papineni, S. Roukos, T. Ward and W.-J. Zhu, "BLEU: a Method for Automatic Evaluation of Machine Translation",
    ACL 2002; tokens (13a) and smoothing (exponential) of M. Post, "A Call for Clarity in Reporting BLEU Scores", 2018.
    C.-Y. Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004.
    """
    compute = METRICS[choice("metric", metric, list(METRICS))]
    if len(predictions) != len(references):
        raise ShapeError(
            f"references: expected one for each prediction, got {len(references)} for {len(predictions)} predictions"
        )
    if not predictions:
        raise DataError("predictions: expected at least one text, got none")
    if lowercase:
        predictions, references = ([text.lower() for text in texts] for texts in (predictions, references))
    return compute(predictions, references)


def _bleu(predictions: _Texts, references: _Texts) -> float:
    matches, totals = [0] * _WORDS, [0] * _WORDS
    ours = theirs = 0
    for prediction, reference in zip(predictions, references, strict=True):
        said, wanted = _tokens(prediction), _tokens(reference)
        ours, theirs = ours + len(said), theirs + len(wanted)
        for n in range(_WORDS):
            found = _ngrams(said, n + 1)
            matches[n] += (found & _ngrams(wanted, n + 1)).total()
            totals[n] += found.total()
    if not any(matches) or not all(totals):
        return 0.0
    penalty = min(0.0, 1 - theirs / ours)
    # The k-th order without a match counts as 1 / 2^k of a match.
    missed, logs = 0, 0.0
    for match, total in zip(matches, totals, strict=True):
        missed += not match
        logs += math.log((match or 0.5**missed) / total)
    return math.exp(penalty + logs / _WORDS)


def _chrf(predictions: _Texts, references: _Texts) -> float:
    # Numbers of n-grams in predictions, in references and in both.
    counts = [[0, 0, 0] for _ in range(_CHARACTERS)]
    for prediction, reference in zip(predictions, references, strict=True):
        said, wanted = ("".join(text.split()) for text in (prediction, reference))
        for n, count in enumerate(counts, 1):
            found, there = _ngrams(said, n), _ngrams(wanted, n)
            # As in sacrebleu, predictions are not measured on n-grams that are longer than their reference.
            count[0] += found.total() if there else 0
            count[1] += there.total()
            count[2] += (found & there).total()
    measured = [(both / ours, both / theirs) for ours, theirs, both in counts if ours and theirs]
    precision, recall = (sum(values) for values in zip(*measured, strict=True)) if measured else (0, 0)
    if not precision:
        return 0.0
    f: float = (1 + _BETA**2) * precision * recall / (_BETA**2 * precision + recall) / len(measured)
    return f


def _rouge_l(predictions: _Texts, references: _Texts) -> float:
    scores = []
    for prediction, reference in zip(predictions, references, strict=True):
        said, wanted = (_WORD.findall(text.lower()) for text in (prediction, reference))
        # The harmonic mean of common / len(said) and common / len(wanted).
        scores.append(2 * _common(said, wanted) / max(1, len(said) + len(wanted)))
    return sum(scores) / len(scores)


def _exact(predictions: _Texts, references: _Texts) -> float:
    return sum(map(str.__eq__, predictions, references)) / len(predictions)


def _tokens(text: str) -> list[str]:
    text = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, character in _ENTITIES.items():
        text = text.replace(entity, character)
    text = f" {text} "
    for pattern, parts in _SPLITS:
        text = pattern.sub(parts, text)
    return text.split()


def _ngrams(symbols: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(symbols[i:] for i in range(n)), strict=False))


def _common(first: list[str], second: list[str]) -> int:
    """Return the length of the longest common subsequence, by the bits of one row of the table (Hyyrö, 2004)."""
    places: dict[str, int] = {}
    for i, word in enumerate(first):
        places[word] = places.get(word, 0) | 1 << i
    whole = row = (1 << len(first)) - 1
    for word in second:
        matched = row & places.get(word, 0)
        row = (row + matched | row - matched) & whole
    return (whole ^ row).bit_count()


METRICS: dict[str, Callable[[_Texts, _Texts], float]] = {
    "chrf": _chrf,
    "bleu": _bleu,
    "rouge_l": _rouge_l,
    "exact": _exact,
}
