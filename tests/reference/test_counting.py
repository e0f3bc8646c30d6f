"""Scores of the counting model, beside the recursion in plain Python and those of another program on real text."""

import json
import math
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from ganvas import _core
from ganvas.data import load_names, load_shakespeare
from ganvas.exceptions import DataError, DtypeError, ParameterError

ROOT = Path(__file__).parents[2]


def recursion(documents, symbols, order):
    """Witten-Bell probability of a token after a context, by counting again what follows the context."""
    followers = defaultdict(Counter)
    for document in documents:
        for i in range(1, len(document)):
            for length in range(min(order, i + 1)):
                followers[tuple(document[i - length : i])][document[i]] += 1

    def probability(token, context):
        shorter = probability(token, context[1:]) if context else 1 / symbols
        seen = followers.get(context, Counter())
        total, distinct = sum(seen.values()), len(seen)
        return (seen[token] + distinct * shorter) / (total + distinct) if total else shorter

    return lambda document: [
        math.log(probability(document[i], tuple(document[max(0, i - order + 1) : i]))) for i in range(1, len(document))
    ]


@pytest.mark.parametrize("order", [1, 2, 3, 5, 16])
@pytest.mark.parametrize("symbols", [3, 40])
def test_scores_are_those_of_the_recursion(order, symbols):
    rng = np.random.default_rng(order)
    # Squares of uniform numbers make small tokens frequent and leave the largest ones out.
    documents = [(rng.random(n) ** 2 * (symbols - 1)).astype(np.int32) for n in [400, 1, 0, 30, 2, 150]]
    model = _core.Counting(documents, symbols, order)
    reference = recursion([document.tolist() for document in documents], symbols, order)
    for document in [*documents, rng.integers(0, symbols, 200)]:
        expected = reference(document.tolist())
        scores = model.scores(document)
        assert scores.dtype == np.float64
        np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("convert", [list, np.int32, np.uint32, np.int64, lambda row: np.repeat(row, 2)[::2]])
def test_documents_are_arrays_or_lists(convert):
    rows = [np.array([0, 1, 2, 1, 0]), np.array([0, 2, 2, 0])]
    model = _core.Counting([convert(row) for row in rows], 3, 2)
    expected = _core.Counting(rows, 3, 2).scores(rows[0])
    np.testing.assert_array_equal(model.scores(convert(rows[0])), expected)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([[0, 1]], 2, 0), ParameterError, "order: must be between 1 and 16, got 0"),
        (([[0, 1]], 2, 17), ParameterError, "order: must be between 1 and 16, got 17"),
        (([[0, 1]], 2, -1), ParameterError, "order: must be at least 1, got -1"),
        (([[0, 1]], 0, 2), ParameterError, "symbols: must be between 1 and 4294967295, got 0"),
        (([[0], [0, 2]], 2, 2), DataError, "documents: expected tokens from 0 to 1, got 2 at position 1 of document 1"),
        (([np.array([0, -1])], 2, 2), DataError, "document: expected tokens from 0 to 4294967295, got -1"),
        (
            ([[0, 0.5]], 2, 2),
            DtypeError,
            "document: expected integers from 0 to 4294967295 in an array (n,) or a list, got <class 'list'>",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused(arguments, error, message):
    with pytest.raises(error) as raised:
        _core.Counting(*arguments)
    assert str(raised.value) == message


@pytest.fixture(scope="module")
def measured():
    """Results of benches/quality/counting.py, which does not import ganvas."""
    return json.loads((ROOT / "benches" / "results" / "counting.json").read_text())


def means(train, test, symbols, orders):
    models = [_core.Counting(train, symbols, order) for order in orders]
    return [-np.concatenate([model.scores(document) for document in test]).mean() for model in models]


def test_scores_on_shakespeare_are_those_of_another_program(measured):
    characters, tokens = np.unique(list(load_shakespeare()), return_inverse=True)
    nats = means([tokens[:1_003_854]], [tokens[1_003_854:]], len(characters), measured["orders"])
    np.testing.assert_allclose(nats, measured["rows"]["shakespeare"]["nats"], rtol=0, atol=1e-9)
    assert min(nats) == nats[4] == pytest.approx(1.669, abs=0.01)


def test_scores_on_names_are_those_of_another_program(measured):
    names = load_names()
    documents = [
        [0, *(ord(letter) - ord("a") + 1 for letter in names[i]), 0]
        for i in np.random.default_rng(2026).permutation(len(names))
    ]
    nats = means(documents[:-1000], documents[-1000:], 27, measured["orders"])
    np.testing.assert_allclose(nats, measured["rows"]["names"]["nats"], rtol=0, atol=1e-9)
