import re

import numpy as np
import pytest

from ganvas.data import load_levels, platform_levels
from ganvas.exceptions import DataError, ParameterError, ShapeError


def write(folder, **levels):
    for name, rows in levels.items():
        (folder / f"{name}.txt").write_text("\n".join(rows) + "\n")
    return folder


def test_maps_are_cut_into_windows_in_the_order_of_their_files(tmp_path):
    write(tmp_path, b=["abcdefg", "ABCDEFG"], a=["123", "456"])
    X = load_levels(tmp_path, window=3)
    assert ["".join(window.ravel()) for window in X] == ["123456", "abcABC", "defDEF"]
    assert load_levels(tmp_path, window=3, stride=2).shape == (4, 2, 3)
    np.testing.assert_array_equal(load_levels(tmp_path / "a.txt", window=None), [[list("123"), list("456")]])


@pytest.mark.parametrize(
    ("levels", "params", "error", "text"),
    [
        ({}, {}, DataError, 'expected files named "*.txt", got none'),
        ({"a": [""]}, {}, DataError, "a.txt: expected rows of tiles, got none"),
        (
            {"a": ["---", "--"]},
            {"window": 2},
            DataError,
            "a.txt: expected rows of one length, row 1 has 3 tiles and row 2 has 2",
        ),
        (
            {"a": ["--"], "b": ["--", "--"]},
            {"window": 2},
            ShapeError,
            "levels: expected maps of one height, got 1 rows in a.txt, 2 rows in b.txt",
        ),
        (
            {"a": ["--"], "b": ["---"]},
            {"window": None},
            ShapeError,
            "levels: expected maps of one width, got 2 columns in a.txt, 3 columns in b.txt; pass window",
        ),
        ({"a": ["--"]}, {}, ShapeError, "levels: expected maps of at least 28 columns, the widest has 2"),
        ({"a": ["--"]}, {"window": 0}, ParameterError, "window: must be at least 1, got 0"),
    ],
)
def test_what_is_no_level_is_refused(levels, params, error, text, tmp_path):
    with pytest.raises(error, match=re.escape(text) + "$"):
        load_levels(write(tmp_path, **levels), **params)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"--\xff")
    with pytest.raises(DataError, match=r"a\.txt: expected text in UTF-8, got other bytes at 2$"):
        load_levels(tmp_path)
    with pytest.raises(FileNotFoundError):
        load_levels(tmp_path / "none.txt")


@pytest.mark.parametrize(("height", "width"), [(10, 12), (14, 28), (20, 60)])
def test_levels_keep_their_rules(height, width):
    X = platform_levels(300, height=height, width=width, random_state=0)
    assert X.shape == (300, height, width)
    assert {"X", "S", "o", "E", "<", "[", "-"} <= set(np.unique(X))
    for level in X:
        bottom = level[-1] == "X"
        gaps = [len(gap) for gap in "".join("X" if ground else " " for ground in bottom).split("X") if gap]
        assert max(gaps, default=0) <= 4
        assert bottom[:2].all()
        assert bottom[-2:].all()
        below = {"<": "[", ">": "]", "[": "[X", "]": "]X", "E": "X"}
        beside = {"<": ">", "[": "]"}
        for (i, j), tile in np.ndenumerate(level):
            assert tile not in below or level[i + 1, j] in below[tile]
            assert tile not in beside or level[i, j + 1] == beside[tile]


def test_an_integer_repeats_the_levels():
    first, second = (platform_levels(5, random_state=1) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert (first != platform_levels(5, random_state=2)).any()
