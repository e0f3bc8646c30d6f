"""Pairs of texts that are made by code."""

import datetime
import itertools
import locale
from collections import Counter

import numpy as np
import pytest

from ganvas.data import commands, dates, stories
from ganvas.data.pairs import _LANGUAGES
from ganvas.exceptions import ParameterError

# Examples of the repository of SCAN; its data sets name the actions I_JUMP and I_TURN_LEFT.
SCAN = {
    "jump": "JUMP",
    "jump left": "LTURN JUMP",
    "jump around right": "RTURN JUMP RTURN JUMP RTURN JUMP RTURN JUMP",
    "turn left twice": "LTURN LTURN",
    "jump thrice": "JUMP JUMP JUMP",
    "jump opposite left and walk thrice": "LTURN LTURN JUMP WALK WALK WALK",
    "jump opposite left after walk around left": "LTURN WALK LTURN WALK LTURN WALK LTURN WALK LTURN LTURN JUMP",
    "turn around left twice after turn right twice": "RTURN RTURN " + "LTURN " * 8,
    "turn opposite left and jump twice": "LTURN LTURN JUMP JUMP",
    "look right after look opposite right thrice": "RTURN RTURN LOOK RTURN RTURN LOOK RTURN RTURN LOOK RTURN LOOK",
}
DATES = {
    "May 3, 1998": "1998-05-03",
    "3 May 1998": "1998-05-03",
    "the 3rd of May 1998": "1998-05-03",
    "Sunday, the 3rd of May 1998": "1998-05-03",
    "July 1st, 2003": "2003-07-01",
    "the 22nd of February 1924": "1924-02-22",
    "March 12th, 2051": "2051-03-12",
    "3. Mai 1998": "1998-05-03",
    "Sonntag, den 3. Mai 1998": "1998-05-03",
    "der 1. März 1901": "1901-03-01",
    "15. Sept. 2080": "2080-09-15",
    "le 3 mai 1998": "1998-05-03",
    "le 1er janvier 2000": "2000-01-01",
    "le mardi 14 juillet 1992": "1992-07-14",
    "29 févr. 2096": "2096-02-29",
    "3 de mayo de 1998": "1998-05-03",
    "el domingo 3 de mayo de 1998": "1998-05-03",
    "miércoles, 1 de enero de 2098": "2098-01-01",
    "3 maggio 1998": "1998-05-03",
    "domenica, 3 maggio 1998": "1998-05-03",
    "1º giugno 1946": "1946-06-01",
    "8 dic 2019": "2019-12-08",
    "3 de maio de 1998": "1998-05-03",
    "segunda-feira, 7 de setembro de 2009": "2009-09-07",
    "em 1º de outubro de 1917": "1917-10-01",
}


def styles(day):
    """A date in every style of every language."""
    return [
        language.write(datetime.date.fromisoformat(day), (style + 0.5) / 10)
        for language in _LANGUAGES
        for style in range(10)
    ]


@pytest.mark.parametrize(("text", "day"), DATES.items())
def test_a_date_is_written_as_in_its_language(text, day):
    assert text in styles(day)


def test_no_date_has_two_readings():
    first = datetime.date(2023, 12, 1).toordinal()
    days = [datetime.date.fromordinal(first + i).isoformat() for i in range(430)]
    texts = [(text, day) for day in days for text in set(styles(day))]
    assert len(texts) == len(dict(texts)) > 430 * 25


def test_dates_are_those_of_two_centuries_with_their_weekdays():
    X, y = dates(30_000, random_state=0)
    days = [datetime.date.fromisoformat(day) for day in y]
    assert {day.year for day in days} == set(range(1900, 2100))
    assert len({(day.month, day.day) for day in days}) == 366
    names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    words = [text.split()[0].rstrip(",") for text in X]
    said = {(word, names[day.weekday()]) for word, day in zip(words, days, strict=True) if word in names}
    assert said == {(name, name) for name in names}
    assert all(text in styles(day) for text, day in zip(X[:2000], y, strict=False))


def test_commands_are_all_that_the_grammar_of_scan_has():
    X, y = commands(random_state=0)
    assert len(X) == len(set(X)) == len(y) == 20_910
    actions = dict(zip(X, y, strict=True))
    for command, wanted in SCAN.items():
        names = {"LTURN": "I_TURN_LEFT", "RTURN": "I_TURN_RIGHT"}
        assert actions[command].split() == [names.get(action, f"I_{action}") for action in wanted.split()]
    assert {len(text.split()) for text in X} == set(range(1, 10))
    assert max(len(text.split()) for text in y) == 48
    assert {action for text in y for action in text.split()} == {
        *("I_WALK", "I_LOOK", "I_RUN", "I_JUMP", "I_TURN_LEFT", "I_TURN_RIGHT")
    }
    assert "turn" not in actions
    # 34 phrases alone, twice and thrice, and their pairs with "and" and with "after".
    kinds = Counter("and" if " and " in text else "after" if " after " in text else "one" for text in X)
    assert kinds == {"one": 102, "and": 102**2, "after": 102**2}


def test_some_commands_are_the_first_of_all_in_the_order_of_the_seed():
    X, y = commands(random_state=3)
    assert commands(100, random_state=3) == (X[:100], y[:100])


def test_answers_of_stories_are_the_last_rooms():
    texts, questions, answers = stories(2000, random_state=0)
    for text, question, answer in zip(texts, questions, answers, strict=True):
        person = question.removeprefix("Where is ").removesuffix("?")
        rooms = [move.split()[-1] for move in text.rstrip(".").split(". ") if move.startswith(person)]
        assert rooms[-1] == answer
        assert all(before != after for before, after in itertools.pairwise(rooms))
    lengths = Counter(text.count(".") for text in texts)
    assert set(lengths) == set(range(1, 11))
    assert min(lengths.values()) > 150
    assert set(answers) == {"bathroom", "bedroom", "garden", "hallway", "kitchen", "office"}
    assert len(set(questions)) == 4


def test_a_story_has_no_more_moves_than_asked_for():
    texts, _, _ = stories(50, moves=1, random_state=0)
    assert all(text.count(".") == 1 for text in texts)


@pytest.mark.parametrize("draw", [dates, commands, stories])
def test_an_integer_repeats_the_pairs(draw):
    assert draw(50, random_state=3) == draw(50, random_state=3)
    assert draw(50, random_state=3) != draw(50, random_state=4)
    assert draw(50, random_state=np.random.default_rng(3)) == draw(50, random_state=3)
    assert all(isinstance(text, str) for column in draw(50) for text in column)


def test_the_locale_does_not_matter():
    before = locale.setlocale(locale.LC_ALL)
    X = dates(200, random_state=0)
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8", "C"):
        try:
            locale.setlocale(locale.LC_ALL, name)
        except locale.Error:
            continue
        try:
            assert dates(200, random_state=0) == X
        finally:
            locale.setlocale(locale.LC_ALL, before)


@pytest.mark.parametrize(
    ("draw", "params", "text"),
    [
        (dates, {"n": 0}, "n: must be between 1 and 1000000, got 0"),
        (commands, {"n": 20_911}, "n: must be between 1 and 20910, got 20911"),
        (commands, {"n": 2.0}, r"n: expected an integer, got 2\.0"),
        (stories, {"n": -1}, "n: must be between 1 and 1000000, got -1"),
        (stories, {"moves": 0}, "moves: must be between 1 and 1000, got 0"),
        (dates, {"random_state": "a"}, "random_state: expected None, an integer or a numpy generator, got 'a'"),
    ],
)
def test_a_parameter_outside_its_range_is_refused(draw, params, text):
    with pytest.raises(ParameterError, match=f"^{text}$"):
        draw(**params)
