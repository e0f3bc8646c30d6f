"""Compatibility with scikit-learn's estimators."""

import pickle

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import SkipTestWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted

import ganvas
from ganvas import GanTrainer
from ganvas.callbacks import Callback

pytestmark = pytest.mark.usefixtures("one_thread")

RING = ganvas.data.ring(128, random_state=0)


def small(**params):
    return GanTrainer(**{"net": "mlp", "hidden": (8,), "epochs": 1, "verbose": 0, "random_state": 0, **params})


def nearness(estimator, X, y=None):
    """Negative distance of the samples' mean from the data's; higher is better."""
    return -float(np.abs(estimator.sample(64, random_state=0).mean(0) - X.mean(0)).sum())


# No check is expected to fail: `parametrize_with_checks` is used without its second argument.
@parametrize_with_checks([small(), GanTrainer(epochs=1, verbose=0)])
@pytest.mark.filterwarnings(f"ignore::{SkipTestWarning.__module__}.{SkipTestWarning.__name__}")
def test_scikit_learn_accepts_the_estimator(estimator, check):
    check(estimator)


def test_parameters_are_stored_untouched():
    params = small().get_params()
    values = {**params, "hidden": [3, 4], "betas": np.array([0.5, 0.9]), "callbacks": [Callback()], "lr": 3}
    gan = GanTrainer(**values)
    assert all(gan.get_params()[name] is value for name, value in values.items())
    gan.fit(RING)
    assert all(gan.get_params()[name] is value for name, value in values.items())


def test_a_clone_has_the_parameters_and_nothing_learnt():
    gan = small(lr=0.5).fit(RING)
    other = clone(gan)
    assert other.get_params() == gan.get_params()
    assert not [name for name in vars(other) if name.endswith("_")]
    check_is_fitted(gan)


def test_set_params_takes_effect_at_the_next_fit():
    gan = small().fit(RING)
    assert gan.set_params(epochs=2, objective="hinge") is gan
    assert (gan.epochs_, gan.objective_) == (1, "non_saturating")
    gan.fit(RING)
    assert (gan.epochs_, gan.objective_) == (2, "hinge")
    with pytest.raises(ValueError, match="Invalid parameter 'learning_rate' for estimator GanTrainer"):
        gan.set_params(learning_rate=1)


def test_what_is_decided_by_the_data_is_a_fitted_attribute():
    gan = GanTrainer(epochs=1, verbose=0).fit(RING)
    assert (gan.net_, gan.hidden_, gan.batch_size_, gan.n_critic_) == ("mlp", (256, 256), 64, 1)
    assert (gan.betas_, gan.device_, gan.base_channels_) == ((0.5, 0.999), gan.device_, None)
    assert gan.net is None


def test_fit_begins_anew_and_partial_fit_goes_on():
    gan = small()
    assert gan.fit(RING) is gan
    once = gan.sample(3, random_state=0)
    np.testing.assert_array_equal(gan.fit(RING).sample(3, random_state=0), once)
    assert gan.partial_fit(RING, epochs=2) is gan
    assert gan.history_["epoch"].tolist() == [1, 2, 3]
    np.testing.assert_array_equal(gan.sample(3, random_state=0), small(epochs=3).fit(RING).sample(3, random_state=0))


def test_a_first_partial_fit_is_a_fit_that_leaves_the_parameter():
    gan = small(epochs=5).partial_fit(RING, epochs=2)
    assert (gan.epochs, len(gan.history_)) == (5, 2)


def test_the_last_step_of_a_pipeline():
    X = RING * 100 + 7
    pipe = make_pipeline(StandardScaler(), small()).fit(X)
    samples = pipe[0].inverse_transform(pipe[-1].sample(64, random_state=0))
    assert np.abs(samples.mean(0) - X.mean(0)).max() < 100
    assert pipe[-1].n_features_in_ == 2


def test_a_grid_search_in_two_processes():
    search = GridSearchCV(small(), {"lr": [1e-3, 1e-2]}, scoring=nearness, cv=2, n_jobs=2).fit(RING)
    assert search.best_params_["lr"] in (1e-3, 1e-2)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_.sample(2).shape == (2, 2)


def test_errors_survive_the_way_between_processes():
    with pytest.raises(ganvas.exceptions.DivergedError) as caught:
        small(lr=1e30, epochs=9).fit(RING)
    copied = pickle.loads(pickle.dumps(caught.value))
    assert (str(copied), copied.samples) == (str(caught.value), caught.value.samples)


def test_representations_show_what_was_changed():
    gan = small(lr=0.5)
    text = "GanTrainer(epochs=1, hidden=(8,), lr=0.5, net='mlp', random_state=0, verbose=0)"
    assert " ".join(repr(gan).split()) == text
    assert " ".join(repr(gan.fit(RING)).split()) == text
    with config_context(display="diagram"):
        assert "GanTrainer" in gan._repr_html_()
        assert "Not fitted" in small()._repr_html_()


def test_the_names_of_columns_are_checked():
    pandas = pytest.importorskip("pandas")
    gan = small().fit(pandas.DataFrame(RING, columns=["x", "y"]))
    assert gan.feature_names_in_.tolist() == ["x", "y"]
    with pytest.raises(ValueError, match="The feature names should match those that were passed during fit"):
        gan.partial_fit(pandas.DataFrame(RING, columns=["x", "z"]))


def test_the_names_of_columns_survive_a_file(tmp_path):
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame(RING, columns=["x", "y"])
    small().fit(X).save(tmp_path / "gan")
    gan = GanTrainer.load(tmp_path / "gan").partial_fit(X)
    assert gan.feature_names_in_.tolist() == ["x", "y"]


def test_random_states_of_every_kind_are_taken():
    for state in (np.random.RandomState(3), np.random.default_rng(3), np.int64(3), None):
        small(random_state=state).fit(RING)
    one, other = (small(random_state=np.random.default_rng(3)).fit(RING).sample(2, random_state=1) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_the_streams_of_the_user_are_left_alone():
    import torch

    before = np.random.get_state()[1].copy(), torch.get_rng_state()
    small(random_state=None).fit(RING).sample(2)
    np.testing.assert_array_equal(np.random.get_state()[1], before[0])
    assert torch.equal(torch.get_rng_state(), before[1])
