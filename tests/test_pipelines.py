"""In scikit-learn's pipelines a model is a transformer: it is fitted to X alone, for any target."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_digits
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import FeatureUnion, make_pipeline

import ganvas
from ganvas import AutoencoderTrainer, VaeTrainer, VqVaeTrainer

pytestmark = pytest.mark.usefixtures("one_thread")

KINDS = [VaeTrainer, AutoencoderTrainer, VqVaeTrainer]
DIGITS = load_digits()
X, Y = DIGITS.data[:600], DIGITS.target[:600]
RING = ganvas.data.ring(128, random_state=0)
SMALL = {"net": "mlp", "hidden": (8,), "latent_dim": 2, "epochs": 1, "verbose": 0, "random_state": 0}


def digits_model(kind):
    return kind(net="mlp", hidden=(32,), latent_dim=8, epochs=30, lr=5e-3, verbose=0, random_state=0)


@pytest.mark.parametrize("kind", [VaeTrainer, AutoencoderTrainer])
def test_a_classifier_on_latents_is_as_good_as_one_on_latents_without_labels(kind):
    latents = digits_model(kind).fit(X[:450]).transform(X)
    baseline = LogisticRegression(max_iter=2000).fit(latents[:450], Y[:450]).score(latents[450:], Y[450:])
    assert baseline > 0.7
    pipe = make_pipeline(digits_model(kind), LogisticRegression(max_iter=2000)).fit(X[:450], Y[:450])
    assert pipe.score(X[450:], Y[450:]) == pytest.approx(baseline, abs=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_a_transformer_ignores_the_target(kind):
    y = np.arange(128) % 3
    expected = kind(**SMALL).fit(RING).transform(RING)
    model = kind(**SMALL)
    np.testing.assert_array_equal(model.fit_transform(RING, y), expected)
    assert not hasattr(model, "classes_")
    pipe = make_pipeline(kind(**SMALL), RidgeClassifier()).fit(RING, y)
    np.testing.assert_array_equal(pipe[:-1].transform(RING), expected)
    for around in (
        make_pipeline(FeatureUnion([("latents", kind(**SMALL))]), RidgeClassifier()),
        make_pipeline(ColumnTransformer([("latents", kind(**SMALL), [0, 1])]), RidgeClassifier()),
    ):
        np.testing.assert_array_equal(around.fit(RING, y)[:-1].transform(RING), expected)


def test_the_last_step_of_a_pipeline_and_the_estimator_itself_learn_from_labels():
    y = np.arange(128) % 3
    assert VaeTrainer(**SMALL).fit(RING, y).classes_.tolist() == [0, 1, 2]
    assert make_pipeline(AutoencoderTrainer(**SMALL), VaeTrainer(**SMALL)).fit(RING, y)[-1].classes_.tolist() == [
        0,
        1,
        2,
    ]


def test_pipelines_are_validated_and_transform_targets():
    y = np.arange(128) % 3
    scores = cross_val_score(make_pipeline(VaeTrainer(**SMALL), RidgeClassifier()), RING, y, cv=3, error_score="raise")
    assert np.isfinite(scores).all()
    pipe = make_pipeline(AutoencoderTrainer(**SMALL), LinearRegression())
    target = RING[:, 0] * 100
    # In float32, the functions are inverse on some processors only.
    numbers = RING[:, 0].astype(np.float64)
    assert np.isfinite(
        TransformedTargetRegressor(pipe, func=np.sinh, inverse_func=np.arcsinh).fit(RING, numbers).predict(RING)
    ).all()
    np.testing.assert_allclose(
        pipe.fit(RING, target).predict(RING),
        LinearRegression()
        .fit(latents := AutoencoderTrainer(**SMALL).fit(RING).transform(RING), target)
        .predict(latents),
        rtol=1e-5,
    )


# What comes out -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_columns_of_latents_have_names(kind):
    model = kind(**SMALL).fit(RING)
    latents = model.transform(RING)
    prefix = kind.__name__.lower()
    names = [f"{prefix}{i}" for i in range(latents.shape[1])]
    assert model.get_feature_names_out().tolist() == names
    union = FeatureUnion([("a", kind(**SMALL)), ("b", kind(**SMALL))]).fit(RING)
    assert union.get_feature_names_out().tolist() == [f"{step}__{name}" for step in "ab" for name in names]


@pytest.mark.parametrize("kind", KINDS)
def test_latents_come_as_the_frame_that_was_asked_for(kind):
    frame = pd.DataFrame(RING, columns=["x", "y"], index=np.arange(128) + 500)
    expected = kind(**SMALL).fit(frame).transform(frame)
    assert type(expected) is np.ndarray
    model = kind(**SMALL).set_output(transform="pandas")
    for latents in (model.fit_transform(frame), model.transform(frame)):
        assert latents.index.equals(frame.index)
        assert list(latents.columns) == model.get_feature_names_out().tolist()
        np.testing.assert_array_equal(latents.to_numpy(), expected)
    polars = pytest.importorskip("polars")
    latents = model.set_output(transform="polars").transform(frame)
    assert isinstance(latents, polars.DataFrame)
    np.testing.assert_array_equal(latents.to_numpy(), expected)
    again = model.inverse_transform(latents)
    pd.testing.assert_frame_equal(again, model.inverse_transform(expected))


def test_names_of_latents_need_a_fit():
    with pytest.raises(ganvas.exceptions.NotFittedError):
        VaeTrainer().get_feature_names_out()
