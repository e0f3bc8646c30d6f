"""Reports of models of texts, of music and of pairs."""

import numpy as np
import pytest

import ganvas
from ganvas import MusicTrainer, Seq2SeqTrainer, TextTrainer
from ganvas._judging import pairs, sequences
from ganvas.exceptions import NotFittedError, ParameterError, ShapeError

NAMES = [a + b + c for a in "abcd" for b in "aeiou" for c in ("nna", "ss", "tto")]
SMALL = {"epochs": 1, "verbose": 0, "random_state": 0}


@pytest.fixture(scope="module")
def text():
    return TextTrainer(**SMALL).fit(NAMES)


def test_reports_of_texts(text):
    known = text._texts[0][:20]
    report = text.evaluate(known, n_samples=8)
    assert list(report) == ["nats_per_token", "bits_per_byte", "copied", "repeated"]
    surprise = report["nats_per_token"]
    with pytest.warns(UserWarning, match="grams"):
        against = text.evaluate_against_counting(known)
    assert surprise.value == pytest.approx(against.model)
    assert surprise.rival == pytest.approx(against.counting)
    assert surprise.rival_name == f"{against.order}-grams"
    assert surprise.low < surprise.value < surprise.high
    assert report["bits_per_byte"].value == pytest.approx(text.bits_per_byte(known))
    assert report["copied"].real == 1, "the texts are training texts"
    assert "8 generated" in report.title


def test_held_out_texts_are_those_of_the_fit(text):
    held_out = text._texts[1]
    assert text.evaluate(n_samples=4) == text.evaluate(held_out, n_samples=4)
    assert text.evaluate(n_samples=4, random_state=1) != text.evaluate(n_samples=4)


def test_reports_do_not_advance_the_model(text):
    before = text._run.to_bytes("{}")
    text.evaluate(n_samples=4)
    assert text._run.to_bytes("{}") == before


def test_loaded_models_need_the_training_texts(text, tmp_path):
    text.save(tmp_path / "a")
    loaded = TextTrainer.load(tmp_path / "a")
    with pytest.raises(ParameterError, match="X_train: needs the training texts"):
        loaded.evaluate(NAMES[:5])
    train = text._texts[0]
    assert loaded.evaluate(NAMES[:5], X_train=train, n_samples=4) == text.evaluate(NAMES[:5], n_samples=4)


def test_errors(text):
    with pytest.raises(NotFittedError):
        TextTrainer().evaluate(NAMES)
    with pytest.raises(ParameterError, match="n_samples"):
        text.evaluate(n_samples=1)
    with pytest.raises(ParameterError, match="none were held out"):
        TextTrainer(validation=0, **SMALL).fit(NAMES).evaluate()


def test_copies_and_repetitions_are_counted():
    train = ["the cat sat on the mat", "a dog"]
    assert sequences.longest("big cat sat up", sequences.joined(train)) == " cat sat "
    np.testing.assert_allclose(sequences._copied(["cat sat", "zzz", "dog cat", ""], train), [1, 0, 4 / 7, 0])
    assert sequences.longest("mata dog", sequences.joined(train)) == "a dog", "passages end where texts do"
    np.testing.assert_allclose(sequences._repeated(["abcdefgh" * 3, "abcdefghijklmnop", "ab"]), [9 / 17, 0, 0])


def test_reports_of_music():
    chorales = ganvas.data.load_chorales()[:30]
    music = MusicTrainer(**SMALL, context=32, validation=0.2).fit(chorales)
    report = music.evaluate(n_samples=2)
    with pytest.warns(UserWarning, match="grams"):
        against = music.evaluate_against_counting()
    assert report["nats_per_token"].value == pytest.approx(against.model)
    assert report["nats_per_token"].rival == pytest.approx(against.counting)
    assert 0 <= report["copied"].value <= 1


def test_reports_of_pairs():
    sources = [f"{a}{b}" for a in "abcdef" for b in "uvwxyz"]
    texts = [source[::-1] for source in sources]
    model = Seq2SeqTrainer(**SMALL).fit(sources[:30], texts[:30])
    report = model.evaluate(sources[30:], texts[30:], beam=1)
    assert list(report) == ["chrf", "bleu", "exact"]
    assert report["exact"].value == pytest.approx(model.score(sources[30:], texts[30:], metric="exact", beam=1))
    assert report["exact"].rival == 0
    known = model.evaluate(sources[30:], texts[30:], X_train=sources, y_train=texts, beam=1)
    assert known["exact"].rival == 1, "the same sources are known"
    with pytest.raises(ParameterError, match="y_train"):
        model.evaluate(sources, texts, X_train=sources)
    with pytest.raises(ShapeError, match="at least 2"):
        model.evaluate(sources[:1], texts[:1])


def test_the_nearest_source_is_another_one():
    sources = [["red apple"], ["green pear"], ["red apples"], ["green pears"]]
    answers = ["a", "b", "c", "d"]
    assert pairs.nearest(sources, sources, answers) == ["c", "d", "a", "b"]
    assert pairs.nearest([["red apple"]], sources, answers) == ["a"]
