"""Scores of texts against references, compared with sacrebleu and rouge-score."""

import gzip
import random

import pytest

from ganvas.data import load_names, load_shakespeare
from ganvas.estimators._overlap import METRICS, overlap
from ganvas.exceptions import DataError, ShapeError, UnknownNameError

# Words, punctuation, numbers, entities and scripts that tokenisers treat in their own ways.
ASCII = "the a dog Dog sat on mat 3.14 1,000 5-6 x-ray U.S. don't (no) $5 &quot; &amp;lt; <skipped> - _ a_b ..."
OTHERS = "über straße Öl café İstanbul 日本語 テスト Привет мир नमस्ते 🙂 é ß \uff11\uff12"
PIECES = [*ASCII.split(), *OTHERS.split(), " ", "\n", "-\n", "\t", "\u00a0", "\u3000", "\u2028"]


def pieces(rng, length):
    return "".join(rng.choice(PIECES) + rng.choice(["", " ", " "]) for _ in range(length))


def varied(rng, text):
    """The text with words left out, exchanged and added."""
    words = text.split(" ")
    kept = [rng.choice(words) if rng.random() < 0.2 else word for word in words if rng.random() < 0.85]
    return " ".join(kept + [rng.choice(PIECES)] * rng.randrange(2))


def random_pairs(seed):
    rng = random.Random(seed)
    references = [pieces(rng, rng.randrange(1, 30)).strip() or "a" for _ in range(rng.choice([1, 2, 10]))]
    return [varied(rng, text) for text in references], references


def real_pairs(seed):
    """Lines of Shakespeare and names, and lines of which words are changed."""
    rng = random.Random(seed)
    texts = [line for line in load_shakespeare().split("\n") if line] + load_names()[:2000]
    references = rng.sample(texts, 50)
    return [varied(rng, text) for text in references], references


PAIRS = [*(random_pairs(seed) for seed in range(150)), *(real_pairs(seed) for seed in range(20))]


@pytest.fixture(scope="module")
def sacrebleu():
    return pytest.importorskip("sacrebleu", reason="sacrebleu is not installed")


@pytest.fixture(scope="module")
def rouge():
    return pytest.importorskip("rouge_score.rouge_scorer", reason="rouge-score is not installed").RougeScorer


@pytest.mark.parametrize("lowercase", [False, True])
def test_bleu_is_that_of_sacrebleu(sacrebleu, lowercase):
    metric = sacrebleu.BLEU(lowercase=lowercase, force=True)
    for predictions, references in PAIRS:
        wanted = metric.corpus_score(predictions, [references]).score / 100
        assert overlap(predictions, references, "bleu", lowercase) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("lowercase", [False, True])
def test_chrf_is_that_of_sacrebleu(sacrebleu, lowercase):
    metric = sacrebleu.CHRF(lowercase=lowercase)
    for predictions, references in PAIRS:
        wanted = metric.corpus_score(predictions, [references]).score / 100
        assert overlap(predictions, references, "chrf", lowercase) == pytest.approx(wanted, abs=1e-12)


def test_rouge_l_of_ascii_texts_is_that_of_rouge_score(rouge):
    scorer = rouge(["rougeL"], use_stemmer=False)
    for pair in PAIRS:
        # rouge-score takes other letters for spaces, and an underscore as well.
        predictions, references = ([text.encode("ascii", "replace").decode() for text in texts] for texts in pair)
        scores = [scorer.score(*both)["rougeL"].fmeasure for both in zip(references, predictions, strict=True)]
        assert overlap(predictions, references, "rouge_l") == pytest.approx(sum(scores) / len(scores), abs=1e-12)


def test_rouge_l_of_other_scripts_is_that_of_rouge_score_on_their_words(rouge):
    class Words:
        def tokenize(self, text):
            words = "".join(letter if letter.isalnum() else " " for letter in text.lower())
            return words.split()

    scorer = rouge(["rougeL"], tokenizer=Words())
    for predictions, references in PAIRS:
        scores = [scorer.score(*both)["rougeL"].fmeasure for both in zip(references, predictions, strict=True)]
        assert overlap(predictions, references, "rouge_l") == pytest.approx(sum(scores) / len(scores), abs=1e-12)


def test_scores_of_translations_are_those_of_sacrebleu(real_data, sacrebleu):
    file = real_data / "text" / "multi30k" / "test_2016_flickr.de.gz"
    if not file.is_file():
        pytest.skip(f"{file} is not there")
    references = gzip.decompress(file.read_bytes()).decode().splitlines()
    rng = random.Random(0)
    predictions = [varied(rng, text) for text in references]
    bleu, chrf = (metric.corpus_score(predictions, [references]) for metric in (sacrebleu.BLEU(), sacrebleu.CHRF()))
    assert overlap(predictions, references, "bleu") == pytest.approx(bleu.score / 100, abs=1e-12)
    assert overlap(predictions, references) == pytest.approx(chrf.score / 100, abs=1e-12)


@pytest.mark.parametrize("metric", METRICS)
def test_texts_without_anything_in_common_score_0_and_equal_texts_1(metric):
    assert overlap(["a b c d e f"], ["u v w x y z"], metric) == 0
    assert overlap([""], ["a b c d"], metric) == overlap(["a b c d"], [""], metric) == 0
    text = "Größe 12, ein schöner Hund 🙂 läuft."
    assert overlap([text, ""], [text, ""], metric) == {"rouge_l": 0.5}.get(metric, 1)


@pytest.mark.parametrize(("metric", "wanted"), [("chrf", 0), ("bleu", 0), ("rouge_l", 0), ("exact", 1)])
def test_two_empty_texts_have_nothing_in_common(metric, wanted):
    assert overlap([""], [""], metric) == overlap(["", ""], ["", ""], metric) == wanted


@pytest.mark.parametrize(("metric", "wanted"), [("chrf", 1), ("bleu", 0), ("rouge_l", 1), ("exact", 1)])
def test_one_word_is_too_short_for_bleu_only(metric, wanted):
    assert overlap(["kitchen"], ["kitchen"], metric) == wanted


def test_exact_compares_whole_texts():
    assert overlap(["a", "B", "c ", "d"], ["a", "b", "c", "x"], "exact") == 0.25
    assert overlap(["a", "B", "c ", "d"], ["a", "b", "c", "x"], "exact", lowercase=True) == 0.5


def test_numbers_of_texts_and_names_of_metrics_are_checked():
    with pytest.raises(ShapeError, match=r"^references: expected one for each prediction, got 1 for 2 predictions$"):
        overlap(["a", "b"], ["a"])
    with pytest.raises(DataError, match=r"^predictions: expected at least one text, got none$"):
        overlap([], [])
    with pytest.raises(UnknownNameError, match=r'^unknown metric "blue"; did you mean "bleu"'):
        overlap(["a"], ["a"], "blue")
