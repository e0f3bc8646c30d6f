import numpy as np
import pytest
from sklearn import datasets

from ganvas import data
from ganvas.exceptions import ParameterError


@pytest.mark.parametrize("size", [8, 11, 16, 32, 256])
def test_digits_are_white_on_a_black_border(size):
    X = data.load_digits(size)
    assert X.shape == (1797, size, size)
    assert X.dtype == np.uint8
    assert X.max() == 255
    border = np.ones((size, size), bool)
    border[1:-1, 1:-1] = False
    assert not X[:, border].any()


def test_digits_fill_three_quarters_of_the_picture():
    rows = data.load_digits(16).any(axis=(0, 2))
    assert rows[2:14].all()
    assert rows.sum() == 12


def test_digits_come_with_their_values():
    X, y = data.load_digits(return_y=True)
    np.testing.assert_array_equal(X, data.load_digits())
    np.testing.assert_array_equal(y, datasets.load_digits().target)
    assert y.dtype == np.int64


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (7, "size: must be between 8 and 256, got 7"),
        (np.int64(257), "size: must be between 8 and 256, got 257"),
        (16.0, "size: expected an integer, got 16.0"),
        (True, "size: expected an integer, got True"),
        ("16", "size: expected an integer, got '16'"),
        (None, "size: expected an integer, got None"),
    ],
)
def test_a_wrong_size_is_a_parameter_error(size, text):
    with pytest.raises(ParameterError) as error:
        data.load_digits(size)
    assert str(error.value) == text
