import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from ganvas import plot
from ganvas.exceptions import DataError, DtypeError, ShapeError

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(60, 2))
MANY = RNG.normal(size=(60, 5)) * [4, 2, 1, 1, 1]


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def dots(ax):
    return ax.collections[0]


def colours_by_class(ax, points, y):
    """Map each class to the colours of its points."""
    offsets, faces = dots(ax).get_offsets(), dots(ax).get_facecolor()
    found = {}
    for place, face in zip(offsets, faces, strict=True):
        (i,) = np.flatnonzero((points == place).all(1))
        found.setdefault(y[i], set()).add(tuple(face))
    return found


def test_two_dimensions_are_drawn_as_they_are():
    ax = plot.latent(POINTS)
    np.testing.assert_array_equal(dots(ax).get_offsets(), POINTS)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("latent 0", "latent 1")
    assert ax.get_aspect() == 1
    assert ax.get_legend() is None
    assert len(ax.figure.axes) == 1


def test_more_are_projected_on_their_principal_components():
    ax = plot.latent(MANY)
    centred = MANY - MANY.mean(0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(np.abs(dots(ax).get_offsets()), np.abs(centred @ directions[:2].T))
    share = sizes**2 / (sizes**2).sum()
    assert ax.get_xlabel() == f"PC 1 ({share[0]:.0%} of variance)"
    assert ax.get_ylabel() == f"PC 2 ({share[1]:.0%} of variance)"


def test_drawing_uses_no_random_number():
    before = np.random.get_state()[1].copy()
    first, second = (dots(plot.latent(MANY, np.arange(60) % 3)).get_offsets() for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize(
    ("y", "names"),
    [
        (np.repeat([7, -1, 3], 20), ["-1", "3", "7"]),
        (np.repeat([7.0, 1.0, 3.0], 20), ["1", "3", "7"]),
        (np.repeat([1e300, 0, 1], 20), ["0", "1", str(int(1e300))]),
        (np.repeat(["b", "a", "c"], 20), ["a", "b", "c"]),
        (np.repeat([True, False, True], 20), ["False", "True"]),
        (pd.Series(np.repeat(["b", "a", "c"], 20), dtype="category"), ["a", "b", "c"]),
        (pd.Series(np.repeat([2, 1, 3], 20), dtype="Int64"), ["1", "2", "3"]),
        (pd.Series(np.repeat([2, 1, 3], 20), dtype=object), ["1", "2", "3"]),
    ],
)
def test_each_class_has_a_colour_and_a_name(y, names):
    ax = plot.latent(POINTS, y)
    assert legend(ax) == names
    found = colours_by_class(ax, POINTS, list(y))
    assert all(len(faces) == 1 for faces in found.values())
    assert len(set().union(*found.values())) == len(names)
    (first,) = found[sorted(found)[0]]
    assert ax.collections[1].get_facecolor()[0][:3].tolist() == list(first[:3])


def test_twenty_classes_have_different_colours_and_names():
    y = np.arange(60) % 20
    ax = plot.latent(POINTS, y)
    assert legend(ax) == [str(i) for i in range(20)]
    assert len(set().union(*colours_by_class(ax, POINTS, y).values())) == 20


def test_the_first_ten_colours_do_not_depend_on_the_number_of_classes():
    few, many = (plot.latent(POINTS, np.arange(60) % n).collections[1:11] for n in (10, 20))
    for one, other in zip(few, many, strict=True):
        np.testing.assert_array_equal(one.get_facecolor(), other.get_facecolor())


def test_too_many_named_classes_are_only_coloured():
    y = np.array([f"class {i}" for i in range(60)])
    ax = plot.latent(POINTS, y)
    assert ax.get_legend() is None
    assert len(ax.figure.axes) == 1
    assert len(set().union(*colours_by_class(ax, POINTS, y).values())) == 60


def test_no_class_hides_another_because_it_comes_later():
    y = np.repeat([0, 1], 30)
    faces = dots(plot.latent(POINTS, y)).get_facecolor()
    changes = (faces[1:] != faces[:-1]).any(1).sum()
    assert changes > 10


@pytest.mark.parametrize(
    "y", [np.linspace(5, 9, 60), np.arange(60), np.full(60, 0.5), pd.Series(np.linspace(5, 9, 60))]
)
def test_a_quantity_has_a_colour_bar(y):
    ax = plot.latent(POINTS, y)
    assert ax.get_legend() is None
    _, bar = ax.figure.axes
    assert bar.get_ylabel() == "y"
    ax.figure.canvas.draw()
    if np.ptp(y):
        assert bar.get_ylim() == (np.min(y), np.max(y))
        assert len(set().union(*colours_by_class(ax, POINTS, list(y)).values())) > 50


def test_one_dimension_is_a_histogram():
    ax = plot.latent(POINTS[:, :1])
    (bars,) = ax.patches
    assert bars.get_data().values.sum() == 60
    assert (bars.get_data().edges[0], bars.get_data().edges[-1]) == (POINTS[:, 0].min(), POINTS[:, 0].max())
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("latent 0", "points")


def test_one_dimension_with_classes_is_a_histogram_for_each():
    y = np.repeat(["b", "a", "c"], [10, 20, 30])
    ax = plot.latent(POINTS[:, :1], y)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    assert ax.get_yticks().tolist() == [2, 1, 0]
    filled = [patch for patch in ax.patches if patch.get_fill()]
    assert len(filled) == 3
    areas = [(patch.get_data().values - patch.get_data().baseline).sum() for patch in filled]
    np.testing.assert_allclose(areas, areas[0])  # of equal area for any number of points


def test_one_dimension_with_a_quantity_is_drawn_against_it():
    y = np.linspace(5, 9, 60)
    ax = plot.latent(POINTS[:, :1], y)
    np.testing.assert_array_equal(dots(ax).get_offsets(), np.column_stack([POINTS[:, 0], y]))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("latent 0", "y")


@pytest.mark.parametrize("d", [1, 2, 3, 50])
@pytest.mark.parametrize("y", [None, [3], ["a"], [0.5]])
def test_one_point_is_drawn(d, y):
    plot.latent(np.ones((1, d)), y).figure.canvas.draw()


@pytest.mark.parametrize("d", [1, 2, 3])
def test_points_that_are_all_the_same_are_drawn(d):
    plot.latent(np.ones((9, d)), np.arange(9) % 2).figure.canvas.draw()
    plot.latent(np.ones((9, d), np.int64)).figure.canvas.draw()


@pytest.mark.parametrize("names", [["0", "1"], ["a name that is quite long", "b"], [f"class {i}" for i in range(20)]])
def test_the_legend_fits_into_a_new_figure(names):
    y = np.array(names)[np.arange(60) % len(names)]
    figure = plot.latent(POINTS, y).figure
    figure.canvas.draw()
    box = figure.get_tightbbox()
    assert box.x0 >= 0
    assert (box.max <= figure.get_size_inches() + 0.01).all()
    assert figure.axes[0].get_window_extent().height > 250


@pytest.mark.parametrize("y", [None, np.arange(60) % 4, np.linspace(0, 1, 60)], ids=["none", "classes", "quantity"])
@pytest.mark.parametrize("d", [1, 2, 5])
def test_a_given_axes_is_drawn_on_and_returned(d, y):
    figure, axes = plt.subplots(1, 2, sharex=True, sharey=True)
    assert plot.latent(MANY[:, :d], y, ax=axes[1]) is axes[1]
    assert plt.get_fignums() == [figure.number]
    assert not axes[0].has_data()
    figure.canvas.draw()
    plot.latent(MANY[:, :d], y, ax=Figure().subfigures(1, 2)[1].add_subplot()).figure.canvas.draw()


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"points": np.zeros(5)}, "points: expected (n, d), got (5,)"),
        ({"points": np.zeros((0, 2))}, "points: expected (n, d), got (0, 2)"),
        ({"points": np.zeros((2, 0))}, "points: expected (n, d), got (2, 0)"),
        ({"points": np.zeros((2, 3, 4))}, "points: expected (n, d), got (2, 3, 4)"),
        ({"points": POINTS, "y": [1, 2]}, "y: expected (60,), one for each point, got (2,)"),
        ({"points": POINTS, "y": np.zeros((60, 1))}, "y: expected (60,), one for each point, got (60, 1)"),
    ],
)
def test_another_shape_is_a_shape_error(parameters, text):
    with pytest.raises(ShapeError) as error:
        plot.latent(**parameters)
    assert str(error.value) == text
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"points": [["a", "b"]]}, "points: expected real numbers, got str"),
        ({"points": POINTS[:2], "y": [1j, 2]}, "y: expected numbers or strings, got complex128"),
        ({"points": POINTS[:2], "y": np.zeros(2, "M8[s]")}, "y: expected numbers or strings, got datetime64"),
        (
            {"points": POINTS[:2], "y": np.array(["a", None], object)},
            "y: expected numbers or strings, got a mixture of things that cannot be sorted",
        ),
    ],
)
def test_other_than_numbers_is_a_dtype_error(parameters, text):
    with pytest.raises(DtypeError) as error:
        plot.latent(**parameters)
    assert str(error.value) == text
    assert plt.get_fignums() == []


def test_values_that_are_not_finite_are_a_data_error():
    with pytest.raises(DataError) as error:
        plot.latent([[0, 1], [np.inf, np.nan]])
    assert str(error.value) == "points: 2 values are not finite, the first at (1, 0)"
    with pytest.raises(DataError) as error:
        plot.latent(POINTS[:2], [1, np.nan])
    assert str(error.value) == "y: 1 value is not finite, the first at (1,)"
