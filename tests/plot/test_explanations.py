"""Plots of occlusion maps, of inversions and of completed samples."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from ganvas import plot
from ganvas.exceptions import DataError, DtypeError, ShapeError

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (3, 20, 30), np.uint8)
COLOUR = RNG.integers(0, 256, (3, 20, 30, 3), np.uint8)
GAP = 2


def picture(ax):
    return np.asarray(ax.images[0].get_array()).astype(int)


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


@pytest.mark.parametrize("images", [GREY, COLOUR, COLOUR.transpose(0, 3, 1, 2)], ids=["grey", "last", "first"])
def test_support_is_orange_and_its_opposite_violet(images):
    change = np.zeros((3, 20, 30))
    change[0, 3, 4], change[0, 5, 6] = 2, -2
    ax = plot.occlusion(images, change)
    lower = picture(ax)[20 + GAP : 40 + GAP, :30, :3]
    red, green, blue = lower[3, 4]
    assert red > green > blue
    red, green, blue = lower[5, 6]
    assert blue > red > green
    # Without a change, the sample is grey.
    assert (lower[0, 0] == lower[0, 0, 0]).all()
    assert ax.get_xlabel() == "orange: 2, violet: −2"  # noqa: RUF001
    assert labels(ax.yaxis)[:2] == ["sample", "change"]
    assert plot.occlusion(images, change * 0).get_xlabel() == "hiding changes nothing"


def test_scores_are_written_below():
    ax = plot.occlusion(GREY, GREY - 100.0, scores=[1.25, -3, 12345])
    assert [text.get_text() for text in ax.texts] == ["1.25", "−3", "1.23e+04"]  # noqa: RUF001
    ax.figure.canvas.draw()


def test_rows_become_a_table():
    rows = pd.DataFrame({"a": [1.0, 2], "b": [3, 4]})
    ax = plot.occlusion(rows, [[1, -4], [0, 2]], scores=[5, 6])
    assert labels(ax.xaxis) == ["a", "b"]
    assert labels(ax.yaxis) == ["5", "6"]
    assert ax.images[0].get_clim() == (-4, 4)
    assert [text.get_text() for text in ax.texts] == ["1", "3", "2", "4"]
    # White on the darkest cell only.
    assert [text.get_color() for text in ax.texts] == ["black", "white", "black", "black"]
    assert labels(plot.occlusion(rows, np.zeros((2, 2))).yaxis) == []


@pytest.mark.parametrize("images", [GREY, COLOUR, COLOUR.transpose(0, 3, 1, 2)], ids=["grey", "last", "first"])
def test_rows_are_samples_reconstructions_and_differences(images):
    other = 255 - images
    apart = np.abs(images.astype(float) - other)
    ax = plot.inversion(images, other, apart, distances=[0.012345, 0.5, 1])
    rows = picture(ax)
    assert rows.shape == (3 * 20 + 2 * GAP, 3 * 30 + 2 * GAP, 4)
    last = images if images.shape[-1] != 30 or images.ndim == 3 else np.moveaxis(images, 1, -1)
    grey = last.ndim == 3
    for place, wanted in ((0, last), (1, 255 - last)):
        found = rows[place * (20 + GAP) :][:20, 32:62]
        np.testing.assert_array_equal(found[..., 0] if grey else found[..., :3], wanted[1])
    mean = apart if grey else apart.mean(-1 if images is COLOUR else 1)
    np.testing.assert_allclose(rows[44:64, 32:62, 0], mean[1] / mean.max() * 255, atol=1)
    assert labels(ax.yaxis) == ["sample", "nearest", "difference"]
    assert labels(ax.xaxis) == ["0.012", "0.5", "1"]
    assert ax.get_xlabel().startswith("white: a difference of ")
    assert plot.inversion(images, images, apart * 0).get_xlabel() == "no difference"


def test_rows_of_numbers_are_drawn_as_reconstructions():
    rows = RNG.normal(size=(4, 5))
    assert len(plot.inversion(rows, rows + 1, np.ones((4, 5))).lines) == 2


@pytest.mark.parametrize("images", [GREY, COLOUR, COLOUR.transpose(0, 3, 1, 2)], ids=["grey", "last", "first"])
def test_unknown_pixels_are_blue_above_the_completed_samples(images):
    known = np.ones((3, 20, 30), bool)
    known[1, :10] = False
    ax = plot.inpainting(images, known, 255 - images, truth=images)
    rows = picture(ax)
    assert rows.shape == (3 * 20 + 2 * GAP, 3 * 30 + 2 * GAP, 4)
    above, completed, truth = (rows[place * (20 + GAP) :][:20, 32:62, :3] for place in range(3))
    last = np.moveaxis(images, 1, -1) if images.shape[1] == 3 else images
    whole = np.broadcast_to(last[1][..., None] if images is GREY else last[1], (20, 30, 3))
    np.testing.assert_array_equal(truth, whole)
    np.testing.assert_array_equal(completed, 255 - whole)
    np.testing.assert_array_equal(above[10:], whole[10:])
    assert (above[:10] == above[0, 0]).all()
    assert above[0, 0, 2] > above[0, 0, 1] > above[0, 0, 0]
    assert labels(ax.yaxis) == ["known", "completed", "truth"]
    assert ax.get_xlabel() == "blue: unknown"
    assert labels(plot.inpainting(images, known, images).yaxis) == ["known", "completed"]


def test_completed_rows_become_a_table_or_are_drawn_beside_the_truth():
    rows = pd.DataFrame({"a": [1.0, 2], "b": [3, 4]})
    known = np.array([[True, False], [True, True]])
    ax = plot.inpainting(rows, known, rows.to_numpy() * 2)
    assert labels(ax.xaxis) == ["a", "b"]
    assert [text.get_text() for text in ax.texts] == ["2", "6", "4", "8"]
    np.testing.assert_array_equal(ax.images[0].get_array() > 0, ~known)
    assert ax.get_xlabel() == "blue: completed"
    # No colour bar.
    assert ax.figure.axes == [ax]
    wide = RNG.normal(size=(4, 5))
    assert len(plot.inpainting(wide, wide > 0, wide, truth=wide + 1).lines) == 2


def test_a_given_axes_is_drawn_on():
    figure, axes = plt.subplots(1, 3)
    assert plot.occlusion(GREY, GREY / 2, ax=axes[0]) is axes[0]
    assert plot.inversion(GREY, GREY, GREY * 0, ax=axes[1]) is axes[1]
    assert plot.inpainting(GREY, GREY > 9, GREY, ax=axes[2]) is axes[2]
    assert plt.get_fignums() == [figure.number]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: plot.occlusion(GREY, GREY[:2]), ShapeError, "maps: expected (3, 20, 30), got (2, 20, 30)"),
        (
            lambda: plot.occlusion(GREY, GREY, [1, 2]),
            ShapeError,
            "scores: expected (3,), one for each sample, got (2,)",
        ),
        (lambda: plot.occlusion(GREY, GREY / 0.0), DataError, None),
        (
            lambda: plot.inversion(GREY, GREY[:1], GREY),
            ShapeError,
            "reconstructed: expected (3, 20, 30) like images, got (1, 20, 30)",
        ),
        (
            lambda: plot.inversion(GREY, GREY, GREY[:1]),
            ShapeError,
            "differences: expected (3, 20, 30), got (1, 20, 30)",
        ),
        (
            lambda: plot.inversion(GREY, GREY, GREY, [1]),
            ShapeError,
            "distances: expected (3,), one for each sample, got (1,)",
        ),
        (
            lambda: plot.inversion(GREY[0], GREY[0], GREY),
            ShapeError,
            "differences: expected (20, 30) like images, got (3, 20, 30)",
        ),
        (
            lambda: plot.inpainting(GREY, GREY > 9, GREY[:1]),
            ShapeError,
            "completed: expected (3, 20, 30) like images, got (1, 20, 30)",
        ),
        (
            lambda: plot.inpainting(GREY, GREY > 9, GREY, GREY[:1]),
            ShapeError,
            "truth: expected (3, 20, 30) like images, got (1, 20, 30)",
        ),
        (lambda: plot.inpainting(GREY, GREY[0] > 9, GREY), ShapeError, "known: expected (3, 20, 30), got (20, 30)"),
        (lambda: plot.inpainting(GREY, GREY, GREY), DtypeError, "known: expected booleans, got uint8"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(call, error, text):
    with np.errstate(all="ignore"), pytest.raises(error) as found:
        call()
    assert text is None or str(found.value) == text
    assert plt.get_fignums() == []
