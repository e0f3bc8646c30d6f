"""Classifiers trained on synthetic data, and two-sample tests."""

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier

import ganvas
from ganvas import metrics
from ganvas.metrics.judges import _binomial_tail

RNG = np.random.default_rng(0)
DIGITS, LABELS = ganvas.data.load_digits(return_y=True, size=8)


def test_real_digits_train_a_model_for_real_digits():
    score = metrics.train_on_synthetic(DIGITS[:900], LABELS[:900], DIGITS[900:], LABELS[900:])
    assert 0.88 < score < 1


def test_the_score_is_that_of_the_model_on_flattened_samples():
    X, y = RNG.integers(0, 256, (40, 3, 3)).astype(np.uint8), np.arange(40) % 4
    model = KNeighborsClassifier(1)
    assert metrics.train_on_synthetic(X, y, X, y, model) == 1
    expected = KNeighborsClassifier(1).fit(X[:30].reshape(30, 9), y[:30]).score(X[30:].reshape(10, 9), y[30:])
    assert metrics.train_on_synthetic(X[:30], y[:30], X[30:], y[30:], model) == expected
    assert not hasattr(model, "classes_")


def test_missing_classes_are_errors_and_labels_may_be_words_or_numbers():
    X = np.arange(12.0)[:, None]
    y = np.repeat(["a", "b", "c"], 4)
    assert metrics.train_on_synthetic(X, y, X, y, KNeighborsClassifier(1)) == 1
    assert metrics.train_on_synthetic(X[:8], y[:8], X, y, KNeighborsClassifier(1)) == pytest.approx(8 / 12)
    assert metrics.train_on_synthetic(X, X[:, 0], X, X[:, 0], Ridge(0.01)) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("correct", "n"), [(0, 10), (6, 10), (10, 10), (520, 1000), (1000, 1000), (5_100, 10_000)])
def test_the_p_value_is_binomial(correct, n):
    assert _binomial_tail(correct, n) == pytest.approx(binom.sf(correct - 1, n, 0.5), rel=1e-9)


def test_distributions_far_apart_are_told_apart():
    x = RNG.standard_normal((60, 2))
    for permutations in (None, 999):
        result = metrics.two_sample_test(x, x + 50, permutations=permutations)
        assert result.accuracy == 1
        assert result.p_value == pytest.approx(0.5**60 if permutations is None else 0.001)


@pytest.mark.parametrize("permutations", [None, 199])
def test_one_distribution_gives_one_half(permutations):
    settings = {"model": KNeighborsClassifier(5), "permutations": permutations}
    found = [metrics.two_sample_test(*RNG.standard_normal((2, 60, 2)), **settings) for _ in range(60)]
    assert np.mean([result.accuracy for result in found]) == pytest.approx(0.5, abs=0.03)
    # 60 trials: at least 9 p values below 0.05 have probability 0.004.
    assert sum(result.p_value < 0.05 for result in found) < 9


def test_the_larger_set_is_reduced():
    x, y = RNG.standard_normal((500, 2)), RNG.standard_normal((40, 2))
    result = metrics.two_sample_test(x, y, model=DummyClassifier())
    assert result.accuracy == 0.5
    assert result.p_value == pytest.approx(binom.sf(19, 40, 0.5))


def test_the_default_network_sees_more_than_means():
    x = RNG.standard_normal((300, 2))
    assert metrics.two_sample_test(x[:150], 3 * x[150:]).p_value < 1e-3
    # Neighbouring digits are by one writer.
    assert metrics.two_sample_test(DIGITS[:600:2], DIGITS[1:600:2]).accuracy == pytest.approx(0.5, abs=0.1)


def test_the_seed_decides():
    x, y = RNG.standard_normal((2, 40, 2))
    first, again, *others = (metrics.two_sample_test(x, y, random_state=seed) for seed in (3, 3, 4, 5))
    assert first == again
    assert set(others) != {first}
