import matplotlib.pyplot as plt
import numpy as np
import pytest

from ganvas import plot
from ganvas.exceptions import DtypeError, ShapeError

POINTS = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_points_are_drawn_on_equal_axes():
    ax = plot.scatter2d(POINTS)
    assert plt.get_fignums() == [ax.figure.number]
    assert ax.get_aspect() == 1
    assert ax.get_legend() is None
    (dots,) = ax.collections
    np.testing.assert_array_equal(dots.get_offsets(), POINTS)
    assert dots.get_rasterized()


def test_the_reference_lies_below_in_grey():
    ax = plot.scatter2d(POINTS, reference=POINTS + 1)
    below, above = ax.collections
    np.testing.assert_array_equal(below.get_offsets(), POINTS + 1)
    np.testing.assert_array_equal(above.get_offsets(), POINTS)
    red, green, blue, _ = below.get_facecolor()[0]
    assert red == green == blue
    assert legend(ax) == ["reference", "points"]


def test_each_class_has_a_colour_and_a_name():
    labels = np.repeat(["b", "a", "c"], 20)
    ax = plot.scatter2d(POINTS, labels=labels)
    assert legend(ax) == ["a", "b", "c"]
    assert len({tuple(dots.get_facecolor()[0]) for dots in ax.collections}) == 3
    np.testing.assert_array_equal(ax.collections[0].get_offsets(), POINTS[labels == "a"])


def test_too_many_classes_for_a_legend_are_only_coloured():
    ax = plot.scatter2d(POINTS, labels=np.arange(60))
    assert ax.get_legend() is None
    assert len({tuple(dots.get_facecolor()[0]) for dots in ax.collections}) == 60


def test_more_points_are_smaller_and_fainter():
    few, many = (plot.scatter2d(np.zeros((n, 2))).collections[0] for n in (10, 10_000))
    assert few.get_sizes()[0] > many.get_sizes()[0]
    assert few.get_alpha() > many.get_alpha() > 0.1


def test_lists_and_no_points_are_drawn():
    plot.scatter2d([[0, 1], [2, 3]]).figure.canvas.draw()
    plot.scatter2d(np.zeros((0, 2)), reference=POINTS).figure.canvas.draw()


def test_a_given_axes_is_drawn_on_and_returned():
    figure, axes = plt.subplots(1, 2)
    assert plot.scatter2d(POINTS, ax=axes[1]) is axes[1]
    assert plt.get_fignums() == [figure.number]
    assert not axes[0].collections


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"points": np.zeros((5, 3))}, "points: expected (n, 2), got (5, 3)"),
        ({"points": np.zeros(2)}, "points: expected (n, 2), got (2,)"),
        ({"points": POINTS, "reference": np.zeros((2, 2, 2))}, "reference: expected (n, 2), got (2, 2, 2)"),
        ({"points": POINTS, "labels": [1, 2]}, "labels: expected (60,), one for each point, got (2,)"),
    ],
)
def test_another_shape_is_a_shape_error(parameters, text):
    with pytest.raises(ShapeError) as error:
        plot.scatter2d(**parameters)
    assert str(error.value) == text
    assert plt.get_fignums() == []


def test_other_than_numbers_is_a_dtype_error():
    with pytest.raises(DtypeError) as error:
        plot.scatter2d([["a", "b"]])
    assert str(error.value) == "points: expected real numbers, got str"
