"""Classifiers that judge generated samples."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from .._checks import integer
from ..data._generator import RandomState, generator
from ..exceptions import DataError
from ._checks import Floats, labels, same_features
from ._models import logistic

# Training of the default network of `two_sample_test`.
_EPOCHS = 100


class TwoSampleTest(NamedTuple):
    """Result of a classifier two-sample test.

    Parameters
    ----------
    accuracy : float
        Share of test samples whose set the classifier recognises, 0 to 1.
    p_value : float
        Probability of an accuracy at least this high if both sets have the same distribution.
    """

    accuracy: float
    p_value: float


def train_on_synthetic(
    synthetic_X: ArrayLike, synthetic_y: ArrayLike, X_test: ArrayLike, y_test: ArrayLike, model: Any = None
) -> float:
    """Train a classifier on synthetic samples and test it on real ones.

    Also called TSTR (train on synthetic, test on real) or classification accuracy score. The score of the same model
    trained on real data is the bar.

    Parameters
    ----------
    synthetic_X : array-like of shape (n, ...)
        Generated samples, or their features. Samples are flattened; bytes (uint8) are divided by 255.
    synthetic_y : array-like of shape (n,)
        Labels for which they were generated, of at least 2 classes.
    X_test : array-like of shape (m, ...)
        Real samples of the same shape.
    y_test : array-like of shape (m,)
        Their labels. Classes that `synthetic_y` lacks are counted as errors.
    model : estimator or None, default None
        Estimator of scikit-learn with `fit` and `score`; a copy of it is trained. None: a logistic regression of
        standardised features.

    Returns
    -------
    float
        Score of the model, for classifiers the accuracy, 0 to 1; higher is better.

    Raises
    ------
    ShapeError, DtypeError, DataError
        Samples or labels are of wrong shape, not numbers or not finite; or there is only one class.

    References
    ----------
    C. Esteban, S. L. Hyland and G. Rätsch, "Real-valued (Medical) Time Series Generation with Recurrent Conditional
    GANs", 2017.

    S. Ravuri and O. Vinyals, "Classification Accuracy Score for Conditional Generative Models", NeurIPS 2019.

    Examples
    --------
    >>> import ganvas
    >>> from ganvas.metrics import train_on_synthetic
    >>> X, y = ganvas.data.load_digits(return_y=True)
    >>> train_on_synthetic(X[:800], y[:800], X[800:], y[800:]) > 0.85
    True
    """
    rows, test = same_features(1, synthetic_X=synthetic_X, X_test=X_test)
    known = labels("synthetic_y", synthetic_y, len(rows), "synthetic_X")
    wanted = labels("y_test", y_test, len(test), "X_test")
    if (known.dtype.kind == "U") != (wanted.dtype.kind == "U"):
        raise DataError(f"y_test: expected labels like synthetic_y ({known.dtype}), got {wanted.dtype}")
    found = np.unique(known)
    if len(found) < 2:
        raise DataError(f"synthetic_y: expected at least 2 classes, got {found.tolist()}")
    return float((logistic() if model is None else clone(model)).fit(rows, known).score(test, wanted))


def two_sample_test(
    x: ArrayLike,
    y: ArrayLike,
    model: Any = None,
    permutations: int | None = None,
    random_state: RandomState = 0,
) -> TwoSampleTest:
    """Test with a classifier if two sets of samples differ in distribution.

    A classifier is trained to tell the sets apart on one half of the samples and tested on the other. The larger set is
    reduced to the size of the smaller, so that the accuracy of guessing is 1/2.

    Parameters
    ----------
    x, y : array-like of shape (n, ...) and (m, ...)
        At least 4 samples each, or their features. Samples are flattened; bytes (uint8) are divided by 255.
    model : estimator or None, default None
        Classifier of scikit-learn; a copy of it is trained. None: as in the paper a network with one hidden layer of 20
        units, trained for 100 epochs on standardised features.
    permutations : int or None, default None
        Number of permutations of the test labels for the p value, 99 to 1,000,000. None: the binomial distribution with
        probability 1/2.
    random_state : int, numpy Generator or RandomState, or None, default 0
        Random state of the halves, the network and the permutations.

    Returns
    -------
    TwoSampleTest
        The named tuple ``(accuracy, p_value)``. About 1/2 is best for generated samples, and 1 means that they are
        always recognised; a small p value means that the distributions differ.

    Raises
    ------
    ShapeError, DtypeError, DataError
        The samples have different shapes, are too few, not numbers or not finite.
    ParameterError
        A parameter is out of range.

    References
    ----------
    D. Lopez-Paz and M. Oquab, "Revisiting Classifier Two-Sample Tests", ICLR 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from ganvas.metrics import two_sample_test
    >>> x = np.random.default_rng(0).standard_normal((400, 2))
    >>> two_sample_test(x[:200], x[200:]).p_value > 0.05
    True
    >>> two_sample_test(x[:200], x[200:] * 4).p_value < 0.01
    True
    """
    rows, others = same_features(4, x=x, y=y)
    if permutations is not None:
        permutations = integer("permutations", permutations, 99, 10**6)
    rng, n = generator(random_state), min(len(rows), len(others))
    both = [a[rng.permutation(len(a))[:n]] for a in (rows, others)]
    train, test = (np.concatenate([a[part] for a in both]) for part in (slice(n // 2), slice(n // 2, n)))
    truth = np.arange(2).repeat(n - n // 2)
    predicted = _predicted(model, train, np.arange(2).repeat(n // 2), test, int(rng.integers(2**31)))
    correct = int(np.count_nonzero(predicted == truth))
    if permutations is None:
        p_value = _binomial_tail(correct, len(truth))
    else:
        draws = sum(np.count_nonzero(predicted == rng.permutation(truth)) >= correct for _ in range(permutations))
        p_value = float(1 + draws) / (1 + permutations)
    return TwoSampleTest(correct / len(truth), p_value)


def _predicted(model: Any, train: Floats, truth: NDArray[np.int64], test: Floats, seed: int) -> NDArray[np.int64]:
    """Train a copy of the model, or the default network, and predict the sets of the test samples."""
    if model is not None:
        return np.asarray(clone(model).fit(train, truth).predict(test))
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(train)
    train, network = scaler.transform(train), MLPClassifier((20,), random_state=seed)
    for _ in range(_EPOCHS):
        network.partial_fit(train, truth, classes=[0, 1])
    return np.asarray(network.predict(scaler.transform(test)))


def _binomial_tail(correct: int, n: int) -> float:
    """Return the probability of at least `correct` heads of `n` fair coins."""
    k = range(correct, n + 1)
    logs = (math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) - n * math.log(2) for i in k)
    return min(1.0, math.fsum(map(math.exp, logs)))
