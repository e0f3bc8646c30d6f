"""Structure of latent spaces."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from .._checks import choice, integer
from ..data._generator import RandomState, generator
from ..exceptions import DataError, DtypeError, ParameterError, ShapeError
from ._checks import Floats, labels, positive, real
from ._checks import features as flattened
from ._models import logistic

_PATHS = ("spherical", "linear")


class LinearSeparability(NamedTuple):
    """Separability of classes by linear functions.

    Parameters
    ----------
    accuracy : float
        Share of samples whose class is predicted, 0 to 1.
    separability : float
        Exponential of the entropy of the class given the prediction, from 1 to the number of classes.
    """

    accuracy: float
    separability: float


def linear_separability(latents: ArrayLike, y: ArrayLike, folds: int = 5) -> LinearSeparability:
    """Separability of classes by a linear classifier of latents.

    A logistic regression of standardised latents predicts the class of samples it was not trained on. The separability
    is exp(H(Y | P)), where H is the conditional entropy of the class Y given the prediction P. The paper has binary
    classes, support vector machines and no held-out samples, and multiplies the values of several classifications.

    Parameters
    ----------
    latents : array-like of shape (n, ...)
        Latents, which are flattened.
    y : array-like of shape (n,)
        Classes, at least 2 with at least `folds` samples each.
    folds : int, default 5
        Number of parts of the data, each predicted from the others, at least 2. The division is fixed.

    Returns
    -------
    LinearSeparability
        The named tuple ``(accuracy, separability)``. Lower separability is better: 1 if the prediction determines the
        class.

    Raises
    ------
    ShapeError, DtypeError, DataError
        Latents or classes are of wrong shape, not numbers or not finite; or a class has too few samples.
    ParameterError
        A parameter is out of range.

    References
    ----------
    T. Karras, S. Laine and T. Aila, "A Style-Based Generator Architecture for Generative Adversarial Networks",
    CVPR 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from ganvas.metrics import linear_separability
    >>> z = np.random.default_rng(0).standard_normal((400, 2))
    >>> round(linear_separability(z, z[:, 0] > 0).separability, 1)
    1.1
    >>> round(linear_separability(z, z[:, 0] * z[:, 1] > 0).separability, 1)
    2.0
    """
    rows = flattened("latents", latents, 2)
    classes, codes = np.unique(labels("y", y, len(rows), "latents"), return_inverse=True)
    counts, folds = np.bincount(codes), integer("folds", folds, 2)
    if len(classes) < 2:
        raise DataError(f"y: expected at least 2 classes, got {classes.tolist()}")
    if counts.min() < folds:
        rarest = classes[counts.argmin()].item()
        raise DataError(f"y: expected at least {folds} samples of each class (folds), got {counts.min()} of {rarest!r}")
    parts = StratifiedKFold(folds, shuffle=True, random_state=0)
    predicted = cross_val_predict(logistic(), rows, codes, cv=parts)
    joint = np.zeros((len(classes), len(classes)))
    np.add.at(joint, (predicted, codes), 1 / len(rows))
    given = joint / np.maximum(joint.sum(axis=1, keepdims=True), 1 / len(rows))
    entropy = -float((joint[joint > 0] * np.log(given[joint > 0])).sum())
    return LinearSeparability(float((predicted == codes).mean()), float(np.exp(entropy)))


def perceptual_path_length(
    generate: Callable[[Any], Any],
    latents: Any,
    features: Callable[[Any], Any] | None = None,
    epsilon: float = 1e-4,
    path: Literal["spherical", "linear"] = "spherical",
    batch_size: int = 64,
    random_state: RandomState = 0,
) -> float:
    """Mean squared speed of a generator's output along paths between latents.

    Paths lead from each latent of the first half to one of the second half. At a random point of each path the squared
    distance between the outputs at t and at t + epsilon is divided by epsilon^2. As in the paper, values below the
    first percentile and above the 99th are left out of the mean. The distance is Euclidean, of outputs or of their
    features; the paper has features of a VGG network, weighted by human judgement.

    Parameters
    ----------
    generate : callable
        Maps latents ``(b, ...)`` to samples ``(b, ...)``, row by row and without random numbers, such as
        `gan.generator_` and `vae.decoder_` for tensors. Samples are float32 or float64: rounded ones, such as bytes, do
        not change in a small step.
    latents : array or tensor of shape (n, ...)
        At least 2 latents drawn from the prior, float32 or float64; a last odd one is not used. `generate` gets arrays,
        or tensors if these are tensors, of the same dtype.
    features : callable or None, default None
        Maps samples to features ``(b, ...)``. None: the samples themselves.
    epsilon : float, default 1e-4
        Length of a step, as a fraction of the path, above 0 and at most 0.1. Much smaller steps are lost in the
        rounding of float32.
    path : {"spherical", "linear"}, default "spherical"
        Great circles with linearly changing radius, for normal latents, or straight lines.
    batch_size : int, default 64
        Number of latents per call.
    random_state : int, numpy Generator or RandomState, or None, default 0
        Random state of the points on the paths.

    Returns
    -------
    float
        At least 0, in squared units of the features; lower is smoother. A generator with constant output has length 0.

    Raises
    ------
    ShapeError, DtypeError, DataError
        Latents or outputs are too few, of another dtype or not finite; or a latent of a spherical path is 0.
    ParameterError
        A parameter is out of range.

    References
    ----------
    T. Karras, S. Laine and T. Aila, "A Style-Based Generator Architecture for Generative Adversarial Networks",
    CVPR 2019.

    T. Karras, S. Laine, M. Aittala, J. Hellsten, J. Lehtinen and T. Aila, "Analyzing and Improving the Image Quality of
    StyleGAN", CVPR 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from ganvas.metrics import perceptual_path_length
    >>> z = np.array([[0.0, 0.0], [3.0, 4.0]])
    >>> round(perceptual_path_length(lambda z: 2 * z, z, path="linear"), 3)
    100.0
    """
    choice("path", path, _PATHS)
    step, size = positive("epsilon", epsilon), integer("batch_size", batch_size, 1)
    if step > 0.1:
        raise ParameterError(f"epsilon: must be at most 0.1, got {step:g}")
    given = _precise("latents", latents, 2)
    rng, half = generator(random_state), len(given) // 2
    starts, ends = (part.reshape(half, -1).astype(np.float64) for part in (given[:half], given[half : 2 * half]))
    places = rng.random((half, 1))
    between = _straight if path == "linear" else _arc
    if path == "spherical" and not (starts.any(axis=1) & ends.any(axis=1)).all():
        raise DataError('latents: expected latents other than 0, which have no direction; pass path="linear"')

    def output(points: Floats) -> Floats:
        samples = generate(_like(points.reshape(-1, *given.shape[1:]), latents, given.dtype))
        if features is None:
            return _output("generate", samples, len(points))
        return _output("features", features(samples), len(points))

    lengths = np.empty(half)
    with torch.no_grad():
        for start in range(0, half, size):
            rows = slice(start, start + size)
            first, second = (output(between(starts[rows], ends[rows], places[rows] + move)) for move in (0, step))
            lengths[rows] = np.square(second - first).sum(axis=1) / step**2
    low, high = np.percentile(lengths, 1, method="lower"), np.percentile(lengths, 99, method="higher")
    return float(lengths[(low <= lengths) & (lengths <= high)].mean())


def _straight(a: Floats, b: Floats, t: Floats) -> Floats:
    return a + t * (b - a)


def _arc(a: Floats, b: Floats, t: Floats) -> Floats:
    """Interpolate direction and length of rows."""
    length_a, length_b = (np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    a, b = a / length_a, b / length_b
    cosine = np.clip((a * b).sum(axis=1, keepdims=True), -1, 1)
    across = b - cosine * a
    angle = t * np.arccos(cosine)
    # Parallel rows have no direction across, and opposite ones no unique one.
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return _straight(length_a, length_b, t) * (np.cos(angle) * a + np.sin(angle) * across)


def _like(points: Floats, latents: Any, dtype: np.dtype) -> Any:
    """Convert points to the container, dtype and device of the user's latents."""
    if isinstance(latents, torch.Tensor):
        return torch.from_numpy(points).to(latents)
    return points.astype(dtype)


def _precise(name: str, values: Any, least: int) -> NDArray[Any]:
    """Convert values to an array of floats that change in a small step, or raise."""
    array = real(name, values, least)
    dtype = str(values.dtype).removeprefix("torch.") if isinstance(values, torch.Tensor) else array.dtype.name
    if dtype not in ("float32", "float64"):
        raise DtypeError(f"{name}: expected float32 or float64, which change in a small step, got {dtype}")
    return array


def _output(name: str, values: Any, n: int) -> Floats:
    array = _precise(name, values, 1)
    if len(array) != n:
        raise ShapeError(f"{name}: expected {n} samples for as many latents, got {len(array)}")
    return array.reshape(n, -1).astype(np.float64)
