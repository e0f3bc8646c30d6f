"""Invalid data raises an error that describes the problem, without any training."""

import numpy as np
import pytest
import torch

import ganvas
from ganvas import GanTrainer
from ganvas.exceptions import DataError, DtypeError, ShapeError

IMAGES = ganvas.data.load_digits(size=8)[:128]
ROWS = ganvas.data.ring(128, random_state=0)
SHAPES = "X: expected (n, d), (n, h, w), (n, h, w, c), (n, c, h, w) or, for volumes, (n, d, h, w) or (n, d, h, w, c)"
SIDES = 'X: expected images with sides from 4 to 256 px for net="dcgan"'

FIT = (
    "crop or resize them to {0}x{0} (ImageFolder(path, size={0}) does it with files), or pass "
    'net="mlp", which takes any size and suits small images'
)


def assert_untouched(estimator):
    assert vars(estimator).keys() - {"_lock"} == estimator.get_params().keys()


def unlike(shape, **where):
    """Images of zeros with one non-finite value at each position."""
    X = np.zeros(shape)
    for value, place in where.values():
        X[place] = value
    return X


ARRAYS = [
    (np.zeros(64), ShapeError, f"{SHAPES}, got (64,)"),
    (np.array(1.0), ShapeError, f"{SHAPES}, got ()"),
    (np.zeros((4, 1, 8, 8, 8, 1)), ShapeError, f"{SHAPES}, got (4, 1, 8, 8, 8, 1)"),
    ([], ShapeError, f"{SHAPES}, got (0,)"),
    ([[1, 2], [3]], ShapeError, f"{SHAPES}, got sequences of unequal lengths"),
    (np.zeros((0, 8, 8)), ShapeError, "X: expected at least 2 samples, got 0"),
    (IMAGES[:1], ShapeError, "X: expected at least 2 samples, got 1"),
    (np.zeros((4, 0, 8)), ShapeError, "X: expected images of at least 1 pixel, got (4, 0, 8)"),
    (b"digits", DtypeError, "X: expected numbers, got bytes"),
    ({"X": IMAGES}, DtypeError, "X: expected numbers, got dict"),
    (np.full((4, 8, 8, 1), "a"), DtypeError, "X: expected numbers, got str"),
    (IMAGES + 1j, DtypeError, "X: expected numbers, got complex128"),
    (np.zeros((4, 8, 8), "M8[s]"), DtypeError, "X: expected numbers, got datetime64[s]"),
    (np.zeros((4, 2), "M8[s]"), DtypeError, "X: expected numbers, got datetime64[s]"),
    (np.zeros((4, 2), "m8[s]"), DtypeError, "X: expected numbers, got timedelta64[s]"),
    (np.full((4, 8, 8), object()), DtypeError, "X: expected numbers, got objects that are none"),
    (torch.eye(4).to_sparse(), DtypeError, "X: expected a dense tensor, got torch.sparse_coo"),
    (torch.zeros(4, 8, 8, dtype=torch.complex64), DtypeError, "X: expected numbers, got complex64"),
    (
        unlike((4, 8, 8), a=(np.nan, (2, 4, 5))),
        DataError,
        "X: 1 value is not finite, the first at (2, 4, 5)",
    ),
    (
        unlike((9, 3, 8, 8), a=(np.inf, (7, 2, 4, 5)), b=(np.nan, (8, 0, 0, 0)), c=(-np.inf, (8, 0, 0, 1))),
        DataError,
        "X: 3 values are not finite, the first at (7, 2, 4, 5)",
    ),
    (np.full((2, 8, 8), 1e300), DataError, "X: 128 values are beyond 1e+150, the first at (0, 0, 0)"),
    (
        np.zeros((3, 3, 3, 3)),
        ShapeError,
        'X: cannot tell where the channels of (3, 3, 3, 3) are; pass channels="first" or channels="last"',
    ),
    (
        np.zeros((5, 3, 8, 3)),
        ShapeError,
        'X: cannot tell where the channels of (5, 3, 8, 3) are; pass channels="first" or channels="last"',
    ),
    (np.zeros((4, 20, 257)), ShapeError, f"{SIDES}, got (20, 257, 1); {FIT.format(20)}"),
    (np.zeros((4, 3, 7)), ShapeError, f"{SIDES}, got (3, 7, 1); {FIT.format(8)}"),
    (np.zeros((2, 257, 257), np.uint8), ShapeError, f"{SIDES}, got (257, 257, 1); {FIT.format(256)}"),
]


@pytest.mark.parametrize(("X", "kind", "text"), ARRAYS)
def test_arrays_that_cannot_be_used_are_refused(X, kind, text):
    new = GanTrainer(epochs=1, verbose=0)
    with pytest.raises(kind) as caught:
        new.fit(X)
    assert (type(caught.value), str(caught.value)) == (kind, text)
    assert_untouched(new)


NONE = "drop the rows, or fill them in, as scikit-learn's SimpleImputer does"
CONVERT = "convert it to numbers (categories with scikit-learn's OneHotEncoder or OrdinalEncoder), or drop it"
TABLES = [
    (np.zeros((0, 2)), ShapeError, "X: expected at least 2 samples, got 0 samples"),
    (ROWS[:1], ShapeError, "X: expected at least 2 samples, got 1 sample"),
    (
        np.zeros((4, 0)),
        ShapeError,
        "X: got 0 feature(s) (shape=(4, 0)) while a minimum of 1 is required: it has no columns",
    ),
    (
        ROWS + 1j,
        DtypeError,
        "X: Complex data not supported, got complex64; pass real and imaginary part as two columns",
    ),
    (np.full((4, 2), "a"), DtypeError, f"X: column 0: expected numbers, got text, the first in row 0: 'a'; {CONVERT}"),
    (
        [[1, 2.5], [3, "b"]],
        DtypeError,
        f"X: column 1: expected numbers, got text, the first in row 1: 'b'; {CONVERT}",
    ),
    (
        np.array([[1, "2"], [3, 4]], object),
        DtypeError,
        f"X: column 1: expected numbers, got text, the first in row 0: '2'; {CONVERT}",
    ),
    ([[1.0, np.inf], [0.0, 1.0]], DataError, f"X: column 1: 1 value is not finite (inf), the first in row 0; {NONE}"),
    (
        unlike((9, 3), a=(np.nan, (7, 1)), b=(np.nan, (8, 1)), c=(np.inf, (2, 2))),
        DataError,
        f"X: column 1: 2 values are not finite (NaN), the first in row 7; 1 more in other columns; {NONE}",
    ),
    (
        [[1.0, 1e300], [0.0, 1.0]],
        DataError,
        f"X: column 1: 1 value is beyond 1e+150, the first in row 0; {NONE}",
    ),
]


@pytest.mark.parametrize(("X", "kind", "text"), TABLES)
def test_tables_that_cannot_be_used_are_refused_with_the_place(X, kind, text):
    new = GanTrainer(epochs=1, verbose=0)
    with pytest.raises(kind) as caught:
        new.fit(X)
    assert (type(caught.value), str(caught.value)) == (kind, text)
    assert_untouched(new)


def test_sparse_matrices_are_refused_with_the_remedy():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(DtypeError, match=r"^X: expected dense data, got a sparse matrix; .* pass X.toarray\(\)$"):
        GanTrainer(epochs=1).fit(sparse.csr_matrix(ROWS))
