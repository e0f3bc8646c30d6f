"""The rivals of answers in benches/quality."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "benches" / "quality"))
import answers_score

SOURCES = ["Mary went to the hall. John went to the garden. Where is Mary?", "Where is nobody?"]


def test_the_answer_that_a_source_names_last():
    assert answers_score.last(["hall", "garden"], SOURCES) == ["garden", ""]
    assert answers_score.last(["hall"], SOURCES) == ["hall", ""]


def test_the_answer_of_the_source_with_the_most_common_pairs_of_words():
    known = ["Mary went to the hall.", "Where is nobody now?"]
    assert answers_score.nearest(known, ["hall", "nowhere"], SOURCES) == ["hall", "nowhere"]


def test_exact_answers_and_the_most_frequent_one():
    assert answers_score.exact(["a", "b", "c", "d"], ["a", "B", "c", ""]) == 0.5
    assert answers_score.frequent(["a", "b", "b"], 2) == ["b", "b"]
