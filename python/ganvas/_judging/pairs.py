"""Reports of models that answer texts."""

from collections.abc import Callable, Sequence

import numpy as np

from . import intervals
from .report import Measure

# Length of the sequences of characters by which sources are compared.
_GRAMS = (2, 4)
# Number of random sets of pairs for an interval: scores of texts are slow.
_SETS = 50


def measured(
    predicted: list[str], texts: list[str], rival: list[str], score: Callable[[list[str], list[str], str], float]
) -> dict[str, Measure]:
    """Score predicted texts, and those of the trivial rival.

    Parameters
    ----------
    predicted, texts, rival : list of str
        Texts of the model, those that belong to the sources, and those of the rival.
    score : callable
        Function of texts, references and the name of a metric.
    """
    places = np.arange(len(texts))
    found = {}
    for name, meaning in _MEANINGS.items():

        def value(chosen: np.ndarray, of: list[str] = predicted, name: str = name) -> float:
            return score([of[i] for i in chosen], [texts[i] for i in chosen], name)

        ends = intervals.bootstrapped(places, value, _SETS)
        found[name] = Measure(
            value(places), *ends, rival=value(places, rival), rival_name="nearest source", meaning=meaning
        )
    return found


_MEANINGS = {
    "chrf": "F score of sequences of characters",
    "bleu": "precision of sequences of words",
    "exact": "fraction of equal texts",
}


def nearest(sources: Sequence[Sequence[str]], known: Sequence[Sequence[str]], texts: list[str]) -> list[str]:
    """Return the text of the most similar known source, other than itself, for each source.

    Sources are similar if they share rare sequences of two to four characters.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    joined = [["\n".join(parts) for parts in part] for part in (sources, known)]
    rare = TfidfVectorizer(analyzer="char", ngram_range=_GRAMS).fit(joined[1])
    found = []
    others = rare.transform(joined[1])
    for i, row in enumerate(rare.transform(joined[0])):
        similar = (row @ others.T).toarray()[0]
        if sources is known:
            similar[i] = -1
        found.append(texts[int(similar.argmax())])
    return found
