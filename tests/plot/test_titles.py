"""Titles above the columns of a grid of images."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest

from ganvas import plot
from ganvas.exceptions import ParameterError

NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def boxes(ax):
    ax.figure.canvas.draw()
    return [text.get_window_extent() for text in ax.texts]


def images(n, side=16):
    return np.zeros((n, side, side), np.uint8)


@pytest.mark.parametrize(
    ("columns", "titles"),
    [(10, range(10)), (10, NAMES), (3, ["cat", "dog", "a very long name of a class"]), (20, range(20)), (8, ["cat"])],
)
def test_titles_stand_above_their_columns_and_inside_the_figure(columns, titles):
    ax = plot.grid(images(4 * columns), columns=columns, titles=list(titles))
    figure = ax.figure
    found, picture = boxes(ax), ax.get_window_extent()
    assert len(found) == len(titles)
    for i, box in enumerate(found):
        assert 0 <= box.x0 <= box.x1 <= figure.bbox.width + 1
        assert picture.y1 <= box.y0 + 3 <= box.y1 + 3 <= figure.bbox.height + 3
        anchor = ax.transData.transform(ax.texts[i].get_position())[0]
        middle = picture.x0 + (i + 0.5) * picture.width / len(titles)
        assert abs(anchor - middle) < 0.1 * picture.width / columns
    if not any(text.get_rotation() for text in ax.texts):
        assert all(a.x1 < b.x0 for a, b in itertools.pairwise(found))
    assert all(text.get_fontsize() >= 6 for text in ax.texts)


def test_titles_leave_the_size_of_the_picture_as_it_is():
    plain = plot.grid(images(40), columns=10)
    titled = plot.grid(images(40), columns=10, titles=NAMES)
    for ax in (plain, titled):
        ax.figure.canvas.draw()
    np.testing.assert_allclose(titled.get_window_extent().size, plain.get_window_extent().size, atol=0.01)


def test_long_titles_are_shortened_and_others_are_not():
    ax = plot.grid(images(4), columns=2, titles=["Hippopotamus amphibius", "cat"])
    assert [text.get_text() for text in ax.texts] == ["Hippopotamus amph\N{HORIZONTAL ELLIPSIS}", "cat"]


def test_titles_fit_above_a_given_axes():
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    assert plot.grid(images(20), columns=10, ax=left, titles=NAMES) is left
    assert all(text.get_rotation() == 45 for text in left.texts)
    assert all(0 <= box.y1 <= figure.bbox.height for box in boxes(left))
    assert not right.texts


def test_the_number_of_titles_is_checked():
    with pytest.raises(ParameterError) as error:
        plot.grid(images(8), columns=4, titles=["a", "b"])
    assert str(error.value) == "titles: expected one for each of 4 columns, or one for all, got 2"
    assert plt.get_fignums() == []
