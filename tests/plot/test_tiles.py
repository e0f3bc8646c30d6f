import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from ganvas import plot
from ganvas.exceptions import DataError, DtypeError, ParameterError, ShapeError

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (6, 4, 5), np.uint8)
GREY[0, 0, :2] = 0, 255
COLOUR = RNG.integers(0, 256, (6, 4, 5, 3), np.uint8)


def picture(ax):
    return np.asarray(ax.images[0].get_array())


def test_a_new_figure_is_made_and_its_axes_returned():
    ax = plot.grid(GREY)
    assert plt.get_fignums() == [ax.figure.number]
    assert not ax.axison
    ax.figure.canvas.draw()


def test_a_given_axes_is_drawn_on_and_returned():
    figure, axes = plt.subplots(1, 2)
    assert plot.grid(GREY, ax=axes[1]) is axes[1]
    assert plt.get_fignums() == [figure.number]
    assert not axes[0].images


def test_images_lie_row_by_row_with_transparent_gaps():
    tiles = picture(plot.grid(COLOUR, columns=3, padding=2))
    assert tiles.shape == (4 + 2 + 4, 5 + 2 + 5 + 2 + 5, 4)
    np.testing.assert_array_equal(tiles[:4, 7:12, :3], COLOUR[1])
    np.testing.assert_array_equal(tiles[6:, 14:, :3], COLOUR[5])
    assert (tiles[4:6] == 0).all()
    assert (tiles[:4, :5, 3] == 255).all()


def test_without_padding_the_images_touch():
    tiles = picture(plot.grid(GREY, columns=6, padding=0))
    np.testing.assert_array_equal(tiles[..., 0], np.hstack(list(GREY)))


@pytest.mark.parametrize(
    "images",
    [
        GREY,
        GREY[..., None],
        GREY[:, None],
        GREY[..., None].repeat(3, axis=-1),
        GREY.tolist(),
        torch.from_numpy(GREY),
        GREY / 255,
        GREY.astype(np.float32) / 127.5 - 1,
        GREY * 3.0 - 100,
    ],
)
def test_every_form_and_range_of_grey_looks_the_same(images):
    tiles = picture(plot.grid(images, columns=6, padding=0))
    for channel in range(3):
        np.testing.assert_array_equal(tiles[..., channel], np.hstack(list(GREY)))


def test_channels_first_and_last_look_the_same():
    last = picture(plot.grid(COLOUR))
    np.testing.assert_array_equal(picture(plot.grid(COLOUR.transpose(0, 3, 1, 2))), last)


def test_a_fourth_channel_is_transparency():
    rgba = RNG.integers(0, 256, (1, 4, 5, 4), np.uint8)
    np.testing.assert_array_equal(picture(plot.grid(rgba)), rgba[0])


def test_booleans_and_constants_are_drawn():
    assert picture(plot.grid(np.ones((1, 4, 4), bool)))[0, 0].tolist() == [255, 255, 255, 255]
    assert picture(plot.grid(np.full((1, 4, 4), 9.0)))[0, 0].tolist() == [0, 0, 0, 255]


@pytest.mark.parametrize(
    ("n", "rows", "columns"), [(1, 1, 1), (2, 1, 2), (3, 1, 3), (7, 2, 4), (8, 2, 4), (9, 3, 3), (11, 3, 4), (64, 8, 8)]
)
def test_the_number_of_images_decides_the_columns(n, rows, columns):
    tiles = picture(plot.grid(np.full((n, 4, 5), 255, np.uint8), padding=1))
    assert tiles.shape == (5 * rows - 1, 6 * columns - 1, 4)
    assert (tiles[..., 3] == 255).sum() == n * 20


def test_more_columns_than_images_leave_no_empty_places():
    assert picture(plot.grid(GREY, columns=100, padding=0)).shape == (4, 30, 4)


@pytest.mark.parametrize(("n", "side", "pixels"), [(64, 16, 540), (64, 64, 519), (1, 32, 608), (64, 256, 800)])
def test_small_images_are_enlarged_by_a_whole_number(n, side, pixels):
    figure = plot.grid(np.zeros((n, side, side), np.uint8)).figure
    figure.canvas.draw()
    assert figure.canvas.get_width_height() == (pixels, pixels)
    np.testing.assert_allclose(figure.axes[0].get_window_extent().bounds, (0, 0, pixels, pixels), atol=0.01)


@pytest.mark.parametrize("shape", [(), (64,), (28, 28), (2, 2, 5, 7), (2, 4, 28, 28), (2, 3, 4, 5, 6), (0, 28, 28)])
def test_another_shape_is_a_shape_error(shape):
    with pytest.raises(ShapeError) as error:
        plot.grid(np.zeros(shape))
    assert str(error.value) == f"images: expected (n, h, w), (n, h, w, c) or (n, c, h, w), got {shape}"
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("images", "got"),
    [("cat", "str"), ([[[1j]]], "complex128"), (None, "object"), (np.zeros((1, 2, 2), "M8[s]"), "datetime64")],
)
def test_other_than_numbers_is_a_dtype_error(images, got):
    with pytest.raises(DtypeError) as error:
        plot.grid(images)
    assert str(error.value) == f"images: expected real numbers, got {got}"


def test_values_that_are_not_finite_are_a_data_error():
    images = np.zeros((2, 4, 5))
    images[1, 2, 3], images[1, 3, 0] = np.nan, np.inf
    with pytest.raises(DataError) as error:
        plot.grid(images)
    assert str(error.value) == "images: 2 values are not finite, the first at (1, 2, 3)"


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"columns": 0}, "columns: must be at least 1, got 0"),
        ({"columns": 2.0}, "columns: expected an integer, got 2.0"),
        ({"padding": -1}, "padding: must be between 0 and 64, got -1"),
        ({"padding": True}, "padding: expected an integer, got True"),
    ],
)
def test_a_wrong_parameter_is_a_parameter_error(parameters, text):
    with pytest.raises(ParameterError) as error:
        plot.grid(GREY, **parameters)
    assert str(error.value) == text
    assert plt.get_fignums() == []
