"""Scores of the counting model, beside the recursion in plain Python and on real text."""

import math
import os
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from ganvas import _core
from ganvas.exceptions import DataError, DtypeError, ParameterError


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
def shakespeare():
    """Bytes of the text as tokens."""
    folder = os.environ.get("GANVAS_DATA")
    if not folder:
        pytest.skip("GANVAS_DATA names no folder of data")
    file = Path(folder) / "text" / "shakespeare" / "input.txt"
    if not file.is_file():
        pytest.skip(f"{file} is not there")
    characters, tokens = np.unique(np.frombuffer(file.read_bytes(), np.uint8), return_inverse=True)
    return len(characters), tokens.astype(np.int32)


def test_five_grams_are_best_on_shakespeare(shakespeare):
    symbols, tokens = shakespeare
    train, test = tokens[:1_003_854], tokens[1_003_854:]
    nats = {}
    for order in [4, 5, 6]:
        scores = _core.Counting([train], symbols, order).scores(test)
        assert scores.size == test.size - 1
        nats[order] = -scores.mean()
    # As measured by benches/quality/counting.py, which does not import ganvas.
    assert nats[5] == pytest.approx(1.669, abs=0.01)
    assert nats[5] < min(nats[4], nats[6])
