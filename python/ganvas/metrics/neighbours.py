"""Quality and coverage by nearest neighbours."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ._checks import neighbours, same_features
from ._distances import TIE, blocks, centred, kth


class PrecisionRecall(NamedTuple):
    """Precision and recall of generated samples.

    Parameters
    ----------
    precision : float
        Share of generated samples that lie among the real ones, 0 to 1.
    recall : float
        Share of real samples that lie among the generated ones, 0 to 1.
    """

    precision: float
    recall: float


class DensityCoverage(NamedTuple):
    """Density and coverage of generated samples.

    Parameters
    ----------
    density : float
        Mean number of balls of real samples that contain a generated one, over its expectation for equal distributions;
        at least 0, and about 1 for equal distributions.
    coverage : float
        Share of real samples whose ball contains a generated one, 0 to 1.
    """

    density: float
    coverage: float


def precision_recall(real: ArrayLike, generated: ArrayLike, k: int = 3) -> PrecisionRecall:
    """Improved precision and recall of generated samples.

    A sample lies among others if its distance to one of them is at most the distance of this one to its k-th nearest
    neighbour. Single outliers enlarge the result; `density_coverage` is less sensitive to them. Both are computed in
    blocks, so that memory grows with the number of samples and not with its square.

    Parameters
    ----------
    real : array-like of shape (n, ...)
        More than k samples, or their features. Samples are flattened; bytes (uint8) are divided by 255.
    generated : array-like of shape (m, ...)
        More than k samples of the same shape, best as many as real ones.
    k : int, default 3
        Number of the neighbour that defines the distance, at least 1; a sample is not its own neighbour.

    Returns
    -------
    PrecisionRecall
        The named tuple ``(precision, recall)``; higher is better. Low precision means that samples are unlike the data,
        low recall that parts of the data are not generated.

    Raises
    ------
    ShapeError, DtypeError, DataError
        The samples have different shapes, are not numbers or not finite.
    ParameterError
        `k` is out of range, or there are too few samples for it.

    References
    ----------
    T. Kynkäänniemi, T. Karras, S. Laine, J. Lehtinen and T. Aila, "Improved Precision and Recall Metric for Assessing
    Generative Models", NeurIPS 2019.

    Examples
    --------
    >>> import ganvas
    >>> from ganvas.metrics import precision_recall
    >>> X, y = ganvas.data.load_digits(return_y=True)
    >>> precision_recall(X[:400], X[:400])
    PrecisionRecall(precision=1.0, recall=1.0)
    >>> precision, recall = precision_recall(X[:400], X[400:][y[400:] < 5][:400])
    >>> recall < precision
    True
    """
    data, samples = centred(*same_features(1, real=real, generated=generated))
    k = neighbours(k, real=data, generated=samples)
    reach, sample_reach = kth(data, k) * (1 + TIE), kth(samples, k) * (1 + TIE)
    precise, recalled = np.zeros(len(samples), np.bool_), np.zeros(len(data), np.bool_)
    for rows, squared in blocks(data, samples):
        precise |= (squared <= reach[rows, None]).any(axis=0)
        recalled[rows] = (squared <= sample_reach).any(axis=1)
    return PrecisionRecall(float(precise.mean()), float(recalled.mean()))


def density_coverage(real: ArrayLike, generated: ArrayLike, k: int = 5) -> DensityCoverage:
    """Density and coverage of generated samples.

    Each real sample has a ball up to its k-th nearest real neighbour, which is not inside. Density counts the balls
    that contain a generated sample, so that outliers among the real samples change it little; coverage is the share of
    balls that contain any.

    Parameters
    ----------
    real : array-like of shape (n, ...)
        More than k samples, or their features. Samples are flattened; bytes (uint8) are divided by 255.
    generated : array-like of shape (m, ...)
        Samples of the same shape.
    k : int, default 5
        Number of the neighbour that defines the ball, at least 1; a sample is not its own neighbour.

    Returns
    -------
    DensityCoverage
        The named tuple ``(density, coverage)``. Higher is better; density exceeds 1 if samples concentrate where the
        data are dense. For equal distributions the expectation of density is 1, and that of coverage approaches
        1 - 2^-k if there are as many samples as data.

    Raises
    ------
    ShapeError, DtypeError, DataError
        The samples have different shapes, are not numbers or not finite.
    ParameterError
        `k` is out of range, or there are too few samples for it.

    References
    ----------
    M. F. Naeem, S. J. Oh, Y. Uh, Y. Choi and J. Yoo, "Reliable Fidelity and Diversity Metrics for Generative Models",
    ICML 2020.

    Examples
    --------
    >>> import ganvas
    >>> from ganvas.metrics import density_coverage
    >>> X = ganvas.data.load_digits()
    >>> density_coverage(X[:400], X[:400])
    DensityCoverage(density=1.0, coverage=1.0)
    >>> density, coverage = density_coverage(X[:400], X[400:405])
    >>> coverage < 0.2
    True
    """
    data, samples = centred(*same_features(1, real=real, generated=generated))
    k = neighbours(k, real=data)
    # The k-th neighbour is outside, and rounding must not move it in; the centre of a ball of radius 0 is outside, too.
    reach = kth(data, k) * (1 - TIE)
    inside, covered = 0, np.zeros(len(data), np.bool_)
    for rows, squared in blocks(data, samples):
        near = squared < reach[rows, None]
        inside += int(np.count_nonzero(near))
        covered[rows] = near.any(axis=1)
    return DensityCoverage(inside / (k * len(samples)), float(covered.mean()))
