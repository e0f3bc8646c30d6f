"""All forms of data that `fit` accepts, and the corresponding form of samples."""

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

import ganvas
from ganvas import GanTrainer
from ganvas._data.arrays import Layout
from ganvas.exceptions import DtypeError

pytestmark = pytest.mark.usefixtures("one_thread")

BYTES = ganvas.data.load_digits(size=8)[:128]
UNIT = BYTES / 255
COLOURS = BYTES[..., None].repeat(3, axis=-1)
RING = ganvas.data.ring(128, random_state=0)


def fitted(X, **params):
    return GanTrainer(**{"net": "mlp", "hidden": (8,), "epochs": 1, "verbose": 0, "random_state": 0, **params}).fit(X)


def span(gan):
    data = gan._run.data().words()
    return data["low"], data["high"]


IMAGES = [
    pytest.param(BYTES, (0, 255), id="uint8"),
    pytest.param(BYTES > 128, (0, 1), id="bool"),
    pytest.param(BYTES.astype(np.int64), (0, 255), id="int64"),
    pytest.param(BYTES.astype(np.uint16) * 257, (0, 65535), id="uint16"),
    pytest.param((BYTES // 2).astype(np.int8), (0, 127), id="int8"),
    pytest.param(UNIT.astype(np.float16), (0, 1), id="float16"),
    pytest.param(UNIT.astype(np.float32), (0, 1), id="float32"),
    pytest.param(UNIT, (0, 1), id="float64"),
    pytest.param(UNIT / 2, (0, 1), id="half of 0..1"),
    pytest.param(UNIT * 2 - 1, (-1, 1), id="-1..1"),
    pytest.param(UNIT - 0.5, (-1, 1), id="half of -1..1"),
    pytest.param(UNIT * 7 + 3, (3, 10), id="3..10"),
    pytest.param(UNIT.astype(">f4"), (0, 1), id="big-endian floats"),
    pytest.param(BYTES.astype(">i2"), (0, 255), id="big-endian integers"),
    pytest.param(np.asfortranarray(UNIT), (0, 1), id="Fortran order"),
    pytest.param(UNIT[::-1, ::-1, ::-1], (0, 1), id="negative strides"),
    pytest.param(np.broadcast_to(UNIT[:1], UNIT.shape), (0, 1), id="zero strides"),
    pytest.param(np.full((128, 8, 8), 3.0), (3, 4), id="constant"),
    pytest.param(np.full((128, 8, 8), 7, np.uint8), (0, 255), id="constant bytes"),
    pytest.param(np.zeros((128, 8, 8)), (0, 1), id="black"),
    pytest.param(BYTES[:, :5], (0, 255), id="not square"),
]


@pytest.mark.parametrize(("X", "expected"), IMAGES)
def test_images_of_every_dtype_and_layout_come_back_as_they_were(X, expected):
    before = X.copy()
    gan = fitted(X)
    samples = gan.sample(5)
    assert type(samples) is np.ndarray
    assert (samples.dtype, samples.shape) == (X.dtype, (5, *X.shape[1:]))
    assert span(gan) == pytest.approx(expected, abs=1e-6)
    low, high = expected
    assert low - 1e-6 <= samples.min() <= samples.max() <= high + 1e-6
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("value", [1e30, -1e20, 1e-30])
def test_constant_images_of_any_size_can_be_learnt(value):
    assert np.isfinite(fitted(np.full((128, 8, 8), value)).sample(2)).all()


def test_read_only_arrays_are_taken_and_left_alone():
    for X in (BYTES.copy(), UNIT.astype(np.float32), RING.copy()):
        before = X.copy()
        X.setflags(write=False)
        fitted(X)
        np.testing.assert_array_equal(X, before)


def test_lists_and_objects_are_taken_as_the_numbers_they_hold():
    for X in (UNIT.tolist(), UNIT.astype(object), list(UNIT)):
        samples = fitted(X).sample(2)
        assert (samples.dtype, samples.shape) == (np.float64, (2, 8, 8))


AXES = [
    (BYTES, None, (8, 8, 1)),
    (BYTES[..., None], None, (8, 8, 1)),
    (BYTES[:, None], None, (8, 8, 1)),
    (COLOURS, None, (8, 8, 3)),
    (COLOURS.transpose(0, 3, 1, 2), None, (8, 8, 3)),
    (BYTES[..., None].repeat(4, axis=-1), None, (8, 8, 4)),
    (BYTES[..., None].repeat(2, axis=-1), "last", (8, 8, 2)),
    (BYTES[:, None].repeat(2, axis=1), "first", (8, 8, 2)),
    (COLOURS[:, :3, :3], "first", (3, 3, 3)),
    (COLOURS[:, :3], "last", (3, 8, 3)),
]


@pytest.mark.parametrize(("X", "channels", "sizes"), AXES)
def test_channels_are_found_and_samples_keep_their_axes(X, channels, sizes):
    gan = fitted(X, channels=channels)
    data = gan._run.data().words()
    assert (*data["sides"], data["channels"]) == sizes
    assert gan.sample(3).shape == (3, *X.shape[1:])


def test_the_order_of_axes_decides_which_pixels_are_neighbours():
    first, last = fitted(COLOURS.transpose(0, 3, 1, 2)).sample(2), fitted(COLOURS).sample(2)
    np.testing.assert_array_equal(first.transpose(0, 2, 3, 1), last)


TENSORS = [
    (torch.from_numpy(BYTES), (0, 255)),
    (torch.from_numpy(BYTES).long(), (0, 255)),
    (torch.from_numpy(BYTES > 128), (0, 1)),
    (torch.from_numpy(UNIT).float(), (0, 1)),
    (torch.from_numpy(UNIT).half(), (0, 1)),
    (torch.from_numpy(UNIT).bfloat16(), (0, 1)),
    (torch.from_numpy(UNIT * 2 - 1).bfloat16(), (-1, 1)),
    (torch.from_numpy(UNIT).float().requires_grad_(), (0, 1)),
    (torch.from_numpy(COLOURS).permute(0, 3, 1, 2), (0, 255)),
]


@pytest.mark.parametrize(("X", "expected"), TENSORS)
def test_tensors_give_tensors(X, expected):
    gan = fitted(X)
    samples = gan.sample(5)
    assert isinstance(samples, torch.Tensor)
    assert (samples.dtype, samples.shape) == (X.dtype, (5, *X.shape[1:]))
    assert span(gan) == expected
    assert not samples.requires_grad


ROWS = [
    RING,
    RING.astype(np.float64),
    RING.astype(np.float16),
    RING.astype(">f8"),
    np.asfortranarray(RING),
    RING[::-1, ::-1],
    (RING * 100).astype(np.int32),
    RING > 0,
    RING.astype(np.float64) * 1e30,
    RING.astype(np.float64) * 1e-30,
    RING[:, :1],
]


@pytest.mark.parametrize("X", ROWS, ids=lambda X: f"{X.dtype}, {X.strides}")
def test_rows_come_back_as_they_were(X):
    before = X.copy()
    gan = fitted(X)
    samples = gan.sample(300)
    assert (samples.dtype, samples.shape) == (X.dtype, (300, X.shape[1]))
    assert gan.n_features_in_ == X.shape[1]
    if X.dtype.kind == "f":
        scale = np.abs(X.astype(np.float64)).max()
        assert np.abs(samples.astype(np.float64)).max() < 10 * scale
        assert np.abs(samples.astype(np.float64)).max() > scale / 100
    np.testing.assert_array_equal(X, before)


def test_integers_beyond_their_dtype_are_clipped_not_wrapped():
    beyond = np.array([[-1e30, -3.0, 2.6, 300.0, 1e30]], np.float32)
    assert Layout("numpy", "uint8", "nd").restore(beyond).tolist() == [[0, 0, 3, 255, 255]]
    assert Layout("torch", "uint8", "nd").restore(beyond).tolist() == [[0, 0, 3, 255, 255]]
    assert Layout("numpy", "int8", "nd").restore(beyond).tolist() == [[-128, -3, 3, 127, 127]]
    largest = Layout("numpy", "int64", "nd").restore(beyond)
    assert largest[0, 0] == -(2**63)
    assert largest[0, -1] > 2**62


def test_constant_columns_are_fine():
    gan = fitted(np.column_stack([RING, np.full(128, 1e8 / 3), np.zeros(128)]))
    samples = gan.sample(50)
    assert np.isfinite(samples).all()
    np.testing.assert_allclose(samples[:, 2], 1e8 / 3, rtol=1e-6)
    assert np.abs(samples[:, 3]).max() < 10


def test_tensors_of_rows_give_tensors():
    for X in (torch.from_numpy(RING), torch.from_numpy(RING).bfloat16()):
        samples = fitted(X).sample(4)
        assert (samples.dtype, samples.shape) == (X.dtype, (4, 2))


def frame():
    return pd.DataFrame(
        {
            "count": np.arange(128),
            "height": RING[:, 0].astype(np.float64),
            "weight": RING[:, 1].astype(np.float32),
            "member": RING[:, 1] > 0,
            "level": np.arange(128, dtype=np.int8),
        }
    )


FRAMES = [
    frame(),
    frame().astype({"count": "Int64", "height": "Float64", "member": "boolean"}),
    frame().convert_dtypes(),
    pd.DataFrame(RING),
    pd.DataFrame(RING, columns=[2020, 2021], index=np.arange(128) + 7),
]


@pytest.mark.parametrize("X", FRAMES)
def test_frames_give_frames_with_the_same_columns_and_dtypes(X):
    before = X.copy()
    samples = fitted(X).sample(6)
    assert isinstance(samples, pd.DataFrame)
    assert list(samples.columns) == list(X.columns)
    assert list(samples.dtypes) == list(X.dtypes)
    assert len(samples) == 6
    pd.testing.assert_frame_equal(X, before)


def test_categories_of_numbers_come_back_as_floats():
    X = frame().astype({"level": "category"})
    assert fitted(X).sample(2)["level"].dtype == np.float64


def test_frames_with_times_are_refused_with_the_column():
    X = frame().assign(born=pd.Timestamp("2020-01-01"))
    with pytest.raises(DtypeError, match=r"^X: column 5 \('born'\): expected numbers, got datetime64\[.*\]; "):
        fitted(X)


def test_a_folder_of_images_is_read(tmp_path):
    for i in range(8):
        Image.fromarray(COLOURS[i]).resize((80, 64)).save(tmp_path / f"{i}.png")
    for folder in (tmp_path, str(tmp_path)):
        samples = fitted(folder, batch_size=8).sample(2)
        assert (samples.dtype, samples.shape) == (np.uint8, (2, 64, 64, 3))


def test_a_folder_that_is_missing_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        fitted(tmp_path / "missing")


def test_without_data_the_digits_are_used():
    assert fitted(None, batch_size=512).sample(1).shape == (1, 16, 16)


def test_the_range_of_the_first_fit_is_kept():
    gan = fitted(UNIT * 7 + 3)
    gan.partial_fit(UNIT * 2 + 5)
    assert span(gan) == (3, 10)
    rows = fitted(RING)
    before = rows._run.data().words()
    rows.partial_fit(RING * 5 + 1)
    assert rows._run.data().words() == before


def test_a_new_fit_measures_anew():
    gan = fitted(RING)
    gan.fit(UNIT * 7 + 3)
    assert span(gan) == (3, 10)
    assert gan.sample(1).shape == (1, 8, 8)
    assert not hasattr(gan, "n_features_in_")


def test_equal_images_in_other_forms_give_equal_weights():
    expected = fitted(BYTES).sample(2)
    for X in (torch.from_numpy(BYTES), BYTES[..., None], np.asfortranarray(BYTES), BYTES.astype(np.int32)):
        np.testing.assert_array_equal(np.asarray(fitted(X).sample(2)).reshape(2, 8, 8), expected)


def test_data_and_samples_can_be_drawn_in_every_form():
    from matplotlib.figure import Figure

    for X in (BYTES, UNIT * 2 - 1, COLOURS.transpose(0, 3, 1, 2), torch.from_numpy(UNIT).bfloat16(), RING, frame()):
        left, right = Figure().subplots(1, 2)
        assert GanTrainer().plot_data(X, ax=left) is left
        assert fitted(X).plot_samples(n=4, ax=right) is right


def test_one_row_of_many_columns_is_a_point_in_the_middle():
    wide = fitted(np.column_stack([RING, RING[:, :1]]))
    assert wide.plot_samples(n=1).collections[0].get_offsets().tolist() == [[0.0, 0.0]]
