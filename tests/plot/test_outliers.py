from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from ganvas import plot
from ganvas.exceptions import DataError, DtypeError, ParameterError, ShapeError

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (3, 20, 30), np.uint8)
COLOUR = RNG.integers(0, 256, (3, 20, 30, 3), np.uint8)
MAPS = RNG.uniform(size=(3, 20, 30))
SCORES = np.array([-1.0, -30.0, -20.5])
ROWS, HEAT = RNG.normal(size=(3, 4)), RNG.uniform(size=(3, 4))
GAP = 2  # pixels between images of this size
MARK = "#d55e00"


def picture(ax):
    return np.asarray(ax.images[0].get_array())


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def captions(ax):
    return [text.get_text() for text in ax.texts]


def test_the_least_typical_come_first():
    ax = plot.anomalies(COLOUR, MAPS, SCORES)
    tiles = picture(ax)
    for place, i in enumerate([1, 2, 0]):
        left = place * (30 + GAP)
        np.testing.assert_array_equal(tiles[:20, left : left + 30, :3], COLOUR[i])
    assert captions(ax) == ["−30", "−20.5", "−1"]  # noqa: RUF001
    assert labels(ax.yaxis) == ["original", "anomaly"]
    assert ax.get_xlabel() == ""
    assert not ax.patches


def test_the_map_is_laid_over_the_image_below():
    maps = np.zeros((1, 20, 30))
    maps[0, 5, 7], maps[0, 6, 7] = 2.0, 1.0
    image = np.full((1, 20, 30), 200, np.uint8)
    below = picture(plot.anomalies(image, maps, [0.0]))[20 + GAP : 40 + GAP].astype(int)
    quiet = below[0, 0, :3]
    assert quiet[0] == quiet[1] == quiet[2] < 200
    colourful = np.ptp(below[..., :3], axis=-1)
    assert colourful[5, 7] > colourful[6, 7] > 0
    assert (colourful > 0).sum() == 2


def test_maps_have_one_scale():
    maps = np.zeros((2, 20, 30))
    maps[0], maps[1] = 1.0, 0.1
    first, second = (
        np.ptp(picture(ax)[30, x, :3].astype(int)) for ax in [plot.anomalies(GREY[:2], maps, [0, 1])] for x in (5, 40)
    )
    assert first > second > 0


def test_maps_below_zero_are_drawn_from_their_minimum():
    np.testing.assert_array_equal(
        picture(plot.anomalies(GREY, MAPS - MAPS.min(), SCORES)), picture(plot.anomalies(GREY, MAPS - 5, SCORES))
    )


def test_the_channels_of_a_map_are_added_up():
    three = np.stack([MAPS * 0.5, MAPS * 0.3, MAPS * 0.2], axis=-1)
    expected = picture(plot.anomalies(COLOUR, MAPS, SCORES))
    np.testing.assert_array_equal(picture(plot.anomalies(COLOUR, three, SCORES)), expected)
    first = plot.anomalies(COLOUR.transpose(0, 3, 1, 2), three.transpose(0, 3, 1, 2), SCORES)
    np.testing.assert_array_equal(picture(first), expected)


@pytest.mark.parametrize("threshold", [-20, np.float32(-20), np.int64(-20)])
def test_samples_below_the_threshold_are_framed(threshold):
    ax = plot.anomalies(GREY, MAPS, SCORES, threshold=threshold)
    assert [frame.get_xy() for frame in ax.patches] == [(-0.5, -0.5), (31.5, -0.5)]
    assert {(frame.get_width(), frame.get_height()) for frame in ax.patches} == {(30, 42)}
    assert [to_hex(text.get_color()) == MARK for text in ax.texts] == [True, True, False]
    assert ax.get_xlabel() == "framed: score below −20"  # noqa: RUF001


def test_a_score_equal_to_the_threshold_is_typical():
    assert not plot.anomalies(GREY, MAPS, SCORES, threshold=-30.0).patches
    assert plot.anomalies(GREY, MAPS, SCORES, threshold=-30.0).get_xlabel() == "none: score below −30"  # noqa: RUF001


def test_captions_stand_below_their_pairs():
    n = 20
    ax = plot.anomalies(np.zeros((n, 28, 28)), np.ones((n, 28, 28)), -100.0 * np.arange(n), threshold=-500)
    figure = ax.figure
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert len({round(box.y1) for box in boxes}) == 2
    for one, other in pairwise(boxes):
        assert one.x1 < other.x0 or one.y0 > other.y1
    # The second double row begins below the captions of the first.
    second = ax.transData.transform((0, ax.get_yticks()[2] - 13.5))[1]
    assert min(box.y0 for box in boxes[:10]) > second
    box = figure.get_tightbbox()
    assert (box.min >= 0).all()
    assert (box.max <= figure.get_size_inches()).all()


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 3, 3, 3), (2, 2, 40), (2, 40, 2), (1, 28, 28, 1)])
def test_small_and_constant_images_are_drawn(shape):
    ax = plot.anomalies(np.zeros(shape), np.zeros(shape), np.zeros(shape[0]), threshold=1.0)
    ax.figure.canvas.draw()
    assert len(ax.patches) == shape[0]


def test_rows_are_a_table_coloured_by_the_map():
    ax = plot.anomalies(ROWS, HEAT, SCORES, threshold=-20)
    np.testing.assert_array_equal(picture(ax), HEAT[[1, 2, 0]])
    assert ax.images[0].get_clim() == (0, HEAT.max())
    assert labels(ax.yaxis) == ["−30", "−20.5", "−1"]  # noqa: RUF001
    assert labels(ax.xaxis) == ["0", "1", "2", "3"]
    assert [to_hex(label.get_color()) == MARK for label in ax.get_yticklabels()] == [True, True, False]
    assert ax.get_xlabel() == "bold: score below −20"  # noqa: RUF001
    written = [float(text.replace("−", "-")) for text in captions(ax)]  # noqa: RUF001
    np.testing.assert_allclose(written, ROWS[[1, 2, 0]].ravel(), rtol=5e-3)
    assert len(ax.figure.axes) == 2


def test_the_columns_of_a_frame_are_named():
    ax = plot.anomalies(pd.DataFrame(ROWS, columns=["a", "b", "c", "something long"]), HEAT, SCORES)
    assert labels(ax.xaxis) == ["a", "b", "c", "something long"]


def test_wide_tables_have_no_numbers_in_them():
    rows = RNG.normal(size=(3, 100))
    ax = plot.anomalies(rows, rows**2, SCORES)
    assert captions(ax) == []
    assert len(labels(ax.xaxis)) <= 25


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (60, 2), (60, 300)])
def test_tables_of_every_size_are_drawn(shape):
    plot.anomalies(np.zeros(shape), np.zeros(shape), np.arange(shape[0]), threshold=3).figure.canvas.draw()


@pytest.mark.parametrize(("data", "maps"), [(GREY, MAPS), (ROWS, HEAT)], ids=["images", "rows"])
def test_a_given_axes_is_drawn_on_and_returned(data, maps):
    figure, axes = plt.subplots(1, 2)
    assert plot.anomalies(data, maps, SCORES, -20, ax=axes[1]) is axes[1]
    assert plt.get_fignums() == [figure.number]
    assert not axes[0].images
    plot.anomalies(data, maps, SCORES, -20, Figure().subfigures(1, 2)[1].add_subplot()).figure.canvas.draw()


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ((GREY[0, 0], MAPS, SCORES), "images: expected (n, d), (n, h, w), (n, h, w, c) or (n, c, h, w), got (30,)"),
        ((GREY, MAPS[:2], SCORES), "maps: expected (3, 20, 30), got (2, 20, 30)"),
        ((COLOUR, HEAT, SCORES), "maps: expected (3, 20, 30) or (3, 20, 30, 3), got (3, 4)"),
        ((ROWS, MAPS, SCORES), "maps: expected (3, 4), got (3, 20, 30)"),
        ((GREY, MAPS, SCORES[:2]), "scores: expected (3,), one for each sample, got (2,)"),
        ((GREY, MAPS, 3.0), "scores: expected (3,), one for each sample, got ()"),
    ],
)
def test_another_shape_is_a_shape_error(parameters, text):
    with pytest.raises(ShapeError) as error:
        plot.anomalies(*parameters)
    assert str(error.value) == text
    assert plt.get_fignums() == []


@pytest.mark.parametrize("place", range(3))
def test_values_that_are_not_finite_are_a_data_error(place):
    arrays = [ROWS.copy(), HEAT.copy(), SCORES.copy()]
    arrays[place][1] = np.nan
    with pytest.raises(DataError) as error:
        plot.anomalies(*arrays)
    assert str(error.value).startswith(("images: 4", "maps: 4", "scores: 1")[place])
    assert plt.get_fignums() == []


@pytest.mark.parametrize("threshold", [np.nan, -np.inf, "low", True, [1.0]])
def test_a_threshold_is_a_finite_number(threshold):
    with pytest.raises(ParameterError) as error:
        plot.anomalies(GREY, MAPS, SCORES, threshold=threshold)
    assert str(error.value) == f"threshold: expected a finite number, got {threshold!r}"


def test_other_than_numbers_is_a_dtype_error():
    with pytest.raises(DtypeError) as error:
        plot.anomalies(GREY, MAPS, ["a", "b", "c"])
    assert str(error.value) == "scores: expected real numbers, got str"
