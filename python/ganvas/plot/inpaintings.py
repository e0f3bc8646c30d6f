"""Known parts of samples, and completed samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..exceptions import DtypeError, ShapeError
from ._sheet import SMALL, TEXT, rows_or_images, strips
from ._style import SKY
from ._table import table
from ._values import finite, rgba
from .pairs import reconstructions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WORDS = ("known", "completed", "truth")


def inpainting(
    images: ArrayLike, known: ArrayLike, completed: ArrayLike, truth: ArrayLike | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the known parts of samples above the completed samples.

    Images are drawn in two rows, with a third one for the truth; unknown pixels are blue. Rows of numbers become
    a table in which completed values are coloured, or, with the truth, are drawn beside it as by `reconstructions`.

    Parameters
    ----------
    images : array-like of shape (n, h, w), (n, h, w, c), (n, c, h, w) or (n, d)
        The samples: images as for `grid`, or rows of numbers. Unknown values are not drawn, but must be finite.
    known : array-like of bool, shape (n, h, w) or (n, d)
        True where a pixel or a value is known.
    completed : array-like, of the shape of `images`
        The completed samples.
    truth : array-like, of the shape of `images`, or None, default None
        The whole samples.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError
        `images` has another shape or is empty, or the shape of another array does not match.
    DtypeError
        `known` does not contain booleans, or another array no real numbers.
    DataError
        A value is not finite.

    Examples
    --------
    >>> from ganvas import data, plot
    >>> X = data.load_digits()[:8]
    >>> known = X >= 0
    >>> known[:, 8:] = False
    >>> ax = plot.inpainting(X, known, X // 64 * 64, truth=X)
    """
    given = {"images": rows_or_images("images", images), "completed": finite("completed", completed)}
    if truth is not None:
        given["truth"] = finite("truth", truth)
    shape, marks = given["images"].shape, np.asarray(known)
    for name, array in given.items():
        if array.shape != shape:
            raise ShapeError(f"{name}: expected {shape} like images, got {array.shape}")
    if marks.dtype.kind != "b":
        raise DtypeError(f"known: expected booleans, got {marks.dtype}")
    pixels = None if len(shape) == 2 else rgba(np.concatenate(list(given.values())))
    wanted = shape if pixels is None else (shape[0], *pixels.shape[1:3])
    if marks.shape != wanted:
        raise ShapeError(f"known: expected {wanted}, got {marks.shape}")
    if pixels is None:
        if truth is not None:
            return reconstructions(given["truth"], given["completed"], ax)
        names = [str(name) for name in getattr(images, "columns", range(shape[1]))]
        ax = table(given["completed"], (~marks).astype(float), ("Blues", 0, 3), (names, (), ""), ax)
        ax.set_xlabel("blue: completed", fontsize=SMALL, color=TEXT)
        return ax
    from matplotlib.colors import to_rgba

    rows = np.split(pixels, len(given))
    rows[0][~marks] = np.rint(np.array(to_rgba(SKY)) * 255).astype(np.uint8)
    return strips(rows, _WORDS[: len(rows)], (), "blue: unknown", ax)
