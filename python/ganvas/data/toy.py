"""Two-dimensional distributions that reveal failures of generative models."""

import numpy as np
from numpy.typing import NDArray

from .._checks import integer
from ..exceptions import ParameterError
from ._generator import RandomState, generator

_MAX_POINTS = 10**8


def ring(n: int = 10_000, random_state: RandomState = None) -> NDArray[np.float32]:
    """Draw from 8 narrow Gaussians on a circle of radius 1.

    All have standard deviation 0.01 and equal weight.

    Parameters
    ----------
    n : int, default 10_000
        Number of points, 1 to 100,000,000.
    random_state : int, numpy Generator or RandomState, or None, default None
        An int, at least 0, gives reproducible points. NumPy's global random state is neither used nor changed.

    Returns
    -------
    X : float32 array of shape (n, 2)

    Raises
    ------
    ParameterError
        A parameter is out of range.

    References
    ----------
    L. Metz, B. Poole, D. Pfau and J. Sohl-Dickstein, "Unrolled Generative Adversarial Networks", ICLR 2017.

    Examples
    --------
    >>> from ganvas.data import ring
    >>> ring(1000, random_state=0).shape
    (1000, 2)
    """
    angles = np.arange(8) * (2 * np.pi / 8)
    return _mixture(np.stack([np.cos(angles), np.sin(angles)], axis=1), 0.01, n, random_state)


def grid(n: int = 10_000, random_state: RandomState = None) -> NDArray[np.float32]:
    """Draw from 25 narrow Gaussians on a 5 x 5 grid.

    The centres are at -4, -2, 0, 2 and 4 on both axes; all have standard deviation 0.05 and equal weight.

    Parameters
    ----------
    n : int, default 10_000
        Number of points, 1 to 100,000,000.
    random_state : int, numpy Generator or RandomState, or None, default None
        An int, at least 0, gives reproducible points. NumPy's global random state is neither used nor changed.

    Returns
    -------
    X : float32 array of shape (n, 2)

    Raises
    ------
    ParameterError
        A parameter is out of range.

    References
    ----------
    Z. Lin, A. Khetan, G. Fanti and S. Oh, "PacGAN: The power of two samples in generative adversarial networks",
    NeurIPS 2018.

    Examples
    --------
    >>> from ganvas.data import grid
    >>> grid(1000, random_state=0).shape
    (1000, 2)
    """
    ticks = np.arange(-4.0, 5.0, 2.0)
    return _mixture(np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2), 0.05, n, random_state)


def swiss_roll(n: int = 10_000, random_state: RandomState = None) -> NDArray[np.float32]:
    """Draw from a spiral of one and a half turns.

    The radius grows with the angle from 1/3 to 1; noise with standard deviation 0.02 is added.

    Parameters
    ----------
    n : int, default 10_000
        Number of points, 1 to 100,000,000.
    random_state : int, numpy Generator or RandomState, or None, default None
        An int, at least 0, gives reproducible points. NumPy's global random state is neither used nor changed.

    Returns
    -------
    X : float32 array of shape (n, 2)

    Raises
    ------
    ParameterError
        A parameter is out of range.

    References
    ----------
    J. Sohl-Dickstein, E. Weiss, N. Maheswaranathan and S. Ganguli, "Deep Unsupervised Learning using Nonequilibrium
    Thermodynamics", ICML 2015.

    Examples
    --------
    >>> from ganvas.data import swiss_roll
    >>> swiss_roll(1000, random_state=0).shape
    (1000, 2)
    """
    n, rng = _points(n), generator(random_state)
    radius = (1 + 2 * rng.random(n, np.float32)) / 3
    angle = np.float32(4.5 * np.pi) * radius
    roll: NDArray[np.float32] = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return roll + _noise(n, 0.02, rng)


def _mixture(centres: NDArray[np.float64], sigma: float, n: int, random_state: RandomState) -> NDArray[np.float32]:
    n, rng = _points(n), generator(random_state)
    chosen = rng.integers(len(centres), size=n)
    return centres.astype(np.float32)[chosen] + _noise(n, sigma, rng)


def _noise(n: int, sigma: float, rng: np.random.Generator) -> NDArray[np.float32]:
    return np.float32(sigma) * rng.standard_normal((n, 2), np.float32)


def _points(n: int) -> int:
    n = integer("n", n, 1)
    if n > _MAX_POINTS:
        raise ParameterError(f"n: must be at most {_MAX_POINTS}, got {n}")
    return n
