import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from ganvas import plot
from ganvas.exceptions import DataError

COLUMNS = {
    "epoch": np.arange(1, 6),
    "samples": np.arange(1, 6) * 60_000,
    "generator_loss": np.linspace(0.7, 1.5, 5),
    "discriminator_loss": np.linspace(1.4, 0.6, 5),
    "real_score": np.ones(5),
    "seconds": np.ones(5),
}


class History:
    @property
    def columns(self):
        return list(COLUMNS)

    def __getitem__(self, name):
        return COLUMNS[name]


@pytest.mark.parametrize("history", [COLUMNS, History(), pd.DataFrame(COLUMNS)], ids=["dict", "History", "DataFrame"])
def test_the_losses_are_drawn_over_the_samples_seen(history):
    ax = plot.history(history)
    assert plt.get_fignums() == [ax.figure.number]
    assert [line.get_label() for line in ax.lines] == ["generator", "discriminator"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["generator", "discriminator"]
    for line in ax.lines:
        np.testing.assert_array_equal(line.get_xdata(), COLUMNS["samples"])
        np.testing.assert_array_equal(line.get_ydata(), COLUMNS[f"{line.get_label()}_loss"])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("samples seen", "loss")


def test_samples_are_counted_in_thousands():
    ax = plot.history(COLUMNS)
    ax.figure.canvas.draw()
    assert "100,000" in [label.get_text() for label in ax.get_xticklabels()]


def test_a_network_keeps_its_colour_whatever_the_order():
    other_way = {name: COLUMNS[name] for name in reversed(COLUMNS)}
    first, second = (
        {line.get_label(): line.get_color() for line in plot.history(h).lines} for h in (COLUMNS, other_way)
    )
    assert first == second


def test_other_losses_get_colours_of_their_own():
    losses = {f"{name}_loss": [1, 2] for name in ("discriminator", "generator", "reconstruction", "latent", "cycle")}
    lines = plot.history({"samples": [1, 2], **losses}).lines
    assert len({line.get_color() for line in lines}) == 5


def test_one_row_is_drawn_as_dots():
    one = plot.history({name: values[:1] for name, values in COLUMNS.items()})
    assert {line.get_marker() for line in one.lines} == {"o"}
    assert "o" not in {line.get_marker() for line in plot.history(COLUMNS).lines}


def test_no_row_and_losses_that_are_not_finite_are_drawn():
    for losses in ([], [np.nan], [1, np.inf, 2]):
        ax = plot.history({"samples": np.arange(len(losses)), "generator_loss": losses})
        ax.figure.canvas.draw()


def test_a_given_axes_is_drawn_on_and_returned():
    figure, axes = plt.subplots(1, 2)
    assert plot.history(COLUMNS, ax=axes[0]) is axes[0]
    assert plt.get_fignums() == [figure.number]
    assert not axes[1].lines


@pytest.mark.parametrize(
    ("history", "got"),
    [({}, "none"), ({"epoch": [1], "samples": [2]}, "epoch, samples"), ({"generator_loss": [1]}, "generator_loss")],
)
def test_missing_columns_are_a_data_error(history, got):
    with pytest.raises(DataError) as error:
        plot.history(history)
    assert str(error.value) == f"history: expected the columns samples and ..._loss, got {got}"
    assert plt.get_fignums() == []
