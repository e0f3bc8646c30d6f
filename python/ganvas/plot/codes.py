"""Positions of data in a latent space."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..exceptions import DtypeError, ShapeError
from ._style import BLUE, GREY, legend, new_axes, quiet
from ._values import finite
from .points import _MAX_IN_LEGEND, _colours, _dots

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class _Classes:
    """Classes: names and colours, and the class index of each point."""

    names: list[str]
    colours: NDArray[np.float64]
    member: NDArray[np.intp]


def latent(points: ArrayLike, y: ArrayLike | None = None, ax: Axes | None = None) -> Axes:
    """Draw points of a latent space, coloured by labels or values.

    Two dimensions are drawn as they are, one as a histogram, more by their first two principal components, with the
    fraction of the variance that each explains.

    Parameters
    ----------
    points : array-like of shape (n, d)
        Latents, such as the means of an encoder.
    y : array-like of shape (n,) or None, default None
        Strings, bools and up to 20 different integers are classes, each with a colour and, for up to 20 classes, a
        name. Other numbers are a quantity: shown by a colour bar, or as the height of one-dimensional points.
    ax : matplotlib Axes or None, default None
        Axes to draw on; None creates a figure.

    Returns
    -------
    ax : matplotlib Axes

    Raises
    ------
    ShapeError
        `points` is not (n, d) or is empty, or `y` is not (n,).
    DtypeError
        `points` does not contain real numbers, or `y` neither real numbers nor strings.
    DataError
        A value is not finite.

    Examples
    --------
    >>> from ganvas import data, plot
    >>> X, y = data.load_digits(return_y=True)
    >>> ax = plot.latent(X.reshape(len(X), -1), y)
    """
    z = finite("points", points).astype(float)
    if z.ndim != 2 or z.size == 0:
        raise ShapeError(f"points: expected (n, d), got {z.shape}")
    known = None if y is None else _known(y, len(z))
    one = z.shape[1] == 1
    xy, words = (z, ("latent 0", "")) if one else _plane(z)
    if ax is None:
        wide = isinstance(known, np.ndarray) and not one
        ax = new_axes(*((6.0, 4.0) if one else (5.9 if wide else 5.2, 5.0)))
    quiet(ax)
    ax.set_xlabel(words[0])
    if not one:
        ax.set_ylabel(words[1])
        # The axes fill the plot, unless shared axes would change.
        shared = any(len(axes.get_siblings(ax)) > 1 for axes in (ax.get_shared_x_axes(), ax.get_shared_y_axes()))
        ax.set_aspect("equal", adjustable="box" if shared else "datalim")
        _scatter(ax, xy, known)
    elif isinstance(known, np.ndarray):
        ax.set_ylabel("y")
        _dots(ax, np.column_stack([z, known]), BLUE, "points")
    else:
        _ridges(ax, z[:, 0], known)
    return ax


def _plane(z: NDArray[np.float64]) -> tuple[NDArray[np.float64], tuple[str, str]]:
    """Return coordinates in the plane and the labels of the axes."""
    if z.shape[1] == 2:
        return z, ("latent 0", "latent 1")
    if not np.ptp(z, axis=0).any():
        return np.zeros((len(z), 2)), ("PC 1", "PC 2")
    from sklearn.decomposition import PCA

    pca = PCA(2, random_state=0)
    xy = pca.fit_transform(z)
    first, second = (f"PC {i} ({share:.0%} of variance)" for i, share in enumerate(pca.explained_variance_ratio_, 1))
    return xy, (first, second)


def _known(y: ArrayLike, n: int) -> _Classes | NDArray[np.float64]:
    """Distinguish classes from quantities."""
    values = np.asarray(y)
    if values.shape != (n,):
        raise ShapeError(f"y: expected ({n},), one for each point, got {values.shape}")
    if values.dtype.kind == "O" and all(isinstance(value, numbers.Real) for value in values):
        values = np.array(values.tolist())
    if values.dtype.kind not in "buifUO":
        raise DtypeError(f"y: expected numbers or strings, got {values.dtype.type.__name__.rstrip('_')}")
    if values.dtype.kind == "f":
        finite("y", values)
    try:
        distinct, member = np.unique(values, return_inverse=True)
    except TypeError:
        raise DtypeError("y: expected numbers or strings, got a mixture of things that cannot be sorted") from None
    if values.dtype.kind in "uif" and (len(distinct) > _MAX_IN_LEGEND or (distinct != np.round(distinct)).any()):
        return values.astype(float)
    # Integers are named without a decimal point, also if they are floats.
    names = [str(int(name) if values.dtype.kind == "f" else name) for name in distinct]
    return _Classes(names, _palette(len(distinct)), member)


def _palette(n: int) -> NDArray[np.float64]:
    """Return ten strong colours, then ten light ones, then a rainbow for more."""
    import matplotlib

    if 10 < n <= 20:
        strong_and_light = matplotlib.colormaps["tab20"](np.arange(20))
        return np.concatenate([strong_and_light[::2], strong_and_light[1::2]])[:n]
    return _colours(n)


def _scatter(ax: Axes, xy: NDArray[np.float64], known: _Classes | NDArray[np.float64] | None) -> None:
    # In random order, so that no class systematically hides another.
    order = np.random.default_rng(0).permutation(len(xy))
    if known is None:
        _dots(ax, xy, BLUE, "points")
    elif isinstance(known, _Classes):
        _dots(ax, xy[order], known.colours[known.member[order]], "_points")
        _name(ax, known)
    else:
        _dots(ax, xy[order], _bar(ax, known)[order], "_points")


def _name(ax: Axes, known: _Classes) -> None:
    if len(known.names) > _MAX_IN_LEGEND:
        return
    for name, colour in zip(known.names, known.colours, strict=True):
        ax.scatter([], [], s=30, color=[colour], linewidths=0, label=name)
    # As many columns as fit, approximately, with nearly equal lengths. All but the last are followed by a gap.
    inches = ax.get_window_extent().width / ax.figure.dpi + 0.28
    fitting = max(1, int(inches / (0.55 + 0.09 * max(map(len, known.names)))))
    rows = -(-len(known.names) // fitting)
    legend(ax, columns=-(-len(known.names) // rows))


def _bar(ax: Axes, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draw a colour bar and return the colour of each value."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    scale = ScalarMappable(Normalize(values.min(), values.max()), "viridis")
    bar: Any = ax.figure.colorbar(scale, ax=ax, label="y", shrink=0.8, aspect=30, pad=0.02)
    bar.outline.set_visible(False)
    bar.ax.tick_params(color=GREY)
    return np.asarray(scale.to_rgba(values))


def _ridges(ax: Axes, z: NDArray[np.float64], known: _Classes | None) -> None:
    """Draw one histogram per class, stacked vertically, or one for all."""
    each = len(z) / (1 if known is None else len(known.names))
    edges = np.histogram_bin_edges(z, bins=int(np.clip(2 * np.sqrt(each), 10, 60)))
    if known is None:
        ax.stairs(np.histogram(z, edges)[0], edges, fill=True, color=BLUE, alpha=0.85)
        ax.set_ylabel("points")
        return
    classes = len(known.names)
    parts = [z[known.member == i] for i in range(classes)]
    heights = np.stack([np.histogram(part, edges)[0] / len(part) for part in parts])
    heights *= 1.4 / heights.max()
    for i in range(classes):
        base = classes - 1 - i
        ax.stairs(base + heights[i], edges, baseline=base, fill=True, color=known.colours[i], alpha=0.75, zorder=2 + i)
        ax.stairs(base + heights[i], edges, baseline=None, color=known.colours[i], linewidth=0.9, zorder=2 + i)
    shown = range(0, classes, -(-classes // _MAX_IN_LEGEND))
    ax.set_yticks([classes - 1 - i for i in shown], [known.names[i] for i in shown])
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
