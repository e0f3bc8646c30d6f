"""Data frames of all libraries are read, and results are frames of the same library with the same columns."""

import pickle

import numpy as np
import pandas as pd
import pytest

import ganvas
from ganvas import GanTrainer, VaeTrainer
from ganvas.exceptions import DataError, DtypeError, ShapeError

pytestmark = pytest.mark.usefixtures("one_thread")

RING = ganvas.data.ring(128, random_state=0).astype(np.float64)
SMALL = {"net": "mlp", "hidden": (8,), "epochs": 1, "verbose": 0, "random_state": 0}


def vae(**params):
    return VaeTrainer(**SMALL, latent_dim=2, **params)


def frame(**more):
    return pd.DataFrame({"x": RING[:, 0], "y": RING[:, 1], **more})


def polars_frame():
    polars = pytest.importorskip("polars")
    columns = {
        "x": RING[:, 0],
        "y": RING[:, 1].astype(np.float32),
        "n": np.arange(128, dtype=np.uint8),
        "b": RING[:, 1] > 0,
    }
    return polars.DataFrame(columns)


def arrow_table():
    return pytest.importorskip("pyarrow").table({"x": RING[:, 0], "n": np.arange(128), "b": RING[:, 1] > 0})


# Rows and columns -----------------------------------------------------------------------------------------------------


def test_a_reconstruction_has_the_index_of_its_frame():
    X = frame().iloc[::-1].set_axis([f"row {i}" for i in range(128)])
    model = vae().fit(X)
    part = X.iloc[5:9]
    again = model.reconstruct(part)
    assert again.index.equals(part.index)
    np.testing.assert_array_equal((part - again).to_numpy(), part.to_numpy() - again.to_numpy())
    # Rows are matched by position, not by label.
    np.testing.assert_allclose(again.to_numpy(), model.reconstruct(X).iloc[5:9].to_numpy(), rtol=1e-4, atol=1e-5)


def test_new_samples_are_numbered_from_0():
    samples = vae().fit(frame().set_axis(range(500, 628))).sample(3)
    assert samples.index.equals(pd.RangeIndex(3))


def test_decoded_latents_have_the_index_of_the_latents():
    model = vae().fit(frame())
    Z = pd.DataFrame(np.zeros((2, 2)), index=["a", "b"])
    assert model.inverse_transform(Z).index.tolist() == ["a", "b"]


def test_a_row_of_a_frame_is_a_sample_that_knows_its_columns():
    X = frame(level=np.arange(128))
    model, plain = vae().fit(X), vae().fit(X.to_numpy())
    walk = model.interpolate(X.iloc[0], X.iloc[1], steps=3)
    assert list(walk.columns) == list(X.columns)
    expected = plain.interpolate(X.iloc[0], X.iloc[1], steps=3)
    np.testing.assert_allclose(walk.to_numpy(float), expected, atol=0.51)
    assert len(model.traverse(X.iloc[0], 0, steps=4)) == 4
    with pytest.raises(DataError, match=r"^interpolate: The feature names should match"):
        model.interpolate(X.iloc[0][::-1], X.iloc[1])


HEADERS = [
    pd.Index([1.5, 2.5], name="mm"),
    pd.Index(np.array([3, 4], np.int16)),
    pd.MultiIndex.from_tuples([("body", "height"), ("body", "weight")], names=["part", None]),
    pd.MultiIndex.from_tuples([("body", 1), ("head", 2.5)]),
    pd.MultiIndex.from_product([["a"], pd.to_datetime(["2020-01-01", "2020-02-03"])]),
    pd.DatetimeIndex(["2020-01-01 07:00", "2020-01-02 09:30"], tz="UTC", name="hour"),
    pd.period_range("2020-01", periods=2, freq="M"),
    pd.to_timedelta([1, 2], unit="s"),
    pd.CategoricalIndex(["u", "v"]),
    pd.Index([("a", 1), ("b", 2)], tupleize_cols=False),
    pd.Index(["same", "same"]),
]


@pytest.mark.parametrize("header", HEADERS, ids=str)
def test_names_of_columns_come_back_as_they_were(header, tmp_path):
    X = pd.DataFrame(RING, columns=header)
    model = vae().fit(X)
    model.save(tmp_path / "model")
    for one in (model, pickle.loads(pickle.dumps(model)), VaeTrainer.load(tmp_path / "model")):
        columns = one.sample(2).columns
        pd.testing.assert_index_equal(columns, header, exact="equiv")
        # The same names are accepted again.
        assert one.reconstruct(X).columns.equals(header)


def test_names_of_columns_that_are_no_text_are_checked_too():
    model = vae().fit(pd.DataFrame(RING, columns=[1.5, 2.5]))
    with pytest.raises(DataError, match=r"^reconstruct: The feature names should match .*\n.*same order"):
        model.reconstruct(pd.DataFrame(RING, columns=[2.5, 1.5]))


def test_sparse_columns_are_read_and_come_back_dense():
    dense = frame(spikes=np.where(RING[:, 0] > 1, RING[:, 0], 0.0))
    sparse = dense.astype({"spikes": pd.SparseDtype("float64", 0.0)})
    samples = vae().fit(sparse).sample(20)
    assert samples.dtypes.tolist() == [np.float64] * 3
    pd.testing.assert_frame_equal(samples, vae().fit(dense).sample(20))


def test_categories_of_numbers_are_read_as_these_numbers():
    numbers = frame(level=(RING[:, 0] > 0) * 3.0 + 2)
    coded = numbers.astype({"level": "category"})
    pd.testing.assert_frame_equal(vae().fit(coded).sample(5), vae().fit(numbers).sample(5))


def test_objects_that_are_numbers_are_read_as_these_numbers():
    numbers = frame(level=np.arange(128.0))
    pd.testing.assert_frame_equal(vae().fit(numbers.astype({"level": object})).sample(5), vae().fit(numbers).sample(5))


# Other kinds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [polars_frame, arrow_table])
def test_other_frames_give_frames_of_their_kind(make, tmp_path):
    X = make()
    model = vae().fit(X)
    model.save(tmp_path / "model")
    for one in (model, VaeTrainer.load(tmp_path / "model")):
        samples, again = one.sample(5, random_state=0), one.reconstruct(X)
        assert type(samples) is type(again) is type(X)
        assert samples.schema == again.schema == X.schema
        assert (samples.shape[0], again.shape) == (5, X.shape)
    pandas = X.to_pandas()
    np.testing.assert_array_equal(
        np.asarray(model.reconstruct(X), float), vae().fit(pandas).reconstruct(pandas).astype(float)
    )
    assert GanTrainer(**SMALL).fit(X).sample(2).schema == X.schema


@pytest.mark.parametrize("make", [polars_frame, arrow_table])
def test_names_of_columns_of_other_frames_are_kept_and_checked(make):
    X = make()
    model = vae().fit(X)
    names = list(model.sample(1).to_pandas().columns)
    assert model.feature_names_in_.tolist() == names
    with pytest.raises(DataError, match=r"^predict: The feature names should match"):
        model.predict(X.select(names[::-1]))


def test_times_and_text_of_other_frames_are_refused_with_the_column():
    X = polars_frame()
    polars = pytest.importorskip("polars")
    for column, got in ((["a", "b"] * 64, "text, the first in row 0: 'a'"), ([pd.Timestamp(0)] * 128, "Datetime")):
        with pytest.raises(DtypeError, match=rf"^X: column 4 \('z'\): expected numbers, got {got}"):
            vae().fit(X.with_columns(polars.Series("z", column)))


def test_missing_values_of_other_frames_are_refused_with_the_place():
    X = polars_frame()
    polars = pytest.importorskip("polars")
    for values in ([1, None] * 64, [True, None] * 64):
        with pytest.raises(
            DataError, match=r"^X: column 4 \('z'\): 64 values are not finite \(NaN\), the first in row 1"
        ):
            vae().fit(X.with_columns(polars.Series("z", values)))


def test_lazy_frames_are_refused_with_the_remedy():
    with pytest.raises(DtypeError, match=r"^X: expected data in memory, got a lazy LazyFrame; call its collect\(\)"):
        vae().fit(polars_frame().lazy())


def test_two_arrow_columns_of_one_name_are_refused():
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.Table.from_arrays([pyarrow.array(RING[:, 0])] * 2, names=["a", "a"])
    with pytest.raises(ShapeError, match=r"^X: expected columns of different names; "):
        vae().fit(table)


def test_labels_may_be_columns_of_other_frames():
    X = polars_frame()
    model = vae().fit(X.select("x", "y"), X["b"])
    assert model.classes_.tolist() == [False, True]


# Refusals -------------------------------------------------------------------------------------------------------------

CONVERT = "convert it to numbers (categories with scikit-learn's OneHotEncoder or OrdinalEncoder), or drop it"
TEXTS = [
    ({"name": "x"}, f"column 2 ('name'): expected numbers, got text, the first in row 0: 'x'; {CONVERT}"),
    (
        {"n": pd.Series([1, 2] * 63 + ["b", 3], dtype=object)},
        f"column 2 ('n'): expected numbers, got text, the first in row 126: 'b'; {CONVERT}",
    ),
    (
        {"name": pd.Series(["u", "v"] * 64, dtype="category"), "n": 1, "city": "Bonn"},
        f"column 2 ('name'), column 4 ('city'): expected numbers, got text, the first in row 0: 'u' in the first of "
        f"them; {CONVERT}",
    ),
    (
        {"n": pd.period_range("2020-01", periods=128, freq="M")},
        f"column 2 ('n'): expected numbers, got period[M]; {CONVERT}",
    ),
    ({"n": pd.Series([{}] * 128)}, f"column 2 ('n'): expected numbers, got objects; {CONVERT}"),
]


@pytest.mark.parametrize(("more", "text"), TEXTS)
@pytest.mark.parametrize("kind", [GanTrainer, VaeTrainer])
def test_columns_without_numbers_are_named(kind, more, text):
    model = kind(**SMALL)
    with pytest.raises(DtypeError) as caught:
        model.fit(frame(**more))
    assert str(caught.value) == f"X: {text}"
    assert not hasattr(model, "n_features_in_")


HOLES = [
    np.where(RING[:, 0] > 1, np.nan, 1.0),
    pd.array(np.where(RING[:, 0] > 1, np.nan, 1.0)),
    pd.array([pd.NA if value > 1 else 1 for value in RING[:, 0]], dtype="Int64"),
    pd.array([pd.NA if value > 1 else True for value in RING[:, 0]], dtype="boolean"),
    pd.Series([None if value > 1 else 1 for value in RING[:, 0]], dtype=object),
    pd.Series([None if value > 1 else 1 for value in RING[:, 0]], dtype="category"),
    pd.arrays.SparseArray(np.where(RING[:, 0] > 1, np.nan, 1.0)),
]


@pytest.mark.parametrize("column", HOLES, ids=lambda column: str(column.dtype))
def test_missing_values_are_counted_and_placed(column):
    count, row = int((RING[:, 0] > 1).sum()), int(np.argmax(RING[:, 0] > 1))
    model = vae().fit(frame(age=1.0))
    for call in (model.partial_fit, model.predict, vae().fit):
        with pytest.raises(DataError) as caught:
            call(frame(age=column))
        wanted = f"X: column 2 ('age'): {count} values are not finite (NaN), the first in row {row}; drop the rows"
        assert str(caught.value).startswith(wanted)


def test_names_that_are_text_only_in_part_are_refused_with_the_remedy():
    with pytest.raises(
        DtypeError, match=r"^X: Feature names are only supported .* X.columns = X.columns.astype\(str\)$"
    ):
        vae().fit(pd.DataFrame(RING, columns=["a", 1]))
