"""Masked values raise an error in all methods; values under a mask are never used."""

import numpy as np
import pytest
from torch.utils.data import Dataset

import ganvas
from ganvas import GanTrainer, VaeTrainer
from ganvas.exceptions import DataError

pytestmark = pytest.mark.usefixtures("one_thread")

IMAGES = ganvas.data.load_digits(size=8)[:64]
ROWS = ganvas.data.ring(64, random_state=0)
SMALL = {"net": "mlp", "hidden": (8,), "epochs": 1, "verbose": 0, "random_state": 0}
REMEDY = "what lies under a mask is no data; fill them, as with .filled(value), or leave their samples out"


def holes(array):
    """The array with three masked values."""
    masked = np.ma.array(array.copy())
    for row in (0, 1, len(array) - 1):
        masked[(row,) + (1,) * (array.ndim - 1)] = np.ma.masked
    return masked


class Pairs(Dataset):
    def __init__(self, X):
        self.X = X

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        return self.X[i], 0


FORMS = [
    ("an array of images", holes(IMAGES), 3, 4096),
    ("an array of rows", holes(ROWS), 3, 128),
    ("a list of images", list(holes(IMAGES)), 3, 4096),
    ("a list of lists", [list(image) for image in holes(IMAGES)], 3, 4096),
    ("a dataset", Pairs(holes(IMAGES)), 3, 4096),
    ("an iterable", type("Rows", (), {"__iter__": lambda self: iter(holes(ROWS))})(), 3, 128),
]


@pytest.mark.parametrize("kind", [GanTrainer, VaeTrainer])
@pytest.mark.parametrize(("X", "masked", "size"), [form[1:] for form in FORMS], ids=[form[0] for form in FORMS])
def test_masked_samples_are_refused_with_a_count(kind, X, masked, size):
    model = kind(**SMALL)
    with pytest.raises(DataError) as caught:
        model.fit(X)
    assert str(caught.value) == f"X: {masked} of {size:,} values are masked, and {REMEDY}"


def test_masked_labels_and_latents_are_refused_with_a_count():
    y = np.ma.masked_equal(np.arange(64) % 3, 2)
    text = f"y: 21 of 64 values are masked, and {REMEDY}"
    model = VaeTrainer(**SMALL, latent_dim=2).fit(ROWS, y.data)
    calls = [
        lambda: VaeTrainer(**SMALL).fit(ROWS, y),
        lambda: GanTrainer(**SMALL).fit(ROWS, list(y.reshape(64, 1))),
        lambda: model.partial_fit(ROWS, y),
        lambda: model.sample(64, y=y),
        lambda: model.score_samples(ROWS, y),
        lambda: model.attribute_vector(ROWS, y),
    ]
    for call in calls:
        with pytest.raises(DataError) as caught:
            call()
        assert str(caught.value) == text
    for name, call in (
        ("Z", lambda: model.inverse_transform(holes(np.zeros((3, 2))))),
        ("a", lambda: model.interpolate(np.ma.masked_less(ROWS[0], 9), ROWS[1])),
        ("b", lambda: model.interpolate(ROWS[0], np.ma.masked_less(ROWS[1], 9))),
        ("x", lambda: model.traverse(np.ma.masked_less(ROWS[1], 9), 0)),
    ):
        with pytest.raises(DataError, match=rf"^{name}: \d of \d values are masked, and "):
            call()


def test_every_method_refuses_masked_samples():
    model = VaeTrainer(**SMALL).fit(IMAGES)
    for name in ("partial_fit", "transform", "reconstruct", "score_samples", "score", "predict", "anomaly_map"):
        with pytest.raises(DataError, match=r"^X: 3 of 4,096 values are masked"):
            getattr(model, name)(holes(IMAGES))


def test_a_masked_array_without_masked_values_is_an_array():
    expected = VaeTrainer(**SMALL).fit(ROWS, np.arange(64) % 2)
    for X in (np.ma.array(ROWS), np.ma.array(ROWS, mask=np.zeros_like(ROWS, bool)), list(np.ma.array(ROWS))):
        model = VaeTrainer(**SMALL).fit(X, np.ma.array(np.arange(64) % 2))
        samples = model.sample(3, random_state=0)
        assert type(samples) is np.ndarray
        np.testing.assert_array_equal(samples, expected.sample(3, random_state=0))
