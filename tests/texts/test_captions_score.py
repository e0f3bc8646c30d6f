"""The scores of captions in benches/quality, compared with nltk."""

import itertools
import random
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "benches" / "quality"))
from captions_score import References, counted, score, split

WORDS = ["a", "man", "rides", "his", "bike", "on", "the", "street", ".", "two", "dogs"]


def captions(seed, n):
    rng = random.Random(seed)
    return [[rng.choice(WORDS) for _ in range(rng.randrange(12))] for _ in range(n)]


@pytest.fixture(scope="module")
def sentence_bleu():
    bleu = pytest.importorskip("nltk.translate.bleu_score", reason="nltk is not installed")
    smooth = bleu.SmoothingFunction().method1
    return lambda references, words: bleu.sentence_bleu(references, words, smoothing_function=smooth)


@pytest.mark.parametrize("seed", range(10))
def test_bleu_against_many_references_is_that_of_nltk(sentence_bleu, seed):
    texts = captions(seed, 40)
    references = References(texts)
    for words in captions(100 + seed, 30):
        assert references.bleu(words) == pytest.approx(sentence_bleu(texts, words), abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_a_text_is_left_out_of_its_own_references(sentence_bleu, seed):
    # Some occur twice, so that one of them is left out only.
    texts = captions(seed, 30)
    texts += texts[:5]
    references = References(texts)
    for i, words in enumerate(texts):
        wanted = sentence_bleu(texts[:i] + texts[i + 1 :], words)
        assert references.bleu(words, i) == pytest.approx(wanted, abs=1e-12)


def test_scores_are_means_and_copies_are_counted(sentence_bleu):
    test, samples = ([" ".join(words) for words in captions(seed, 20)] for seed in (1, 2))
    found = score(samples, References(list(map(split, test))), {samples[3], "two dogs"})
    words = list(map(split, samples))
    wanted = [sentence_bleu(list(map(split, test)), sample) for sample in words]
    others = [sentence_bleu(words[:i] + words[i + 1 :], sample) for i, sample in enumerate(words)]
    assert found["bleu"] == pytest.approx(sum(wanted) / 20)
    assert found["self bleu"] == pytest.approx(sum(others) / 20)
    assert found["copies"] == samples.count(samples[3]) / 20


def test_counting_draws_words_with_witten_bell_probabilities():
    train = [["a", "b"], ["a", "c"], ["a", "b"]]
    drawn = [text.split() for text in counted(train, 20_000, seed=0, order=2)]
    followed = Counter(pair for words in drawn for pair in itertools.pairwise(["", *words, ""]))
    # p(w | h) = (c(h w) + T(h) p(w)) / (c(h) + T(h)); nine tokens follow, four of them different, each p(w) is
    # (c(w) + 4 / 4) / (9 + 4).
    p = {"a": 4 / 13, "b": 3 / 13, "c": 2 / 13, "": 4 / 13}
    seen = {"": {"a": 3}, "a": {"b": 2, "c": 1}, "b": {"": 2}}
    for context, counts in seen.items():
        total = sum(count for (first, _), count in followed.items() if first == context)
        kinds, tokens = len(counts), sum(counts.values())
        for word in p:
            wanted = (counts.get(word, 0) + kinds * p[word]) / (tokens + kinds)
            assert followed[context, word] / total == pytest.approx(wanted, abs=0.02)
