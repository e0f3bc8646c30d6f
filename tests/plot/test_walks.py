from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from ganvas import plot
from ganvas.exceptions import DataError, DtypeError, ParameterError, ShapeError

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (3, 4, 20, 30), np.uint8)
COLOUR = RNG.integers(0, 256, (3, 4, 20, 30, 3), np.uint8)
GAP = 2  # pixels between images of this size


def picture(ax):
    return np.asarray(ax.images[0].get_array())


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


@pytest.mark.parametrize("images", [GREY, GREY[..., None], GREY[:, :, None], GREY.tolist()])
def test_a_manifold_has_no_gaps(images):
    ax = plot.manifold(images)
    np.testing.assert_array_equal(picture(ax)[..., 0], np.block([[image for image in row] for row in GREY]))
    assert not ax.axison
    assert (picture(ax)[..., 3] == 255).all()


def test_colours_with_channels_first_and_last_look_the_same():
    first = COLOUR.transpose(0, 1, 4, 2, 3)
    for draw in (plot.manifold, plot.traversal):
        np.testing.assert_array_equal(picture(draw(first)), picture(draw(COLOUR)))
    np.testing.assert_array_equal(picture(plot.manifold(COLOUR))[20:40, 90:, :3], COLOUR[1, 3])


def test_all_images_have_one_scale():
    images = np.zeros((1, 2, 3, 3))
    images[0, 0], images[0, 1] = 10, 20
    tiles = picture(plot.manifold(images))
    assert (tiles[:, :3, 0] == 0).all()
    assert (tiles[:, 3:, 0] == 255).all()


def test_latent_values_are_those_of_the_middles_of_the_images():
    ax = plot.manifold(GREY, extent=(-3, 3, -1, 1))
    assert ax.images[0].get_extent() == [-4, 4, -1.5, 1.5]
    assert ax.get_xticks().tolist() == [-3, -1, 1, 3]
    assert labels(ax.xaxis) == ["−3", "−1", "1", "3"]  # noqa: RUF001
    assert ax.get_yticks().tolist() == [-1, 0, 1]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("latent 0", "latent 1")


def test_pixels_are_square_whatever_the_extent():
    for extent in ((-3, 3, -1, 1), (0, 1, -500, 500), (3, -3, 1, -1)):
        ax = plot.manifold(GREY, extent=extent)
        ax.figure.canvas.draw()
        box = ax.get_window_extent()
        assert box.width / box.height == pytest.approx(120 / 60)


def test_many_images_have_round_ticks():
    ax = plot.manifold(np.zeros((20, 20, 4, 4)), extent=(-3, 3, -3, 3))
    ax.figure.canvas.draw()
    assert set(np.arange(-3, 4)) <= set(ax.get_xticks().tolist())


def test_one_image_has_one_value():
    for extent in ((2, 2, 5, 5), (1, 3, 4, 6)):
        ax = plot.manifold(GREY[:1, :1], extent=extent)
        assert (ax.get_xticks().tolist(), ax.get_yticks().tolist()) == ([2], [5])
        ax.figure.canvas.draw()


def test_a_new_manifold_fills_its_figure():
    figure = plot.manifold(np.zeros((5, 5, 16, 16))).figure
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    np.testing.assert_allclose(figure.axes[0].get_window_extent().bounds, (0, 0, width, height), atol=0.01)


def test_a_traversal_has_a_row_for_each_dimension():
    ax = plot.traversal(GREY)
    tiles = picture(ax)
    assert tiles.shape == (3 * 20 + 2 * GAP, 4 * 30 + 3 * GAP, 4)
    np.testing.assert_array_equal(tiles[20 + GAP : 40 + GAP, 30 + GAP : 60 + GAP, 0], GREY[1, 1])
    assert (tiles[20 : 20 + GAP] == 0).all()
    assert labels(ax.yaxis) == ["latent 0", "latent 1", "latent 2"]
    assert ax.get_yticks().tolist() == [9.5, 31.5, 53.5]
    assert labels(ax.xaxis) == []
    assert ax.get_xlabel() == ""


def test_names_and_values_are_written_at_the_edges():
    ax = plot.traversal(GREY, values=[-1.5, -0.5, 0.5, 1.5], names=["slant", 7, "$"])
    assert labels(ax.yaxis) == ["slant", "7", "$"]
    assert labels(ax.xaxis) == ["−1.5", "−0.5", "0.5", "1.5"]  # noqa: RUF001
    np.testing.assert_allclose(ax.get_xticks(), np.arange(4) * 32 + 14.5)
    assert ax.get_xlabel() == "latent component"
    ax.figure.canvas.draw()


def test_of_many_values_the_middle_one_is_written():
    for steps in (41, 101):
        ax = plot.traversal(np.zeros((2, steps, 16, 16)), values=np.linspace(-3, 3, steps))
        written = labels(ax.xaxis)
        assert "0" in written
        assert 3 <= len(written) < steps
        ax.figure.canvas.draw()
        boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
        assert all(one.x1 < other.x0 for one, other in pairwise(boxes))


def test_values_have_the_decimals_of_the_largest():
    for values, words in (
        ([0.0857, 2.66], ["0.09", "2.66"]),
        ([0.00012, 0.05], ["0.0001", "0.05"]),
        ([0, 0], ["0", "0"]),
    ):
        ax = plot.traversal(np.zeros((1, 2, 16, 16)), values=values)
        assert labels(ax.xaxis) == words


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (1, 1, 3, 3), (2, 1, 8, 8, 3), (1, 3, 2, 40), (2, 2, 40, 2)])
def test_small_and_constant_images_are_drawn(shape):
    plot.manifold(np.zeros(shape)).figure.canvas.draw()
    plot.manifold(np.zeros(shape), extent=(0, 1, 0, 1)).figure.canvas.draw()
    plot.traversal(np.zeros(shape), values=np.arange(shape[1])).figure.canvas.draw()


@pytest.mark.parametrize("names", [None, ["a", "quite a long name", "b"]])
def test_words_fit_into_a_new_figure(names):
    figure = plot.traversal(GREY, values=[-1, 0, 1, 2], names=names).figure
    figure.canvas.draw()
    box = figure.get_tightbbox()
    assert (box.min >= 0).all()
    assert (box.max <= figure.get_size_inches()).all()


@pytest.mark.parametrize(
    ("draw", "parameters"),
    [(plot.manifold, {}), (plot.manifold, {"extent": (0, 1, 0, 1)}), (plot.traversal, {"values": [1, 2, 3, 4]})],
)
def test_a_given_axes_is_drawn_on_and_returned(draw, parameters):
    figure, axes = plt.subplots(1, 2)
    assert draw(GREY, ax=axes[1], **parameters) is axes[1]
    assert plt.get_fignums() == [figure.number]
    assert not axes[0].images
    draw(GREY, ax=Figure().subfigures(1, 2)[1].add_subplot(), **parameters).figure.canvas.draw()


@pytest.mark.parametrize("shape", [(), (3, 28, 28), (0, 3, 8, 8), (2, 2, 5, 6, 7), (1, 2, 3, 4, 5, 6)])
@pytest.mark.parametrize(("draw", "names"), [(plot.manifold, "rows, columns"), (plot.traversal, "dims, steps")])
def test_another_shape_is_a_shape_error(draw, names, shape):
    with pytest.raises(ShapeError) as error:
        draw(np.zeros(shape))
    assert str(error.value) == (
        f"images: expected ({names}, h, w), ({names}, h, w, c) or ({names}, c, h, w), got {shape}"
    )
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"values": [1, 2]}, "values: expected (4,), one for each step, got (2,)"),
        ({"values": 3}, "values: expected (4,), one for each step, got ()"),
        ({"names": ["a"]}, "names: expected 3, one for each row, got 1"),
    ],
)
def test_words_that_do_not_fit_are_a_shape_error(parameters, text):
    with pytest.raises(ShapeError) as error:
        plot.traversal(GREY, **parameters)
    assert str(error.value) == text
    assert plt.get_fignums() == []


@pytest.mark.parametrize("extent", [(1, 2, 3), (0, 1, 0, np.nan), "abcd", 3, (0, 1, None, 2), (0, 1, (2, 3), 4)])
def test_an_extent_is_four_finite_numbers(extent):
    with pytest.raises(ParameterError) as error:
        plot.manifold(GREY, extent=extent)
    assert str(error.value) == f"extent: expected four finite numbers (left, right, bottom, top), got {extent!r}"
    assert plt.get_fignums() == []


def test_several_images_need_several_values():
    with pytest.raises(ParameterError) as error:
        plot.manifold(GREY, extent=(0, 1, 2, 2))
    assert str(error.value) == "extent: expected different values at the ends of 3 images, got 2 twice"


def test_values_that_are_not_finite_are_a_data_error():
    images = np.zeros((2, 2, 4, 4))
    images[1, 0, 2, 3] = np.nan
    for draw in (plot.manifold, plot.traversal):
        with pytest.raises(DataError) as error:
            draw(images)
        assert str(error.value) == "images: 1 value is not finite, the first at (1, 0, 2, 3)"


def test_other_than_numbers_is_a_dtype_error():
    with pytest.raises(DtypeError) as error:
        plot.traversal(GREY, values=["a", "b", "c", "d"])
    assert str(error.value) == "values: expected real numbers, got str"
