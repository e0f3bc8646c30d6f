import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from ganvas import plot
from ganvas.exceptions import DataError, DtypeError, ShapeError

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (3, 20, 30), np.uint8)
COLOUR = RNG.integers(0, 256, (3, 20, 30, 3), np.uint8)
ROWS = RNG.normal(size=(5, 6))
GAP = 2  # pixels between images of this size


def picture(ax):
    return np.asarray(ax.images[0].get_array())


def words(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def test_reconstructions_lie_below_their_originals():
    ax = plot.reconstructions(COLOUR, 255 - COLOUR)
    tiles = picture(ax)
    assert tiles.shape == (20 + GAP + 20, 3 * 30 + 2 * GAP, 4)
    for i in range(3):
        left = i * (30 + GAP)
        np.testing.assert_array_equal(tiles[:20, left : left + 30, :3], COLOUR[i])
        np.testing.assert_array_equal(tiles[20 + GAP :, left : left + 30, :3], 255 - COLOUR[i])
    assert (tiles[20 : 20 + GAP] == 0).all()
    assert words(ax) == ["original", "reconstructed"]
    assert ax.get_yticks().tolist() == [9.5, 9.5 + 20 + GAP]


@pytest.mark.parametrize(
    "form",
    [
        lambda x: x[..., None],
        lambda x: x[:, None],
        lambda x: x.tolist(),
        torch.from_numpy,
        lambda x: x.astype(np.float32) - 1000,
    ],
)
def test_every_form_of_grey_looks_the_same(form):
    grey = GREY.copy()
    grey[0, 0, :2] = 0, 255
    np.testing.assert_array_equal(
        picture(plot.reconstructions(form(grey), form(255 - grey))), picture(plot.reconstructions(grey, 255 - grey))
    )


def test_channels_first_and_last_look_the_same():
    last = picture(plot.reconstructions(COLOUR, COLOUR // 2))
    first = COLOUR.transpose(0, 3, 1, 2)
    np.testing.assert_array_equal(picture(plot.reconstructions(first, first // 2)), last)


def test_both_have_one_scale():
    tiles = picture(plot.reconstructions(np.full((1, 4, 4), 10.0), np.full((1, 4, 4), 20.0)))
    assert (tiles[:4, :, 0] == 0).all()
    assert (tiles[-4:, :, 0] == 255).all()


@pytest.mark.parametrize(("n", "rows", "columns"), [(1, 1, 1), (8, 1, 8), (10, 1, 10), (16, 2, 8), (20, 2, 10)])
def test_many_pairs_take_several_double_rows(n, rows, columns):
    images = np.full((n, 20, 20), 255, np.uint8)
    ax = plot.reconstructions(images, images)
    tiles = picture(ax)
    assert tiles.shape == (rows * 41 + (rows - 1) * 2, columns * 21 - 1, 4)
    assert (tiles[..., 3] == 255).sum() == 2 * n * 400
    assert words(ax) == ["original", "reconstructed"] * rows


def test_the_last_double_row_need_not_be_full():
    images = np.full((50, 4, 4), 255, np.uint8)
    assert (picture(plot.reconstructions(images, images))[..., 3] == 255).sum() == 2 * 50 * 16


def test_constant_images_and_single_pixels_are_drawn():
    for shape in [(2, 3, 3), (1, 1, 1), (2, 1, 50), (2, 50, 1)]:
        plot.reconstructions(np.zeros(shape), np.zeros(shape)).figure.canvas.draw()


@pytest.mark.parametrize("n", [1, 8, 20])
def test_words_and_picture_fit_into_a_new_figure(n):
    images = np.zeros((n, 28, 28), np.uint8)
    figure = plot.reconstructions(images, images).figure
    figure.canvas.draw()
    box = figure.get_tightbbox()
    assert (box.min >= 0).all()
    assert (box.max <= figure.get_size_inches()).all()


def test_small_images_are_enlarged_by_a_whole_number():
    for n, scale in ((1, 3), (8, 3)):
        ax = plot.reconstructions(np.zeros((n, 28, 28)), np.zeros((n, 28, 28)))
        ax.figure.canvas.draw()
        assert ax.get_window_extent().width / picture(ax).shape[1] == pytest.approx(scale, abs=0.01)


def test_rows_of_two_columns_are_points_joined_to_their_reconstructions():
    points, moved = ROWS[:, :2], ROWS[:, :2] + 0.1
    ax = plot.reconstructions(points, moved)
    ways, first, second = ax.collections
    np.testing.assert_array_equal(first.get_offsets(), points)
    np.testing.assert_array_equal(second.get_offsets(), moved)
    np.testing.assert_array_equal(ways.get_segments(), np.stack([points, moved], axis=1))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["original", "reconstructed"]


@pytest.mark.parametrize("d", [1, 3, 6, 200])
def test_other_rows_are_curves_in_panels_of_one_scale(d):
    rows = RNG.normal(size=(5, d))
    ax = plot.reconstructions(rows, rows * 0.5)
    first, second = ax.lines
    low, high = rows.min(), rows.max()
    low, high = min(low, low / 2), max(high, high / 2)
    base = np.repeat([0, 0, 0, 0, -1.3], d).reshape(5, d)
    for line, values in ((first, rows), (second, rows * 0.5)):
        drawn = line.get_ydata().reshape(5, d + 1)
        assert np.isnan(drawn[:, d]).all()
        np.testing.assert_allclose(drawn[:, :d], (values - low) / (high - low) + base)
    assert (first.get_marker() == "o") == (d <= 32)
    assert first.get_color() != second.get_color()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["original", "reconstructed"]
    ax.figure.canvas.draw()


def test_one_row_and_constant_rows_are_drawn():
    for rows in (ROWS[:1], np.zeros((2, 4)), np.zeros((2, 2))):
        plot.reconstructions(rows, rows).figure.canvas.draw()


@pytest.mark.parametrize("data", [GREY, ROWS, ROWS[:, :2]], ids=["images", "rows", "points"])
def test_a_given_axes_is_drawn_on_and_returned(data):
    figure, axes = plt.subplots(1, 2)
    assert plot.reconstructions(data, data, ax=axes[1]) is axes[1]
    assert plt.get_fignums() == [figure.number]
    assert not axes[0].has_data()
    plot.reconstructions(data, data, ax=Figure().subfigures(1, 2)[1].add_subplot()).figure.canvas.draw()


@pytest.mark.parametrize(
    ("images", "reconstructed", "text"),
    [
        (GREY, GREY[:2], "reconstructed: expected (3, 20, 30) like images, got (2, 20, 30)"),
        (GREY, ROWS, "reconstructed: expected (3, 20, 30) like images, got (5, 6)"),
        (ROWS[0], ROWS[0], "images: expected (n, d), (n, h, w), (n, h, w, c) or (n, c, h, w), got (6,)"),
        (ROWS[:0], ROWS[:0], "images: expected (n, d), (n, h, w), (n, h, w, c) or (n, c, h, w), got (0, 6)"),
    ],
)
def test_another_shape_is_a_shape_error(images, reconstructed, text):
    with pytest.raises(ShapeError) as error:
        plot.reconstructions(images, reconstructed)
    assert str(error.value) == text
    assert plt.get_fignums() == []


def test_values_that_are_not_finite_are_a_data_error():
    wrong = ROWS.copy()
    wrong[1, 2] = np.nan
    for images, reconstructed, name in ((wrong, ROWS, "images"), (ROWS, wrong, "reconstructed")):
        with pytest.raises(DataError) as error:
            plot.reconstructions(images, reconstructed)
        assert str(error.value) == f"{name}: 1 value is not finite, the first at (1, 2)"


def test_other_than_numbers_is_a_dtype_error():
    with pytest.raises(DtypeError) as error:
        plot.reconstructions(ROWS, "cat")
    assert str(error.value) == "reconstructed: expected real numbers, got str"
