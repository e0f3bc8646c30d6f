"""The handwritten digits of scikit-learn."""

from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray

from .._checks import integer
from ._resize import resize

_INK = 16  # maximum value of scikit-learn's pictures


@overload
def load_digits(size: int = ..., return_y: Literal[False] = ...) -> NDArray[np.uint8]: ...
@overload
def load_digits(size: int = ..., *, return_y: Literal[True]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]: ...
def load_digits(
    size: int = 16, return_y: bool = False
) -> NDArray[np.uint8] | tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Load 1,797 handwritten digits, without files or network.

    The 8 x 8 pictures of scikit-learn are scaled to three quarters of `size` and centred on black, so that no stroke
    touches the border.

    Parameters
    ----------
    size : int, default 16
        Height and width of each picture in pixels, 8 to 256.
    return_y : bool, default False
        Return the labels as well.

    Returns
    -------
    X : uint8 array of shape (1797, size, size)
        White strokes on black.
    y : int64 array of shape (1797,)
        0 to 9; only with `return_y=True`.

    Raises
    ------
    ParameterError
        `size` is not an integer from 8 to 256.

    References
    ----------
    E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998.

    Examples
    --------
    >>> from ganvas.data import load_digits
    >>> load_digits().shape
    (1797, 16, 16)
    """
    from sklearn.datasets import load_digits as sklearn_digits

    size = integer("size", size, 8, 256)
    digits = sklearn_digits()
    pixels = np.rint(digits.images * (255 / _INK)).astype(np.uint8)
    inner = round(0.75 * size)
    before = (size - inner) // 2
    after = size - inner - before
    X = np.pad(resize(pixels, inner), [(0, 0), (before, after), (before, after)])
    return (X, digits.target.astype(np.int64)) if return_y else X
