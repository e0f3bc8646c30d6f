"""Variety of samples, and modes that they cover."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import integer
from ..data._generator import RandomState, generator
from ..exceptions import DataError, ParameterError
from ._checks import Floats, features, positive, same_features
from ._distances import blocks, centred, kth, mean_distance, nearest


class Diversity(NamedTuple):
    """Variety of samples.

    Parameters
    ----------
    distance : float
        Mean distance between two samples, in units of the features.
    vendi : float
        Vendi score: effective number of different samples, 1 to their number.
    distance_ratio : float
        `distance` over that of the data; NaN without data.
    vendi_ratio : float
        `vendi` over that of the data; NaN without data.
    """

    distance: float
    vendi: float
    distance_ratio: float
    vendi_ratio: float


class ModeHistogram(NamedTuple):
    """Samples of each mode of a distribution.

    Parameters
    ----------
    counts : int64 array of shape (k,)
        Number of samples of high quality that are nearest to each mode.
    high_quality : float
        Share of samples within the radius of the nearest mode, 0 to 1.
    found : int
        Number of modes with at least one sample of high quality.
    kl : float
        Kullback-Leibler divergence of the histogram from the uniform one, in nats, 0 to log k; infinite without samples
        of high quality.
    """

    counts: NDArray[np.int64]
    high_quality: float
    found: int
    kl: float


def diversity(
    x: ArrayLike, data: ArrayLike | None = None, subsample: int = 1_000, random_state: RandomState = 0
) -> Diversity:
    """Mean pairwise distance and Vendi score of samples.

    The Vendi score is the exponential of the entropy of the eigenvalues of K / n, where K is a kernel matrix. The
    kernel is Gaussian, and its width is the mean distance between two samples of the data, or of x without data. A
    width of 0 gives the score 1. Both measures say nothing of quality: noise is diverse.

    Parameters
    ----------
    x : array-like of shape (n, ...)
        At least 2 samples, or their features. Samples are flattened; bytes (uint8) are divided by 255.
    data : array-like of shape (m, ...) or None, default None
        At least 2 samples of the same shape that x is compared with.
    subsample : int, default 1000
        Maximum number of samples that are used, at least 2, drawn without replacement. As the Vendi score grows with
        the number of samples, the same number of x and of data is used. Memory grows with its square.
    random_state : int, numpy Generator or RandomState, or None, default 0
        Random state of the subsample.

    Returns
    -------
    Diversity
        The named tuple ``(distance, vendi, distance_ratio, vendi_ratio)``. Ratios are about 1 for equal distributions,
        and lower if samples repeat each other.

    Raises
    ------
    ShapeError, DtypeError, DataError
        The samples have different shapes, are too few, not numbers or not finite; or the data are all equal.
    ParameterError
        A parameter is out of range.

    References
    ----------
    D. Friedman and A. B. Dieng, "The Vendi Score: A Diversity Evaluation Metric for Machine Learning", Transactions on
    Machine Learning Research, 2023.

    Examples
    --------
    >>> import ganvas
    >>> from ganvas.metrics import diversity
    >>> X = ganvas.data.load_digits()
    >>> diversity(X[:500].repeat(2, axis=0)[:500], X[:500]).vendi_ratio < 1
    True
    """
    most, rng = integer("subsample", subsample, 2), generator(random_state)
    if data is None:
        (rows,) = _drawn([features("x", x, 2)], most, rng)
        distance = mean_distance(rows)
        return Diversity(distance, _vendi(rows, distance), np.nan, np.nan)
    rows, others = _drawn(same_features(2, x=x, data=data), most, rng)
    distance, width = mean_distance(rows), mean_distance(others)
    if width == 0:
        raise DataError(f"data: expected samples that differ, got {len(others)} equal ones")
    vendi = _vendi(rows, width)
    return Diversity(distance, vendi, distance / width, vendi / _vendi(others, width))


def mode_histogram(samples: ArrayLike, modes: ArrayLike, radius: float | None = None) -> ModeHistogram:
    """Histogram of samples over the known modes of a distribution.

    Each sample belongs to the nearest mode, and is of high quality if it is within the radius of it. In the literature
    the radius is 3 standard deviations of a mode, or 4.

    Parameters
    ----------
    samples : array-like of shape (n, ...)
        Samples or their features. Samples are flattened; bytes (uint8) are divided by 255.
    modes : array-like of shape (k, ...)
        Centres of the modes, all different, of the shape of a sample.
    radius : float or None, default None
        Largest distance of a sample of high quality, in units of the features. None: half of the smallest distance
        between two modes.

    Returns
    -------
    ModeHistogram
        The named tuple ``(counts, high_quality, found, kl)``; `kl` is lower for more even histograms.

    Raises
    ------
    ShapeError, DtypeError, DataError
        Samples and modes have different shapes, are not numbers or not finite; or modes are equal.
    ParameterError
        The radius is not positive, or None for a single mode.

    References
    ----------
    A. Srivastava, L. Valkov, C. Russell, M. U. Gutmann and C. Sutton, "VEEGAN: Reducing Mode Collapse in GANs using
    Implicit Variational Learning", NeurIPS 2017.

    Z. Lin, A. Khetan, G. Fanti and S. Oh, "PacGAN: The power of two samples in generative adversarial networks",
    NeurIPS 2018.

    Examples
    --------
    >>> import numpy as np
    >>> import ganvas
    >>> from ganvas.metrics import mode_histogram
    >>> angles = np.arange(8) * np.pi / 4
    >>> modes = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    >>> result = mode_histogram(ganvas.data.ring(2500, random_state=0), modes, radius=3 * 0.01)
    >>> result.found, result.high_quality > 0.97, result.kl < 0.01
    (8, True, True)
    """
    points, centres = same_features(1, samples=samples, modes=modes)
    k = len(centres)
    gap = float(np.sqrt(kth(centred(centres)[0], 1).min())) if k > 1 else np.inf
    if gap == 0:
        raise DataError("modes: expected modes that differ, got equal ones")
    if radius is None and k == 1:
        raise ParameterError("radius: expected a number for a single mode, got None")
    reach = gap / 2 if radius is None else positive("radius", radius)
    mode, distance = nearest(points, centres)
    good = distance <= reach
    counts = np.bincount(mode[good], minlength=k).astype(np.int64)
    shares = counts[counts > 0] / max(1, counts.sum())
    kl = float(shares @ np.log(shares * k)) if len(shares) else np.inf
    return ModeHistogram(counts, float(good.mean()), len(shares), max(0.0, kl))


def _drawn(sets: list[Floats], most: int, rng: np.random.Generator) -> list[Floats]:
    """Draw the same number of rows, at most `most`, of each set."""
    size = min(most, *map(len, sets))
    return [rows if len(rows) == size else rows[rng.choice(len(rows), size, replace=False)] for rows in sets]


def _vendi(rows: Floats, width: float) -> float:
    if width == 0:
        return 1.0
    (rows,) = centred(rows)
    kernel = np.concatenate([np.exp(squared / (-2 * width**2)) for _, squared in blocks(rows, rows)])
    values = np.linalg.eigvalsh(kernel / len(rows))
    values = values[values > 0]
    return float(np.exp(-values @ np.log(values)))
