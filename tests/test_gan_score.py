"""The score of a GAN: the negative energy distance between its samples and data."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist
from sklearn.model_selection import GridSearchCV

import ganvas
from ganvas import GanTrainer
from ganvas.estimators._gan_scores import energy_distance
from ganvas.exceptions import NotFittedError, ShapeError

pytestmark = pytest.mark.usefixtures("one_thread")

RING = ganvas.data.ring(1200, random_state=0)
IMAGES = ganvas.data.load_digits(size=8)[:256]
SMALL = {"net": "mlp", "hidden": (32,), "verbose": 0, "random_state": 0}


def reference(a, b):
    a, b = (np.asarray(part, np.float64).reshape(len(part), -1) for part in (a, b))
    return 2 * cdist(a, b).mean() - pdist(a).mean() - pdist(b).mean()


def test_the_energy_distance_is_that_of_the_formula():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(40, 3)), rng.normal(1, 2, size=(70, 3))
    assert energy_distance(a, b) == pytest.approx(reference(a, b), rel=1e-6)


def test_the_estimate_has_no_bias():
    rng = np.random.default_rng(0)
    estimates = [energy_distance(rng.normal(size=(20, 2)), rng.normal(size=(10, 2))) for _ in range(400)]
    assert abs(np.mean(estimates)) < 3 * np.std(estimates) / 20


@pytest.mark.parametrize("X", [RING * 5 + 3, IMAGES, IMAGES / 255], ids=["rows", "bytes", "floats"])
def test_the_score_is_the_distance_between_samples_and_data_in_standard_units(X):
    gan = GanTrainer(**SMALL, epochs=1).fit(X)
    samples, data = gan.sample(1000, random_state=0), X
    if X is not IMAGES and X.ndim == 2:
        samples, data = ((part - X.mean(0)) / X.std(0) for part in (samples, X))
        data = data[np.linspace(0, 1199, 1000).astype(int)]
    if X is IMAGES:
        # Byte samples are rounded; the scored ones are not.
        assert gan.score(X) == pytest.approx(-reference(samples / 255, data / 255), abs=1e-2)
    else:
        assert gan.score(X) == pytest.approx(-reference(samples, data), rel=1e-4, abs=1e-5)


def test_a_better_generator_has_a_higher_score():
    one, more = (GanTrainer(**SMALL, epochs=epochs).fit(RING) for epochs in (1, 40))
    assert one.score(RING) < more.score(RING) < 0.05
    # Samples of the model itself have distance 0.
    assert abs(more.score(more.sample(1000, random_state=1))) < 0.05
    assert more.score(RING + 3) < more.score(RING)


def test_scores_are_the_same_at_each_call_and_leave_the_stream_of_the_model():
    gan, other = (GanTrainer(**SMALL, epochs=1).fit(RING) for _ in range(2))
    assert gan.score(RING) == gan.score(RING)
    np.testing.assert_array_equal(gan.sample(3), other.sample(3))


def test_labels_that_do_not_fit_lower_the_score():
    angle = np.arctan2(RING[:, 1], RING[:, 0])
    y = (angle > 0).astype(int)
    gan = GanTrainer(**SMALL, epochs=40).fit(RING, y)
    assert gan.score(RING, y) > gan.score(RING, 1 - y) + 0.1
    numbers = GanTrainer(**SMALL, epochs=40).fit(RING, angle)
    assert numbers.score(RING, angle) > numbers.score(RING, -angle) + 0.1


def test_a_grid_search_needs_no_scoring():
    search = GridSearchCV(GanTrainer(**SMALL), {"epochs": [1, 60]}, cv=2).fit(RING)
    assert search.best_params_ == {"epochs": 60}
    y = (RING[:, 1] > 0).astype(int)
    search = GridSearchCV(GanTrainer(**SMALL), {"epochs": [1, 60]}, cv=2).fit(RING, y)
    assert search.best_params_ == {"epochs": 60}


def test_a_score_needs_a_fit_and_two_samples():
    with pytest.raises(NotFittedError):
        GanTrainer().score(RING)
    with pytest.raises(ShapeError, match=r"^X: expected at least 2 samples, got 1 sample$"):
        GanTrainer(**SMALL, epochs=1).fit(RING).score(RING[:1])
