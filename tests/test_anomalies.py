"""Detectors: scikit-learn's interface, the rules with and without labels, empty images."""

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from sklearn.base import is_outlier_detector

import ganvas
from ganvas import AutoencoderTrainer, VaeTrainer, VqVaeTrainer
from ganvas.exceptions import UnknownNameError

pytestmark = pytest.mark.usefixtures("one_thread")
KINDS = [VaeTrainer, AutoencoderTrainer, VqVaeTrainer]
DIGITS, NAMES = ganvas.data.load_digits(8, return_y=True)
DIGITS, NAMES = DIGITS[:400], NAMES[:400] % 3
CONSTANT = np.stack([np.full((8, 8), value, np.uint8) for value in (0, 64, 128, 255)])
TABLE = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32) @ np.diag([1, 5, 2, 1]).astype(np.float32)


def small(kind=VaeTrainer, **params):
    usual = {"net": "mlp", "hidden": (32,), "latent_dim": 4, "epochs": 3, "random_state": 0, "verbose": 0}
    return kind(**{**usual, **params})


def lowest(model, X, y=None):
    return (model.predict(X, y) == -1).mean()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("score", ["typicality", "bound"])
@pytest.mark.parametrize("X", [DIGITS, TABLE], ids=["images", "rows"])
def test_negative_decisions_are_anomalies_in_the_given_proportion(kind, score, X):
    model = small(kind, anomaly_score=score, contamination=0.2).fit(X)
    decision = model.decision_function(X)
    assert (decision.dtype, decision.shape, model.anomaly_score_) == (np.float64, (len(X),), score)
    np.testing.assert_array_equal(model.predict(X), np.where(decision < 0, -1, 1))
    assert (decision < 0).mean() == pytest.approx(0.2, abs=2 / len(X))
    assert model.threshold_ == model.offset_
    np.testing.assert_array_equal(small(kind, anomaly_score=score, contamination=0.2).fit_predict(X), model.predict(X))
    if score == "bound":
        np.testing.assert_array_equal(decision, model.score_samples(X) - model.offset_)
        assert model.offset_ == np.quantile(model.score_samples(X), 0.2)


@pytest.mark.parametrize("kind", KINDS)
def test_scikit_learn_sees_outlier_detectors(kind):
    assert is_outlier_detector(small(kind))


def test_images_are_judged_by_typicality_and_rows_by_the_bound():
    assert (small().fit(DIGITS).anomaly_score_, small().fit(TABLE).anomaly_score_) == ("typicality", "bound")
    with pytest.raises(UnknownNameError, match='unknown anomaly_score "typical"; did you mean "typicality"'):
        small(anomaly_score="typical").fit(TABLE)


@pytest.mark.parametrize("colours", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_typicality_is_that_of_its_formula(kind, colours):
    X = np.stack([DIGITS, DIGITS[::-1], 255 - DIGITS], -1) if colours else DIGITS
    model = small(kind, likelihood="gaussian").fit(X.astype(np.float32) / 255)
    seen = X.reshape(400, 8, 8, -1) / 255 * 2 - 1
    with torch.no_grad():
        made = model.decoder_(model.encoder_(torch.from_numpy(seen).float().permute(0, 3, 1, 2)))
    made = made.permute(0, 2, 3, 1).double().numpy()
    error = np.log(((seen - made) ** 2).sum((1, 2, 3)) + 1e-8 * seen[0].size)
    steps = [np.abs(np.diff(seen, axis=axis)).sum((1, 2, 3)) for axis in (1, 2)]
    complexity = np.log(steps[0] + steps[1] + 1e-4 * seen[0].size)
    excess = error - np.polyval(np.polyfit(complexity, error, 1), complexity)
    scores = -0.5 * (
        np.maximum(excess / excess.std(), 0) ** 2 + ((complexity - complexity.mean()) / complexity.std()) ** 2
    )
    np.testing.assert_allclose(model.decision_function(X.astype(np.float32) / 255) + model.offset_, scores, atol=2e-3)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("kind", KINDS)
def test_constant_pictures_are_anomalies(kind, likelihood):
    model = small(kind, likelihood=likelihood, contamination=0.1).fit(DIGITS)
    np.testing.assert_array_equal(model.predict(CONSTANT), -1)
    assert model.decision_function(CONSTANT).max() < model.decision_function(DIGITS).min()


def test_scores_do_not_depend_on_the_sign_of_zero():
    model = small().fit(TABLE)
    zeros = np.zeros((2, 4), np.float32) * np.float32([[1], [-1]])
    assert len(set(model.score_samples(zeros))) == 1


def test_the_mean_of_bounds_lies_below_what_it_bounds():
    # With one draw for all rows its score was too high.
    D = ganvas.data.load_digits()
    model = small(hidden=(64,), latent_dim=10, epochs=4).fit(D[:1400])
    assert model.score(D[1400:1700]) < model.log_likelihood(D[1400:1700], n_importance=200)[0]


# Labels ---------------------------------------------------------------------------------------------------------------


def test_without_classes_the_bound_is_that_over_all_classes():
    y = np.array(["a", "b", "c"])[np.minimum(NAMES, np.arange(400) % 4)]
    model = small().fit(DIGITS, y)
    shares = np.log([(y == label).mean() for label in model.classes_])
    for draws in (1, 20):
        given = [model.score_samples(DIGITS, label, n_importance=draws) for label in model.classes_]
        joint = np.stack(given, 1) + shares
        found = model.score_samples(DIGITS, n_importance=draws)
        np.testing.assert_allclose(found, logsumexp(joint, axis=1), rtol=1e-6)
        assert (found < np.max(given, axis=0) + 1e-4).all()


@pytest.mark.parametrize("width", [1, 2])
def test_without_numbers_the_bound_is_that_over_labels_of_the_data(width):
    y = np.random.default_rng(1).exponential(size=(64, width)).astype(np.float32)
    model = small().fit(DIGITS[:64], y)
    given = np.stack([model.score_samples(DIGITS[:9], np.tile(label, (9, 1))) for label in y], 1)
    np.testing.assert_allclose(model.score_samples(DIGITS[:9]), logsumexp(given, axis=1) - np.log(64), rtol=1e-6)


@pytest.mark.parametrize("score", ["typicality", "bound"])
@pytest.mark.parametrize("X", [DIGITS, TABLE], ids=["images", "rows"])
def test_the_share_of_anomalies_is_kept_with_and_without_labels(X, score, tmp_path):
    for y in (NAMES[: len(X)], X.reshape(len(X), -1).astype(np.float32).mean(1)):
        model = small(anomaly_score=score).fit(X, y)
        assert lowest(model, X) == pytest.approx(0.1, abs=0.01)
        assert lowest(model, X, y) == pytest.approx(0.1, abs=0.01)
        model.save(tmp_path / "model")
        loaded = VaeTrainer.load(tmp_path / "model")
        for labels in (y, None):
            np.testing.assert_array_equal(loaded.decision_function(X, labels), model.decision_function(X, labels))
        np.testing.assert_array_equal(loaded.score_samples(X[:5]), model.score_samples(X[:5]))
        assert loaded.offset_ == model.offset_
