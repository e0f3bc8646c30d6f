import numpy as np
import pytest
from skimage.measure import label

from ganvas.data import shapes3d
from ganvas.exceptions import ParameterError


@pytest.mark.parametrize("size", [8, 13, 32])
def test_every_solid_is_one_part_that_stands_on_the_floor(size):
    X, y = shapes3d(60, size=size, random_state=0, return_y=True)
    assert (X.shape, X.dtype) == ((60, size, size, size), np.bool_)
    assert set(y) == {"chair", "room", "table"}
    for solid in X:
        assert solid[:, :, 0].any()
        assert label(solid, connectivity=1).max() == 1


def test_an_integer_repeats_the_solids():
    np.testing.assert_array_equal(shapes3d(5, size=8, random_state=3), shapes3d(5, size=8, random_state=3))
    assert (shapes3d(5, size=8, random_state=3) != shapes3d(5, size=8, random_state=4)).any()


@pytest.mark.parametrize(
    ("params", "text"),
    [({"n": 0}, "n: must be between 1 and 1000000, got 0"), ({"size": 7}, "size: must be between 8 and 128, got 7")],
)
def test_a_parameter_outside_its_range_is_refused(params, text):
    with pytest.raises(ParameterError, match=f"^{text}$"):
        shapes3d(**params)
