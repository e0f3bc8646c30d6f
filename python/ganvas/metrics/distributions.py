"""Distances between two distributions, estimated from samples."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike

from .._checks import integer
from ..data._generator import RandomState, generator
from ..exceptions import DataError
from ._checks import Floats, positive, same_features
from ._distances import blocks, centred, spans, within

# Yields rows of x and the values of a kernel for these rows and all rows of y.
_Kernel = Callable[[Floats, Floats], Iterator[tuple[slice, Floats]]]
# Maximum number of samples, of both sets together, from which the median distance is taken.
_MEDIAN = 2_000


def frechet_distance(x: ArrayLike, y: ArrayLike) -> float:
    """Fréchet distance between Gaussians fitted to two sets of samples.

    The squared distance of the means plus the trace of S + T - 2 (S T)^(1/2), where S and T are the covariances. With
    features of an Inception network this is the Fréchet inception distance (FID). The estimate is biased upwards, the
    more so the fewer samples there are: compare values of the same number of samples only, and use more samples than
    features.

    Parameters
    ----------
    x, y : array-like of shape (n, ...) and (m, ...)
        At least 2 samples each, or their features. Samples are flattened; bytes (uint8) are divided by 255.

    Returns
    -------
    float
        At least 0; lower is closer. It is a squared distance, in squared units of the features.

    Raises
    ------
    ShapeError, DtypeError, DataError
        The samples have different shapes, are too few, not numbers or not finite.

    References
    ----------
    M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler and S. Hochreiter, "GANs Trained by a Two Time-Scale Update Rule
    Converge to a Local Nash Equilibrium", NeurIPS 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from ganvas.metrics import frechet_distance
    >>> x = np.random.default_rng(0).standard_normal((1000, 3))
    >>> round(frechet_distance(x, x + 2), 6)
    12.0
    """
    rows, others = same_features(2, x=x, y=y)
    shift = rows.mean(axis=0) - others.mean(axis=0)
    root, other_root = _root(rows), _root(others)
    # The trace of (S T)^(1/2) is the sum of the singular values of S^(1/2) T^(1/2). Unlike the square roots of the
    # eigenvalues of S T, these have the precision of the covariances where they are singular.
    common = np.linalg.svd(root @ other_root, compute_uv=False).sum()
    return max(0.0, float(shift @ shift + np.sum(root**2) + np.sum(other_root**2) - 2 * common))


def kernel_distance(
    x: ArrayLike,
    y: ArrayLike,
    subsets: int | None = None,
    subset_size: int | None = None,
    random_state: RandomState = 0,
) -> float:
    """Maximum mean discrepancy with a cubic kernel.

    The unbiased estimate of the squared discrepancy for the kernel (a . b / d + 1)^3 of vectors of d features. With
    features of an Inception network this is the kernel inception distance (KID). Its expectation does not depend on the
    number of samples, but it does on the scale of the features.

    Parameters
    ----------
    x, y : array-like of shape (n, ...) and (m, ...)
        At least 2 samples each, or their features. Samples are flattened; bytes (uint8) are divided by 255.
    subsets : int or None, default None
        Number of random subsets over which the estimate is averaged, as in the paper. None uses all samples at once.
    subset_size : int or None, default None
        Samples in a subset, drawn without replacement. None: 1,000, or all samples if there are fewer. No effect
        without `subsets`.
    random_state : int, numpy Generator or RandomState, or None, default 0
        Random state of the subsets.

    Returns
    -------
    float
        Lower is closer; 0 on average for equal distributions, so that an estimate may be negative.

    Raises
    ------
    ShapeError, DtypeError, DataError
        The samples have different shapes, are too few, not numbers or not finite.
    ParameterError
        A parameter is out of range.

    References
    ----------
    M. Bińkowski, D. J. Sutherland, M. Arbel and A. Gretton, "Demystifying MMD GANs", ICLR 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from ganvas.metrics import kernel_distance
    >>> x = np.random.default_rng(0).standard_normal((1000, 3))
    >>> abs(kernel_distance(x[:500], x[500:])) < 0.05 < kernel_distance(x[:500], x[500:] + 1)
    True
    """
    rows, others = same_features(2, x=x, y=y)
    smallest = min(len(rows), len(others))
    size = min(1_000, smallest) if subset_size is None else integer("subset_size", subset_size, 2, smallest)
    rng = generator(random_state)
    if subsets is None:
        return _discrepancy(rows, others, _cubic)
    values = []
    for _ in range(integer("subsets", subsets, 1)):
        a, b = (samples[rng.choice(len(samples), size, replace=False)] for samples in (rows, others))
        values.append(_discrepancy(a, b, _cubic))
    return float(np.mean(values))


def mmd(x: ArrayLike, y: ArrayLike, bandwidth: float | None = None) -> float:
    """Maximum mean discrepancy with a Gaussian kernel.

    The unbiased estimate of the squared discrepancy for the kernel exp(-|a - b|^2 / (2 bandwidth^2)).

    Parameters
    ----------
    x, y : array-like of shape (n, ...) and (m, ...)
        At least 2 samples each, or their features. Samples are flattened; bytes (uint8) are divided by 255.
    bandwidth : float or None, default None
        Width of the kernel, in units of the features. None: the median distance between two samples of either set, of
        at most 1,000 evenly spaced samples of each. Values for different bandwidths are not comparable.

    Returns
    -------
    float
        At most 2, and lower is closer; 0 on average for equal distributions, so that an estimate may be negative.

    Raises
    ------
    ShapeError, DtypeError, DataError
        The samples have different shapes, are too few, not numbers or not finite; or their median distance is 0.
    ParameterError
        The bandwidth is not positive.

    References
    ----------
    A. Gretton, K. M. Borgwardt, M. J. Rasch, B. Schölkopf and A. Smola, "A Kernel Two-Sample Test", Journal of Machine
    Learning Research, 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from ganvas.metrics import mmd
    >>> x = np.random.default_rng(0).standard_normal((1000, 3))
    >>> abs(mmd(x[:500], x[500:])) < 0.01 < mmd(x[:500], x[500:] + 1)
    True
    """
    rows, others = centred(*same_features(2, x=x, y=y))
    width = _median_distance(rows, others) if bandwidth is None else positive("bandwidth", bandwidth)

    def gaussian(a: Floats, b: Floats) -> Iterator[tuple[slice, Floats]]:
        return ((part, np.exp(squared / (-2 * width**2))) for part, squared in blocks(a, b))

    return _discrepancy(rows, others, gaussian)


def sliced_wasserstein(x: ArrayLike, y: ArrayLike, projections: int = 256, random_state: RandomState = 0) -> float:
    """Wasserstein distance of random one-dimensional projections.

    The square root of the mean squared 2-Wasserstein distance over random directions. Each is exact for the samples,
    also if the two sets have different sizes.

    Parameters
    ----------
    x, y : array-like of shape (n, ...) and (m, ...)
        Samples or their features. Samples are flattened; bytes (uint8) are divided by 255.
    projections : int, default 256
        Number of directions, at least 1.
    random_state : int, numpy Generator or RandomState, or None, default 0
        Random state of the directions.

    Returns
    -------
    float
        At least 0, in units of the features; lower is closer.

    Raises
    ------
    ShapeError, DtypeError, DataError
        The samples have different shapes, are not numbers or not finite.
    ParameterError
        A parameter is out of range.

    References
    ----------
    N. Bonneel, J. Rabin, G. Peyré and H. Pfister, "Sliced and Radon Wasserstein Barycenters of Measures", Journal of
    Mathematical Imaging and Vision, 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from ganvas.metrics import sliced_wasserstein
    >>> x = np.random.default_rng(0).standard_normal((1000, 1))
    >>> round(sliced_wasserstein(x, x + 2), 6)
    2.0
    """
    rows, others = same_features(1, x=x, y=y)
    directions = generator(random_state).standard_normal((rows.shape[1], integer("projections", projections, 1)))
    directions /= np.linalg.norm(directions, axis=0)
    # In units of 1 / (n m): the ends of the intervals of probability in which both quantile functions are constant.
    n, m = len(rows), len(others)
    ends = np.union1d(np.arange(1, n + 1) * m, np.arange(1, m + 1) * n)
    lengths = np.diff(ends, prepend=0) / (n * m)
    total = 0.0
    for part in spans(directions.shape[1], n + m):
        a, b = (np.sort(points @ directions[:, part], axis=0) for points in (rows, others))
        total += float(lengths @ np.square(a[(ends - 1) // m] - b[(ends - 1) // n]).sum(axis=1))
    return float(np.sqrt(total / directions.shape[1]))


def _root(rows: Floats) -> Floats:
    """Return the symmetric square root of the covariance."""
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(rows, rowvar=False)))
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def _cubic(x: Floats, y: Floats) -> Iterator[tuple[slice, Floats]]:
    for rows in spans(len(x), len(y)):
        values = x[rows] @ y.T / x.shape[1] + 1
        yield rows, values * values * values


def _discrepancy(x: Floats, y: Floats, kernel: _Kernel) -> float:
    """Return the unbiased estimate of the squared maximum mean discrepancy."""
    across = sum(float(values.sum()) for _, values in kernel(x, y))
    return _inside(x, kernel) + _inside(y, kernel) - 2 * across / (len(x) * len(y))


def _inside(x: Floats, kernel: _Kernel) -> float:
    """Return the mean of the kernel over pairs of different rows."""
    total = sum(float(values.sum() - values[:, rows].trace()) for rows, values in kernel(x, x))
    return total / (len(x) * (len(x) - 1))


def _median_distance(x: Floats, y: Floats) -> float:
    some = [a[np.linspace(0, len(a) - 1, min(len(a), _MEDIAN // 2)).astype(np.int64)] for a in (x, y)]
    squared = np.concatenate([block[np.isfinite(block)] for _, block in within(np.concatenate(some))])
    median = float(np.median(np.sqrt(squared)))
    if median == 0:
        raise DataError("bandwidth: expected a number, because the median distance between samples is 0, got None")
    return median
