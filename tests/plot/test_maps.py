import numpy as np
import pytest

from ganvas import plot
from ganvas.exceptions import DataError, DtypeError, ParameterError, ShapeError

MAPS = np.array([[["-", "X"], ["X", "?"]], [["-", "-"], ["X", "X"]]])


def pixels(ax):
    return np.asarray(ax.images[0].get_array())


def test_each_symbol_has_a_colour():
    picture = pixels(plot.levels(MAPS, columns=2))
    assert picture.shape == (2, 5, 4)
    np.testing.assert_array_equal(picture[0, 1], picture[1, 0])
    assert len(np.unique(picture[:, :2].reshape(-1, 4), axis=0)) == 3


def test_a_tileset_has_colours_or_pictures():
    picture = np.zeros((3, 3, 3), np.uint8)
    drawn = pixels(plot.levels(MAPS, columns=2, tileset={"X": picture, "-": "white"}))
    assert drawn.shape == (6, 13, 4)
    np.testing.assert_array_equal(drawn[:3, 3:6, :3], picture)
    np.testing.assert_array_equal(drawn[:3, :3], 255)


def test_integers_are_symbols_too():
    picture = pixels(plot.levels(np.arange(40).reshape(1, 5, 8)))
    assert len(np.unique(picture.reshape(-1, 4), axis=0)) == 12


@pytest.mark.parametrize(
    ("maps", "params", "error", "text"),
    [
        (np.zeros((2, 2)), {}, DtypeError, "maps: expected integers or strings, got float64"),
        (np.zeros((2, 2), int), {}, ShapeError, r"maps: expected \(n, h, w\), got \(2, 2\)"),
        (MAPS, {"tileset": {"X": "no colour"}}, ParameterError, "tileset: expected a colour or a picture for 'X', .*"),
        (MAPS, {"tileset": {"X": np.zeros((2, 3, 3))}}, ParameterError, "tileset: expected a colour or a uint8 .*"),
        (
            MAPS,
            {"tileset": {"X": np.zeros((2, 2, 3), np.uint8), "-": np.zeros((3, 3, 3), np.uint8)}},
            DataError,
            "tileset: expected pictures of one size, .*",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(maps, params, error, text):
    with pytest.raises(error, match=f"^{text}$"):
        plot.levels(maps, **params)
