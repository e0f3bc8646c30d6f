"""Similarity of pairs of images."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..exceptions import ShapeError
from ._checks import Floats, same_images
from ._distances import spans

_TAPS, _SIGMA = 11, 1.5
# Constants of the paper, in units of the range.
_LUMINANCE, _CONTRAST = 0.01, 0.03
# Exponents of the five scales in the paper, from the finest.
_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
# Smallest side of which four halvings, rounded up, leave the taps.
_SMALLEST = (_TAPS - 1) * 2 ** (len(_WEIGHTS) - 1) + 1


def psnr(a: ArrayLike, b: ArrayLike, data_range: float | None = None) -> float:
    """Peak signal-to-noise ratio of pairs of images.

    Ten times the decimal logarithm of the squared range over the mean squared difference, for each pair, then the mean
    over all pairs.

    Parameters
    ----------
    a, b : array-like of shape (n, ...)
        Images; `b[i]` is compared with `a[i]`. Values are used as they are.
    data_range : float or None, default None
        Difference between the largest and the smallest possible value. None: 255 if both are uint8, and 1 if the
        values of both are in 0..1.

    Returns
    -------
    float
        Decibels; higher is better, and infinite if a pair is equal.

    Raises
    ------
    ShapeError, DtypeError, DataError
        The images have different shapes, are not numbers or not finite.
    ParameterError
        The range cannot be determined, or is not positive.

    References
    ----------
    A. Hore and D. Ziou, "Image quality metrics: PSNR vs. SSIM", ICPR 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from ganvas.metrics import psnr
    >>> black = np.zeros((4, 8, 8))
    >>> round(psnr(black, black + 0.1), 6)
    20.0
    """
    x, y, width = same_images(a, b, data_range)
    errors = np.empty(len(x))
    for rows in spans(len(x), x[0].size):
        errors[rows] = np.square(x[rows].astype(np.float64) - y[rows]).reshape(len(x[rows]), -1).mean(axis=1)
    with np.errstate(divide="ignore"):
        return float(np.mean(10 * np.log10(width**2 / errors)))


def ssim(a: ArrayLike, b: ArrayLike, data_range: float | None = None) -> float:
    """Structural similarity of pairs of images.

    Means, variances and covariances are weighted by a Gaussian of 11 x 11 pixels with standard deviation 1.5, at each
    position where it fits into the image. The channels of colours are compared one by one and averaged.

    Parameters
    ----------
    a, b : array-like of shape (n, h, w) or (n, h, w, c)
        Images with sides of at least 11 pixels; `b[i]` is compared with `a[i]`. Values are used as they are.
    data_range : float or None, default None
        Difference between the largest and the smallest possible value. None: 255 if both are uint8, and 1 if the
        values of both are in 0..1.

    Returns
    -------
    float
        Mean over all pairs, at most 1, which is reached by equal images only; higher is better.

    Raises
    ------
    ShapeError, DtypeError, DataError
        The images have different shapes, are too small, not numbers or not finite.
    ParameterError
        The range cannot be determined, or is not positive.

    References
    ----------
    Z. Wang, A. C. Bovik, H. R. Sheikh and E. P. Simoncelli, "Image quality assessment: from error visibility to
    structural similarity", IEEE Transactions on Image Processing, 2004.

    Examples
    --------
    >>> import ganvas
    >>> from ganvas.metrics import ssim
    >>> X = ganvas.data.load_digits()[:8]
    >>> ssim(X, X)
    1.0
    >>> ssim(X, X // 2) < 0.95
    True
    """
    x, y, width = _pictures(a, b, data_range, _TAPS)
    similar = np.empty(x.shape[:2])
    for rows in spans(len(x), x[0].size):
        similar[rows], _ = _compared(x[rows].astype(np.float64), y[rows].astype(np.float64), width)
    return float(similar.mean())


def ms_ssim(a: ArrayLike, b: ArrayLike, data_range: float | None = None) -> float:
    """Structural similarity of pairs of images at five scales.

    The images are halved four times, by the mean of 2 x 2 pixels; a last odd row or column is repeated. The result is
    the product of the contrast and structure terms of `ssim` at the first four scales and of the whole `ssim` at the
    fifth, each to its exponent of the paper. Negative terms count as 0. Channels are compared one by one and averaged.

    Parameters
    ----------
    a, b : array-like of shape (n, h, w) or (n, h, w, c)
        Images with sides of at least 161 pixels; `b[i]` is compared with `a[i]`. Values are used as they are.
    data_range : float or None, default None
        Difference between the largest and the smallest possible value. None: 255 if both are uint8, and 1 if the
        values of both are in 0..1.

    Returns
    -------
    float
        Mean over all pairs, 0 to 1, which is reached by equal images only; higher is better.

    Raises
    ------
    ShapeError, DtypeError, DataError
        The images have different shapes, are too small, not numbers or not finite.
    ParameterError
        The range cannot be determined, or is not positive.

    References
    ----------
    Z. Wang, E. P. Simoncelli and A. C. Bovik, "Multiscale structural similarity for image quality assessment",
    Asilomar Conference on Signals, Systems and Computers, 2003.

    Examples
    --------
    >>> import numpy as np
    >>> from ganvas.metrics import ms_ssim
    >>> X = np.random.default_rng(0).random((2, 161, 161))
    >>> round(ms_ssim(X, X), 6), ms_ssim(X, 1 - X)
    (1.0, 0.0)
    """
    x, y, width = _pictures(a, b, data_range, _SMALLEST)
    similar = np.ones(x.shape[:2])
    for rows in spans(len(x), x[0].size):
        one, other = x[rows].astype(np.float64), y[rows].astype(np.float64)
        for weight in _WEIGHTS[:-1]:
            similar[rows] *= np.maximum(_compared(one, other, width)[1], 0) ** weight
            one, other = _halved(one), _halved(other)
        similar[rows] *= np.maximum(_compared(one, other, width)[0], 0) ** _WEIGHTS[-1]
    return float(similar.mean())


def _pictures(
    a: ArrayLike, b: ArrayLike, data_range: float | None, least: int
) -> tuple[NDArray[np.generic], NDArray[np.generic], float]:
    """Check two stacks of images and move their channels to the second axis."""
    x, y, width = same_images(a, b, data_range)
    if x.ndim not in (3, 4):
        raise ShapeError(f"a: expected (n, h, w) or (n, h, w, c), got {x.shape}")
    if min(x.shape[1:3]) < least:
        raise ShapeError(f"a: expected sides of at least {least} pixels, got {x.shape[1]} x {x.shape[2]}")
    if x.ndim == 3:
        return x[:, None], y[:, None], width
    return np.moveaxis(x, -1, 1), np.moveaxis(y, -1, 1), width


def _compared(a: Floats, b: Floats, width: float) -> tuple[Floats, Floats]:
    """Return the mean similarity of images (n, c, h, w), and that of contrast and structure alone."""
    luminance, contrast = (_LUMINANCE * width) ** 2, (_CONTRAST * width) ** 2
    mean_a, mean_b = _smoothed(a), _smoothed(b)
    variances = _smoothed(a * a) - mean_a**2 + _smoothed(b * b) - mean_b**2
    covariance = _smoothed(a * b) - mean_a * mean_b
    structure = (2 * covariance + contrast) / (variances + contrast)
    brightness = (2 * mean_a * mean_b + luminance) / (mean_a**2 + mean_b**2 + luminance)
    return (brightness * structure).mean(axis=(2, 3)), structure.mean(axis=(2, 3))


def _smoothed(images: Floats) -> Floats:
    """Filter the last two axes where all taps fit."""
    weights = np.exp(-0.5 * ((np.arange(_TAPS) - _TAPS // 2) / _SIGMA) ** 2)
    weights /= weights.sum()
    for _ in range(2):
        size = images.shape[2] - _TAPS + 1
        filtered = weights[0] * images[:, :, :size]
        for tap in range(1, _TAPS):
            filtered += weights[tap] * images[:, :, tap : tap + size]
        images = filtered.swapaxes(2, 3)
    return images


def _halved(images: Floats) -> Floats:
    height, width = images.shape[2:]
    even = np.pad(images, ((0, 0), (0, 0), (0, height % 2), (0, width % 2)), mode="edge")
    return (even[..., ::2, ::2] + even[..., 1::2, ::2] + even[..., ::2, 1::2] + even[..., 1::2, 1::2]) / 4
