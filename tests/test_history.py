"""The table of metrics per epoch."""

import math

import numpy as np
import pandas as pd
import pytest

import ganvas
from ganvas._run.history import History

pytestmark = pytest.mark.usefixtures("one_thread")

TABLE = {"epoch": [1.0, 2.0, 3.0], "samples": [64.0, 128.0, 192.0], "generator_loss": [0.5, math.nan, 0.25]}
COLUMNS = ["epoch", "samples", "discriminator_loss", "real_score", "fake_score", "generator_loss", "seconds"]


def fitted(**params):
    X = ganvas.data.ring(128, random_state=0)
    return ganvas.GanTrainer(**{"hidden": (4,), "epochs": 3, "batch_size": 32, "verbose": 0, **params}).fit(X)


def test_counts_are_integers_and_the_rest_floats():
    history = History(TABLE)
    assert history["epoch"].dtype == history["samples"].dtype == np.int64
    assert history["generator_loss"].dtype == np.float64
    assert history["epoch"].tolist() == [1, 2, 3]


def test_it_is_a_mapping_with_the_length_of_its_rows():
    history = History(TABLE)
    assert (len(history), history.columns, list(history), list(history.keys())) == (3, *[list(TABLE)] * 3)
    assert dict(history).keys() == TABLE.keys()
    assert "epoch" in history
    assert [name for name, _ in history.items()] == list(TABLE)
    with pytest.raises(KeyError):
        history["loss"]


def test_rows_are_found_from_both_ends():
    history = History(TABLE)
    assert history.row(0) == history.row(-3) == {"epoch": 1, "samples": 64, "generator_loss": 0.5}
    assert type(history.row(0)["epoch"]) is int
    with pytest.raises(IndexError):
        history.row(3)


def test_equal_histories_are_equal_also_where_they_hold_nan():
    assert History(TABLE) == History(TABLE)
    assert History(TABLE) != History({**TABLE, "generator_loss": [0.5, 0.5, 0.5]})
    assert History(TABLE) != History({"epoch": [1.0, 2.0, 3.0]})
    assert History(TABLE) == TABLE
    assert History(TABLE) != 3


def test_pandas_takes_it():
    frame = pd.DataFrame(History(TABLE))
    assert list(frame.columns) == list(TABLE)
    assert frame["samples"].tolist() == [64, 128, 192]


def test_it_prints_as_a_table():
    assert repr(History(TABLE)).splitlines() == [
        "epoch  samples  generator_loss",
        "    1       64             0.5",
        "    2      128             nan",
        "    3      192            0.25",
    ]
    html = History(TABLE)._repr_html_()
    assert html.count("<tr>") == 4
    assert "<th>generator_loss</th>" in html
    assert "<td>0.25</td>" in html


def test_an_empty_one_prints_its_names():
    assert repr(History({"epoch": [], "seconds": []})) == "epoch  seconds"
    assert len(History({"epoch": []})) == len(History({})) == 0


def test_a_long_one_prints_its_ends():
    history = History({"epoch": range(1, 101)})
    shown = repr(history).split()[1:]
    assert shown == [*"12345", "...", *map(str, range(91, 101))]
    html = history._repr_html_()
    assert html.count("<tr>") == 1 + 5 + 1 + 10
    assert "<tr><td>5</td></tr><tr><td>…</td></tr><tr><td>91</td></tr>" in html


def test_every_epoch_has_a_row():
    history = fitted().history_
    assert history.columns == COLUMNS
    assert history["epoch"].tolist() == [1, 2, 3]
    assert history["samples"].tolist() == [128, 256, 384]
    assert all(np.isfinite(history[name]).all() for name in COLUMNS)
    assert (history["seconds"] > 0).all()


def test_a_generator_without_a_step_has_no_loss():
    history = fitted(n_critic=8).history_
    assert np.isnan(history["generator_loss"][[0, 2]]).all()
    assert np.isfinite(history["generator_loss"][1])
    assert np.isfinite(history["discriminator_loss"]).all()


def test_a_history_is_a_copy():
    gan = fitted()
    gan.history_["generator_loss"][:] = 7
    assert (gan.history_["generator_loss"] != 7).all()
