"""Copies of training data among generated samples."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import integer
from ..data._generator import RandomState, generator
from ._checks import Floats, positive, same_features
from ._distances import nearest

# Significance level of the verdict.
_LEVEL = 0.01


class Memorisation(NamedTuple):
    """Evidence that generated samples repeat training data.

    Parameters
    ----------
    memorised : bool
        The verdict: True if `p_value` is at most 0.01.
    train_share : float
        Share of generated samples whose nearest neighbour among training and held-out data is a training sample; a tie
        counts one half.
    expected_share : float
        Share of training samples among both, which is the expectation of `train_share` for a model that has learnt the
        distribution and no samples.
    p_value : float
        Probability of a `train_share` at least this large if training and held-out data are exchanged at random.
    distance_ratio : float
        Median distance of generated samples to the nearest training sample, over that of held-out samples; NaN if the
        latter is 0. It is below 1 for copies, but also for blurred samples.
    copies : float
        Share of generated samples that equal a training sample.
    near_copies : float
        Share of generated samples whose distance to the nearest training sample is at most a threshold.
    held_out_near_copies : float
        The same share of held-out samples, which is the bar.
    duplicates : float
        Share of generated samples that equal an earlier one.
    pairs : int64 array of shape (m, 2)
        Indices of each generated sample and of its nearest training sample, the nearest pairs first.
    distances : float64 array of shape (m,)
        Distances of these pairs, increasing.
    held_out_distances : float64 array of shape (h,)
        Distances of the held-out samples to the nearest training sample, increasing.
    """

    memorised: bool
    train_share: float
    expected_share: float
    p_value: float
    distance_ratio: float
    copies: float
    near_copies: float
    held_out_near_copies: float
    duplicates: float
    pairs: NDArray[np.int64]
    distances: Floats
    held_out_distances: Floats


def memorisation(
    train: ArrayLike,
    generated: ArrayLike,
    held_out: ArrayLike,
    near: float = 0.5,
    permutations: int = 999,
    random_state: RandomState = 0,
) -> Memorisation:
    """Compare generated samples with training data and with held-out data.

    If a model has learnt the distribution of the training data and not the samples, training and held-out data are
    exchangeable: a generated sample is nearer to one or the other by chance. A permutation test of the share of
    generated samples that are nearest to a training sample gives the p value, and the verdict is that a model has
    memorised if this is at most 0.01. The test also holds for blurred samples, which are near to all data. A model
    without memory fails it in one case of a hundred; with few held-out samples, the test may overlook copies.

    Parameters
    ----------
    train : array-like of shape (n, ...)
        Training samples, or their features. Samples are flattened; bytes (uint8) are divided by 255.
    generated : array-like of shape (m, ...)
        Generated samples of the same shape.
    held_out : array-like of shape (h, ...)
        Samples of the same shape and distribution as the training data that the model has not seen.
    near : float, default 0.5
        Threshold of near copies, in units of the median distance of held-out samples to the nearest training sample.
    permutations : int, default 999
        Number of permutations, 99 to 1,000,000.
    random_state : int, numpy Generator or RandomState, or None, default 0
        Random state of the permutations.

    Returns
    -------
    Memorisation
        A named tuple of the verdict, the shares, the distances and the nearest pairs.

    Raises
    ------
    ShapeError, DtypeError, DataError
        The samples have different shapes, are not numbers or not finite.
    ParameterError
        A parameter is out of range.

    References
    ----------
    C. Meehan, K. Chaudhuri and S. Dasgupta, "A Non-Parametric Test to Detect Data-Copying in Generative Models",
    AISTATS 2020.

    Examples
    --------
    >>> import ganvas
    >>> from ganvas.metrics import memorisation
    >>> X = ganvas.data.load_digits()
    >>> train, held_out, generated = X[:600], X[600:1200], X[1200:]
    >>> memorisation(train, generated, held_out).memorised
    False
    >>> result = memorisation(train, train[:100], held_out)
    >>> result.memorised, result.copies, result.pairs[0].tolist()
    (True, 1.0, [0, 0])
    """
    known, made, unseen = same_features(1, train=train, generated=generated, held_out=held_out)
    near, permutations = positive("near", near), integer("permutations", permutations, 99, 10**6)
    rng = generator(random_state)
    index, distances = nearest(made, known)
    other_index, other_distances = nearest(made, unseen)
    counts = _counts((index, distances, len(known)), (other_index, other_distances, len(unseen)))
    p_value = _p_value(counts, len(known), permutations, rng)
    _, reference = nearest(unseen, known)
    median = float(np.median(reference))
    order = np.argsort(distances, kind="stable")
    return Memorisation(
        memorised=p_value <= _LEVEL,
        train_share=float(counts[: len(known)].sum()) / len(made),
        expected_share=len(known) / len(counts),
        p_value=p_value,
        distance_ratio=float(np.median(distances)) / median if median else np.nan,
        copies=float((distances == 0).mean()),
        near_copies=float((distances <= near * median).mean()),
        held_out_near_copies=float((reference <= near * median).mean()),
        duplicates=1 - len(np.unique(made, axis=0)) / len(made),
        pairs=np.stack([order, index[order]], axis=1),
        distances=distances[order],
        held_out_distances=np.sort(reference),
    )


def _counts(*sides: tuple[NDArray[np.intp], Floats, int]) -> Floats:
    """Return for each sample of both sides how many generated samples are nearest to it."""
    (index, distances, n), (other_index, other_distances, m) = sides
    part = 0.5 * (distances <= other_distances) + 0.5 * (distances < other_distances)
    return np.concatenate([np.bincount(index, part, n), np.bincount(other_index, 1 - part, m)])


def _p_value(counts: Floats, n: int, permutations: int, rng: np.random.Generator) -> float:
    """Return the probability that `n` counts drawn at random have at least the sum of the first `n`."""
    found = counts[:n].sum()
    draws = sum(rng.permutation(counts)[:n].sum() >= found for _ in range(permutations))
    return float(1 + draws) / (1 + permutations)
