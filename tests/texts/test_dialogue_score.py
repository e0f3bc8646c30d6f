"""The scores of answers in conversations in benches/quality, and their rival."""

import sys
from pathlib import Path

import pytest
import sacrebleu

sys.path.append(str(Path(__file__).parents[2] / "benches" / "quality"))
import dialogue_score

CONVERSATIONS = [
    ["Hello!", "Hi, how are you?", "Good."],
    ["hello", "hi how are you", "Fine."],
    ["HELLO...", "Good day."],
    "A text that is no list",
    ["...", "What?", " "],
    ["Alone"],
]


def test_lines_are_pairs_with_the_next_ones_and_equal_questions_are_one():
    found = dialogue_score.grouped(CONVERSATIONS)
    assert found == {"Hello!": ["Hi, how are you?", "Good day."], "Hi, how are you?": ["Good.", "Fine."]}
    questions, answers = dialogue_score.pairs(found)
    assert questions == ["Hello!", "Hello!", "Hi, how are you?", "Hi, how are you?"]
    assert answers == ["Hi, how are you?", "Good day.", "Good.", "Fine."]


def test_no_question_that_is_held_out_is_in_training():
    found = dialogue_score.grouped([f"{word} {i}", "yes"] for i in range(50) for word in ("Is it", "is it,", "Is it?"))
    train, tested = dialogue_score.split(found, 0.1, seed=0)
    assert (len(train), len(tested)) == (45, 5)
    assert {*train, *tested} == set(found)
    assert not {*map(dialogue_score.plain, train)} & {*map(dialogue_score.plain, tested)}
    assert dialogue_score.split(found, 0.1, seed=0) == (train, tested)
    assert dialogue_score.split(found, 0.1, seed=1)[1] != tested


def test_distinct_pairs_of_words():
    assert dialogue_score.distinct(["a b a b", "a b."]) == pytest.approx(3 / 5)
    assert dialogue_score.distinct(["a", ""]) == 0


def test_a_prediction_is_compared_with_its_nearest_answer():
    references = [["Not much.", "The sky."], ["I am a robot."]]
    found = dialogue_score.score(["The sky.", "I am a human."], references)
    of_second = sacrebleu.sentence_chrf("I am a human.", ["I am a robot."]).score
    assert found["exact"] == 0.5
    assert found["mean of answers"] == pytest.approx((100 + of_second) / 2)
    nearest = [["The sky.", "I am a robot."]]
    assert found["chrf"] == pytest.approx(sacrebleu.corpus_chrf(["The sky.", "I am a human."], nearest).score)
    assert dialogue_score.score(["The sky.", "I am a robot."], references)["chrf"] == pytest.approx(100)


@pytest.mark.parametrize("kind", [("char_wb", 4), ("char", 5), ("word", 2)])
def test_the_answer_of_the_nearest_question(kind):
    train = {"Who wrote Dune?": ["Frank Herbert", "A man"], "Where is the moon?": ["In the sky"], "Hi": ["Hello"]}
    tested = ["who wrote Emma", "Where was the moon"]
    assert dialogue_score.nearest(train, tested, *kind) == ["Frank Herbert", "In the sky"]
