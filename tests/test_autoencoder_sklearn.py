"""Autoencoders are estimators in scikit-learn's sense."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import SkipTestWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted

import ganvas
from ganvas import AutoencoderTrainer, VaeTrainer, VqVaeTrainer

pytestmark = pytest.mark.usefixtures("one_thread")

RING = ganvas.data.ring(128, random_state=0)
KINDS = [VaeTrainer, AutoencoderTrainer, VqVaeTrainer]
SMALL = {"net": "mlp", "hidden": (8,), "latent_dim": 2, "epochs": 1, "verbose": 0, "random_state": 0}


def small(kind=VaeTrainer, **params):
    return kind(**{**SMALL, **params})


# These checks require fit_transform(X, y) to equal fit(X, y).transform(X). The first ignores y, which pipelines pass to
# every transformer; the second trains a conditional model.
REASON = "a transformer ignores y, an estimator is conditional on it"
EXPECTED = {"check_transformer_general": REASON, "check_transformer_data_not_an_array": REASON}
CHECKED = [
    small(prior="gaussian_mixture"),
    small(AutoencoderTrainer),
    small(VqVaeTrainer, n_codes=4),
    *(kind(epochs=1, verbose=0) for kind in KINDS),
]


@parametrize_with_checks(CHECKED, expected_failed_checks=lambda estimator: EXPECTED)
@pytest.mark.filterwarnings(f"ignore::{SkipTestWarning.__module__}.{SkipTestWarning.__name__}")
def test_scikit_learn_accepts_the_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize("kind", KINDS)
def test_a_clone_has_the_parameters_and_nothing_learnt(kind):
    model = small(kind, lr=0.5, hidden=[3, 4], betas=np.array([0.5, 0.9])).set_params(contamination=0.3)
    values = model.get_params()
    model.set_params(lr=1e-3).fit(RING)
    assert all(model.get_params()[name] is value for name, value in values.items() if name != "lr")
    other = clone(model)
    assert {name: np.asarray(value).tolist() for name, value in other.get_params().items()} == {
        name: np.asarray(value).tolist() for name, value in model.get_params().items()
    }
    assert not [name for name in vars(other) if name.endswith("_")]
    check_is_fitted(model)


@pytest.mark.parametrize("kind", KINDS)
def test_fit_begins_anew_and_set_params_takes_effect_at_the_next_fit(kind):
    model = small(kind)
    assert model.fit(RING) is model
    once = model.transform(RING)
    np.testing.assert_array_equal(model.fit(RING).transform(RING), once)
    np.testing.assert_array_equal(clone(model).fit_transform(RING), once)
    assert model.set_params(latent_dim=1) is model
    assert model.latent_dim_ == 2
    assert model.fit(RING).latent_dim_ == 1


def test_the_threshold_is_that_of_the_parameters_of_the_fit():
    model, other = small().fit(RING), small().fit(RING)
    model.set_params(contamination=0.5)
    assert model.threshold_ == other.threshold_
    assert model.fit(RING).threshold_ > other.threshold_


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_step_of_a_pipeline(kind):
    X = RING * 100 + 7
    pipe = make_pipeline(StandardScaler(), small(kind)).fit(X)
    assert len(pipe.transform(X)) == len(X)
    assert pipe.inverse_transform(pipe.transform(X)).shape == X.shape
    assert pipe.score_samples(X).shape == (128,)
    assert np.isfinite(pipe.score(X))
    assert set(pipe.predict(X)) == {-1, 1}
    samples = pipe[0].inverse_transform(pipe[-1].sample(64, random_state=0))
    assert np.abs(samples.mean(0) - X.mean(0)).max() < 100
    assert pipe[-1].n_features_in_ == 2


def test_a_grid_search_finds_the_latent_dim():
    search = GridSearchCV(small(), {"latent_dim": [1, 2]}, cv=2, n_jobs=1).fit(RING)
    assert search.best_params_["latent_dim"] in (1, 2)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_.transform(RING).shape == (128, search.best_params_["latent_dim"])
    assert np.isfinite(search.score(RING))


def test_a_grid_search_over_a_model_that_knows_labels():
    y = np.where(RING[:, 0] > 0, "right", "left")
    search = GridSearchCV(small(), {"latent_dim": [1]}, cv=2, n_jobs=1).fit(RING, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_.classes_.tolist() == ["left", "right"]


@pytest.mark.parametrize("kind", KINDS)
def test_representations_show_what_was_changed(kind):
    text = f"{kind.__name__}(epochs=1, hidden=(8,), latent_dim=2, net='mlp', random_state=0, verbose=0)"
    model = small(kind)
    assert " ".join(repr(model).split()) == text
    assert " ".join(repr(model.fit(RING)).split()) == text
    with pytest.raises(ValueError, match=f"Invalid parameter 'n_critic' for estimator {kind.__name__}"):
        model.set_params(n_critic=1)


def test_the_names_of_columns_are_checked_in_every_method():
    pandas = pytest.importorskip("pandas")
    model = small().fit(pandas.DataFrame(RING, columns=["x", "y"]))
    assert model.feature_names_in_.tolist() == ["x", "y"]
    other = pandas.DataFrame(RING, columns=["x", "z"])
    for name in ("transform", "reconstruct", "score_samples", "predict", "anomaly_map", "partial_fit"):
        with pytest.raises(ValueError, match="The feature names should match those that were passed during fit"):
            getattr(model, name)(other)


def test_components_without_a_prior_are_those_of_a_mixture():
    assert (small(n_components=3).fit(RING).prior_, small().fit(RING).prior_) == ("gaussian_mixture", "standard_normal")
