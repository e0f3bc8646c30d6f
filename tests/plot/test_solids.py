import matplotlib.pyplot as plt
import numpy as np
import pytest

from ganvas import plot
from ganvas.exceptions import DataError, ParameterError, ShapeError


def colours_of(ax):
    (drawn,) = ax.collections
    ax.figure.canvas.draw()
    return drawn.get_facecolor()


def test_only_faces_between_full_and_empty_voxels_are_drawn():
    block = np.zeros((1, 4, 4, 4), bool)
    block[0, 1:3, 1:3, 1:3] = True
    colours = colours_of(plot.voxels(block))
    # Six sides of 2 x 2 voxels.
    assert len(colours) == 24


def test_three_channels_are_colours():
    red = np.zeros((1, 2, 2, 2, 3), np.uint8)
    red[0, 0, 0, 0] = 255, 0, 0
    colours = colours_of(plot.voxels(red))
    assert len(colours) == 6
    assert (colours[:, 0] > 0.5).all()
    assert (colours[:, 1:3] == 0).all()


def test_solids_stand_side_by_side_and_titles_in_front():
    solids = np.ones((3, 2, 2, 2))
    ax = plot.voxels(solids, columns=3, titles=["a", "b", "c"])
    assert [text.get_text() for text in ax.texts] == ["a", "b", "c"]
    assert ax.get_xlim()[1] > 6
    figure = plt.figure()
    own = figure.add_subplot(projection="3d")
    assert plot.voxels(solids, ax=own) is own


@pytest.mark.parametrize(
    ("volumes", "params", "error", "text"),
    [
        (np.zeros((2, 2)), {}, ShapeError, r"volumes: expected \(n, d, h, w\) or \(n, d, h, w, c\), got \(2, 2\)"),
        (np.full((1, 2, 2, 2), np.inf), {}, DataError, "volumes: 8 values are not finite, .*"),
        (np.ones((1, 2, 2, 2)), {"level": "a"}, ParameterError, "level: expected a finite number, got 'a'"),
        (np.ones((2, 2, 2, 2)), {"titles": "abc"}, ParameterError, "titles: expected one for each of 2 columns, .*"),
    ],
)
def test_what_cannot_be_drawn_is_refused(volumes, params, error, text):
    with pytest.raises(error, match=f"^{text}$"):
        plot.voxels(volumes, **params)


def test_an_axes_of_two_dimensions_is_refused():
    with pytest.raises(ParameterError, match=r'^ax: expected an Axes made with projection="3d"'):
        plot.voxels(np.ones((1, 2, 2, 2)), ax=plt.figure().add_subplot())
