"""Scores of answers in conversations, and the rival that looks them up; does not import ganvas.

A question may have several answers: chrF is that of sacrebleu with all of them as references, of which each prediction
is compared with the nearest. Over all answers it is mostly that of the long ones; the mean of the answers' own chrF
counts all alike. Distinct-2 is the share of pairs of neighbouring words that are different, over all answers.
"""

import itertools
import random
import re
from collections.abc import Iterable, Sequence
from typing import Any

import sacrebleu
from sklearn.feature_extraction.text import TfidfVectorizer

# Answers by question, in the words of its first occurrence.
Answers = dict[str, list[str]]


def plain(text: str) -> str:
    """Return the words of a text in lower case, without punctuation."""
    return " ".join(re.findall(r"\w+", text.lower()))


def grouped(conversations: Iterable[Any]) -> Answers:
    """Return all questions with their answers, which are the next lines; each answer once."""
    first: dict[str, str] = {}
    found: dict[str, dict[str, str]] = {}
    for lines in conversations:
        # A text in place of a list is a line without an answer.
        for question, answer in itertools.pairwise([] if isinstance(lines, str) else lines):
            if plain(question) and plain(answer):
                key = plain(question)
                first.setdefault(key, question.strip())
                found.setdefault(key, {}).setdefault(plain(answer), answer.strip())
    return {first[key]: list(answers.values()) for key, answers in found.items()}


def split(questions: Answers, share: float, seed: int) -> tuple[Answers, Answers]:
    """Hold out a share of the questions; return those for training and those held out."""
    held = set(random.Random(seed).sample(sorted(questions), round(share * len(questions))))
    train, tested = ({q: a for q, a in questions.items() if (q in held) == part} for part in (False, True))
    return train, tested


def pairs(questions: Answers) -> tuple[list[str], list[str]]:
    """Return the questions and answers of all pairs."""
    found = [(question, answer) for question, answers in questions.items() for answer in answers]
    return [question for question, _ in found], [answer for _, answer in found]


def distinct(texts: Sequence[str]) -> float:
    """Return the share of pairs of neighbouring words that are different."""
    found = [pair for text in texts for pair in itertools.pairwise(re.findall(r"\w+|[^\w\s]", text))]
    return len(set(found)) / max(1, len(found))


def score(predictions: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """Score a prediction for each question; exact is the share of those that are one of the answers."""
    streams = list(itertools.zip_longest(*references))
    each = zip(predictions, references, strict=True)
    own = [(sacrebleu.sentence_chrf(made, wanted).score, made in wanted) for made, wanted in each]
    return {
        "chrf": sacrebleu.corpus_chrf(predictions, streams).score,
        "mean of answers": sum(chrf for chrf, _ in own) / len(own),
        "distinct-2": distinct(predictions),
        "exact": sum(exact for _, exact in own) / len(own),
    }


def nearest(train: Answers, tested: Iterable[str], analyzer: str = "char_wb", longest: int = 4) -> list[str]:
    """Answer with the first answer to the nearest training question.

    Near are questions with a high cosine of their n-grams of characters or of words, weighted by TF-IDF.
    """
    vectorizer = TfidfVectorizer(analyzer=analyzer, ngram_range=(1, longest), sublinear_tf=True)
    table = vectorizer.fit_transform(train)
    answers = list(train.values())
    return [answers[i][0] for i in (vectorizer.transform(tested) @ table.T).toarray().argmax(1)]
