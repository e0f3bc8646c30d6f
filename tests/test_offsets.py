"""Offsets and scales that exceed the precision of float32 are applied in float64."""

import numpy as np
import pandas as pd
import pytest
import torch

import ganvas
from ganvas import AutoencoderTrainer, GanTrainer, VaeTrainer, VqVaeTrainer
from ganvas._data.arrays import measure, read
from ganvas.exceptions import DataError

pytestmark = pytest.mark.usefixtures("one_thread")

NUMBERS = np.random.default_rng(0)
N = 96
# Seconds of one day, customer numbers, values beyond float32, and ordinary values.
TABLE = np.column_stack(
    [
        1.7e9 + NUMBERS.integers(0, 86_400, N),
        999_999_995_904 + NUMBERS.integers(0, 5_000, N),
        NUMBERS.normal(3e60, 1e59, N),
        NUMBERS.normal(0, 1, N),
    ]
)
PICTURES = 3e5 + 0.02 * ganvas.data.load_digits(size=8)[:N] / 255
SMALL = {"net": "mlp", "hidden": (16,), "epochs": 3, "random_state": 0, "verbose": 0}
TRAINERS = {
    "gan": GanTrainer(**SMALL),
    "vae": VaeTrainer(**SMALL),
    "autoencoder": AutoencoderTrainer(**SMALL),
    "vq": VqVaeTrainer(**{**SMALL, "n_codes": 8}),
}


def made(model, X):
    samples = np.asarray(model.sample(64, random_state=1))
    if not hasattr(model, "transform"):
        return [samples]
    return [samples, np.asarray(model.reconstruct(X)), np.asarray(model.inverse_transform(model.transform(X)))]


@pytest.mark.parametrize("name", ["gan", "vae", "autoencoder"])
def test_columns_with_large_offsets_vary_in_samples_as_in_the_data(name):
    model = TRAINERS[name].fit(TABLE)
    for samples in made(model, TABLE):
        assert samples.dtype == np.float64
        spread, away = samples.std(0) / TABLE.std(0), np.abs(samples.mean(0) - TABLE.mean(0)) / TABLE.std(0)
        assert (spread > 0.01).all()
        assert (spread < 3).all()
        assert (away < 2).all()
        # More than the few values of float32 in this range.
        assert len(np.unique(samples[:, 1])) > 32


@pytest.mark.parametrize("name", TRAINERS)
def test_pictures_with_large_offsets_vary_in_samples_as_in_the_data(name):
    model = TRAINERS[name].fit(PICTURES)
    assert model.value_range_ == (PICTURES.min(), PICTURES.max())
    for samples in made(model, PICTURES):
        assert PICTURES.min() <= samples.min() < samples.max() <= PICTURES.max()
        assert np.ptp(samples) > 1e-3


def forms(X):
    yield "float64", X, X
    yield "tensor", torch.from_numpy(X), X
    yield "list", X.tolist(), X
    yield "frame", pd.DataFrame(X), X
    yield "Fortran", np.asfortranarray(X), X
    yield "big-endian", X.astype(">f8"), X
    whole = np.rint(X[:, :2])
    yield "int64", whole.astype(np.int64), whole
    yield "int64 tensor", torch.from_numpy(whole.astype(np.int64)), whole
    yield "objects", whole.astype(np.int64).astype(object), whole
    yield (
        "mixed frame",
        pd.DataFrame({"at": whole[:, 0].astype(np.int64), "x": X[:, 3].astype(np.float32)}),
        X[:, [0, 3]],
    )


def test_every_form_of_a_table_keeps_its_offsets():
    for name, X, plain in forms(TABLE):
        expected = (plain - plain.mean(0)) / plain.std(0)
        model = TRAINERS["vae"].fit(X)
        array, layout = read(VaeTrainer(), X, None, None)
        data = measure([array], layout, array.shape[1:])
        # A reference in NumPy, in float64 (a float32 column of a frame has its own rounding).
        found = (plain - np.array(data.offset)) / np.array(data.unit)
        np.testing.assert_allclose(found, expected, atol=1e-6, err_msg=name)
        z = torch.from_numpy(expected).float()
        np.testing.assert_allclose(model.encoder_(z).detach(), model.transform(X), atol=1e-4, err_msg=name)
        spread = np.asarray(model.reconstruct(X), dtype=np.float64).std(0)
        assert (spread > 1e-4 * plain.std(0)).all(), name


class Rows(torch.utils.data.Dataset):
    """A table as a dataset."""

    def __init__(self, X):
        self.X = X

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        return self.X[i]


class Turns(torch.utils.data.IterableDataset):
    """An iterable table with alternating dtypes after the first thousand rows."""

    def __init__(self, X, other):
        self.X, self.other = X, other

    def __iter__(self):
        for i, row in enumerate(self.X):
            yield row.astype(self.other if i >= 1000 and i % 200 < 100 else np.float64)


def test_samples_of_a_dataset_may_have_more_than_one_type():
    X = NUMBERS.normal(0, 1, (1200, 2)).astype(np.float32).astype(np.float64)
    mixed, plain = (TRAINERS["gan"].fit(Turns(X, t)).sample(8, random_state=0) for t in (np.float32, np.float64))
    np.testing.assert_array_equal(mixed, plain)


def test_streams_give_the_same_result_as_arrays(tmp_path):
    for X in (TABLE, np.rint(TABLE[:, :2]).astype(np.int64), PICTURES, PICTURES.astype(">f8")):
        np.save(tmp_path / "X.npy", X)
        mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
        expected = TRAINERS["gan"].fit(X).sample(8, random_state=0)
        for stream in (mapped, Rows(X), Rows(torch.from_numpy(X.astype(X.dtype.newbyteorder("="))))):
            found = np.asarray(TRAINERS["gan"].fit(stream).sample(8, random_state=0))
            np.testing.assert_array_equal(found, expected)


def test_integers_of_64_bits_come_back_as_themselves():
    ids = np.column_stack([999_999_995_904 + np.arange(N), np.arange(N)])
    model = VaeTrainer(**{**SMALL, "epochs": 200, "hidden": (64,), "lr": 3e-3, "latent_dim": 1, "beta": 1e-3}).fit(ids)
    again = model.reconstruct(ids)
    assert again.dtype == np.int64
    # Correlated columns are correlated in samples; float32 has steps of 65,536 there.
    assert np.abs(again - ids).max() < 20
    difference = model.sample(64, random_state=0)
    assert np.abs(difference[:, 0] - 999_999_995_904 - difference[:, 1]).max() < 30


def test_numeric_labels_with_large_offsets_are_told_apart():
    X = ganvas.data.ring(N, random_state=0).astype(np.float64)
    y = 1.7e9 + 40 * X[:, 0] + 0.5
    plain = VaeTrainer(**SMALL).fit(X, 40 * X[:, 0] + 0.5)
    for labels in (y, torch.from_numpy(y), y.tolist()):
        model = VaeTrainer(**SMALL).fit(X, labels)
        np.testing.assert_allclose(model.transform(X, labels), plain.transform(X, y - 1.7e9), atol=1e-3)
    whole = np.column_stack([1.7e9 + np.arange(N), np.arange(N)]).astype(np.int64)
    model = VaeTrainer(**SMALL).fit(X, whole)
    known = model._labels
    np.testing.assert_allclose(known.deviation, whole.std(0))
    assert np.ptp(model.transform(X[:1].repeat(N, 0), whole), axis=0).max() > 1e-3
    # float32 has steps of 128 there, also for the mean.
    rounded = (1.7e9 + 128 * np.arange(N)).astype(np.float32)
    pair = np.column_stack([rounded, np.linspace(0, 1, N, dtype=np.float32)])
    model, exact = VaeTrainer(**SMALL).fit(X, pair), VaeTrainer(**SMALL).fit(X, pair.astype(np.float64))
    np.testing.assert_array_equal(model.transform(X, pair), exact.transform(X, pair.astype(np.float64)))
    gan = GanTrainer(**SMALL).fit(X, y)
    one, other = (gan.sample(1, y=label, random_state=0) for label in (y.min(), y.max()))
    assert np.abs(one - other).max() > 1e-3


def test_differences_and_maps_are_taken_in_float64():
    model = VaeTrainer(**SMALL).fit(TABLE)
    expected = np.abs(TABLE - model.reconstruct(TABLE)) / TABLE.std(0)
    np.testing.assert_allclose(model.anomaly_map(TABLE), expected, rtol=1e-5)
    pictures = VaeTrainer(**SMALL).fit(PICTURES)
    expected = np.abs(PICTURES - pictures.reconstruct(PICTURES)) / np.ptp(PICTURES)
    np.testing.assert_allclose(pictures.anomaly_map(PICTURES), expected, rtol=1e-5)
    for fitted, X in ((model, TABLE), (pictures, PICTURES)):
        for name in ("plot_data", "plot_anomalies", "plot_latent"):
            getattr(fitted, name)(X)
    shown = pictures.plot_samples(4, random_state=0).images[0].get_array()
    assert np.ptp(shown) > 0.05


def test_float32_data_far_from_0_is_scaled_in_float64():
    X = (3e5 + 0.5 * ganvas.data.load_digits(size=8)[:N] / 255).astype(np.float32)
    model = VaeTrainer(**SMALL).fit(X)
    low, high = (float(end) for end in model.value_range_)
    encoded = torch.from_numpy((X.astype(np.float64) - (low + high) / 2) / ((high - low) / 2)).float()
    np.testing.assert_allclose(model.encoder_(encoded[:, None]).detach(), model.transform(X), atol=1e-5)
    assert model.sample(2).dtype == np.float32


def test_dtypes_are_not_widened():
    for dtype, expected in [
        (np.uint8, np.uint8),
        (bool, np.uint8),
        (np.float16, np.float32),
        (np.float32, np.float32),
        (np.int16, np.float32),
        (np.uint16, np.float32),
        (np.int32, np.float64),
        (np.float64, np.float64),
    ]:
        array, _ = read(VaeTrainer(), np.ones((4, 8, 8), dtype), None, None)
        assert array.dtype == expected
    # Data in the dtype of the core is not copied.
    for X in (np.ones((4, 3)), np.ones((4, 3), np.float32)):
        assert np.shares_memory(read(VaeTrainer(), X, None, None)[0], X)


def test_what_no_square_can_hold_is_refused(tmp_path):
    X = PICTURES.copy()
    X[2, 3, 4] = 1e200
    with pytest.raises(DataError, match=r"^X: 1 value is beyond 1e\+150, the first at \(2, 3, 4\)$"):
        GanTrainer(**SMALL).fit(X)
    np.save(tmp_path / "X.npy", X)
    with pytest.raises(DataError, match=r"^X: sample 2 holds a value that is not finite or beyond 1e150$"):
        GanTrainer(**SMALL).fit(np.load(tmp_path / "X.npy", mmap_mode="r"))
    with pytest.raises(DataError, match=r"^y: 1 values are beyond 1e\+150$"):
        GanTrainer(**SMALL).fit(TABLE, np.r_[1e200, np.linspace(0, 1, N - 1)])
