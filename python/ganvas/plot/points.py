"""Points in the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..exceptions import ShapeError
from ._checks import real
from ._style import BLUE, GREY, legend, new_axes, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAX_IN_LEGEND = 20


def scatter2d(
    points: ArrayLike, reference: ArrayLike | None = None, ax: Axes | None = None, labels: ArrayLike | None = None
) -> Axes:
    """Draw points in the plane, optionally over reference points.

    Parameters
    ----------
    points : array-like of shape (n, 2)
        The points, such as samples of a model or latents of images.
    reference : array-like of shape (m, 2) or None, default None
        Reference points, drawn in grey below.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.
    labels : array-like of shape (n,) or None, default None
        Class of each point; each class has a colour and, for up to 20 classes, a legend entry.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError
        `points` or `reference` is not (n, 2), or `labels` not (n,).
    DtypeError
        `points` or `reference` does not contain real numbers.

    Examples
    --------
    >>> from ganvas import data, plot
    >>> ax = plot.scatter2d(data.ring(1000, random_state=0))
    """
    xy = _plane("points", points)
    below = None if reference is None else _plane("reference", reference)
    classes = None if labels is None else np.asarray(labels)
    if classes is not None and classes.shape != (len(xy),):
        raise ShapeError(f"labels: expected ({len(xy)},), one for each point, got {classes.shape}")
    if ax is None:
        ax = new_axes(5.0, 5.0)
    quiet(ax)
    ax.set_aspect("equal")
    if below is not None:
        _dots(ax, below, GREY, "reference")
    if classes is None:
        _dots(ax, xy, BLUE, "points")
    else:
        names = np.unique(classes)
        for name, colour in zip(names, _colours(len(names)), strict=True):
            _dots(ax, xy[classes == name], colour, str(name), of=len(xy))
    if 1 < len(ax.collections) <= _MAX_IN_LEGEND:
        for handle in legend(ax, columns=5).legend_handles:
            if handle is not None:
                handle.set(sizes=[30], alpha=1)
    return ax


def _plane(name: str, points: ArrayLike) -> NDArray[Any]:
    xy = real(name, points)
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise ShapeError(f"{name}: expected (n, 2), got {xy.shape}")
    return xy


def _dots(ax: Axes, xy: NDArray[Any], colour: Any, label: str, of: int | None = None) -> None:
    """Draw dots whose size and opacity decrease with their number."""
    crowd = np.sqrt(max(of or len(xy), 1))
    size, alpha = np.clip(300 / crowd, 2.5, 25), np.clip(30 / crowd, 0.15, 0.9)
    ax.scatter(xy[:, 0], xy[:, 1], s=size, color=colour, alpha=alpha, linewidths=0, rasterized=True, label=label)


def _colours(n: int) -> NDArray[np.float64]:
    import matplotlib

    if n <= 10:
        return matplotlib.colormaps["tab10"](np.arange(n))
    return matplotlib.colormaps["turbo"](np.linspace(0, 1, n))
