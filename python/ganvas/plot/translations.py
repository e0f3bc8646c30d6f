"""Pictures beside their translations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..exceptions import ShapeError
from ._sheet import strips
from ._values import finite, rgba

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_WORDS = ("input", "output", "truth", "difference")


def translations(
    images: ArrayLike, translated: ArrayLike, truth: ArrayLike | None = None, ax: Axes | None = None
) -> Axes:
    """Draw pictures above their translations.

    With the truth, a third row shows it, and a fourth one the absolute difference of translation and truth, from
    black, none, to white, the whole range.

    Parameters
    ----------
    images : array-like of shape (n, h, w) or (n, h, w, c)
        The pictures, as for `grid`. Smaller ones are enlarged without interpolation.
    translated : array-like of shape (n, h, w) or (n, h, w, c)
        Their translations.
    truth : array-like, of the shape of `translated`, or None, default None
        What they should be.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError
        The numbers of pictures differ, a side is no multiple of that of the input, or the truth has another shape.
    DtypeError
        An array contains no real numbers.
    DataError
        A value is not finite.

    Examples
    --------
    >>> from ganvas import data, plot
    >>> X = data.load_digits()[:8]
    >>> ax = plot.translations(X[:, ::2, ::2], X // 64 * 64, X)
    """
    shown, made = finite("images", images), finite("translated", translated)
    if len(shown) != len(made) or shown.ndim not in (3, 4) or made.ndim not in (3, 4):
        raise ShapeError(f"translated: expected {len(shown)} pictures like images, got {made.shape}")
    rows = [_enlarged(rgba(shown), made.shape[1:3]), rgba(made)]
    if truth is not None:
        wanted = finite("truth", truth)
        if wanted.shape != made.shape:
            raise ShapeError(f"truth: expected {made.shape} like translated, got {wanted.shape}")
        both = rgba(np.concatenate([made, wanted]))
        rows[1:] = np.split(both, 2)
        apart = np.abs(both[: len(made), ..., :3].astype(np.int16) - both[len(made) :, ..., :3])
        difference = both[: len(made)].copy()
        difference[..., :3], difference[..., 3] = apart.astype(np.uint8), 255
        rows.append(difference)
    return strips(rows, _WORDS[: len(rows)], (), "", ax)


def _enlarged(pictures: NDArray[np.uint8], sides: tuple[int, ...]) -> NDArray[np.uint8]:
    factors = [side // own for side, own in zip(sides, pictures.shape[1:3], strict=True)]
    if [own * factor for own, factor in zip(pictures.shape[1:3], factors, strict=True)] != list(sides):
        raise ShapeError(f"images: expected sides that divide {tuple(sides)}, got {pictures.shape[1:3]}")
    return pictures.repeat(factors[0], 1).repeat(factors[1], 2)
