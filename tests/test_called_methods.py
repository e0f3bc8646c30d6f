"""Errors about the shape of data name the called method and the expected data."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import ganvas
from ganvas import VaeTrainer
from ganvas.exceptions import ShapeError

pytestmark = pytest.mark.usefixtures("one_thread")

IMAGES = ganvas.data.load_digits(size=8)[:64]
ROWS = ganvas.data.ring(64, random_state=0)
SMALL = {"net": "mlp", "hidden": (8,), "epochs": 1, "verbose": 0, "random_state": 0}
METHODS = (
    "partial_fit",
    "transform",
    "reconstruct",
    "score_samples",
    "score",
    "log_likelihood",
    "predict",
    "anomaly_map",
)
HINT = "Reshape your data, as X[:1] does in place of X[0]"
MODELS = {
    "rows": (ROWS, VaeTrainer(**SMALL).fit(ROWS), "samples (n, 2), got one sample (2,)", "(2,)"),
    "grey": (IMAGES, VaeTrainer(**SMALL).fit(IMAGES), "samples (n, 8, 8), got one sample (8, 8)", "(8, 8, 1)"),
    "colours": (
        IMAGES[..., None].repeat(3, -1),
        VaeTrainer(**SMALL).fit(IMAGES[..., None].repeat(3, -1)),
        "samples (n, 8, 8, 3), got one sample (8, 8, 3)",
        "(8, 8, 3)",
    ),
    "channels first": (
        IMAGES[:, None].repeat(3, 1),
        VaeTrainer(**SMALL).fit(IMAGES[:, None].repeat(3, 1)),
        "samples (n, 3, 8, 8), got one sample (3, 8, 8)",
        "(8, 8, 3)",
    ),
}


@pytest.mark.parametrize("form", MODELS)
@pytest.mark.parametrize("name", METHODS)
def test_one_sample_that_is_no_batch_is_refused_with_the_remedy(name, form):
    X, model, text, _ = MODELS[form]
    with pytest.raises(ShapeError) as caught:
        getattr(model, name)(X[0])
    assert str(caught.value) == f"{name}: expected {text}. {HINT}"


@pytest.mark.parametrize("form", MODELS)
@pytest.mark.parametrize("name", METHODS)
def test_samples_of_another_shape_are_refused_by_the_method_called(name, form):
    _, model, _, fitted = MODELS[form]
    with pytest.raises(ShapeError) as caught:
        getattr(model, name)(np.zeros((4, 9, 9), np.uint8))
    assert str(caught.value) == f"{name}: fitted on {fitted}, got (9, 9, 1)"
    if form != "rows":
        with pytest.raises(ShapeError) as caught:
            getattr(model, name)(ROWS)
        assert str(caught.value) == f"{name}: fitted on {fitted}, got (2,)"


@pytest.mark.parametrize("name", METHODS)
def test_rows_of_other_columns_are_refused_by_the_method_called(name):
    with pytest.raises(ShapeError) as caught:
        getattr(MODELS["rows"][1], name)(ROWS[:, :1])
    assert str(caught.value) == f"{name}: X has 1 features, but VaeTrainer is expecting 2 features as input"


def test_methods_that_scikit_learn_calls_are_named_too():
    pipe = make_pipeline(StandardScaler(), VaeTrainer(**SMALL)).fit(ROWS)
    pipe.steps.pop(0)
    with pytest.raises(ShapeError, match=r"^score_samples: X has 1 features"):
        pipe.score_samples(ROWS[:, :1])
