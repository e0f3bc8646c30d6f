"""Precision of CUDA computations, set only while ganvas computes."""

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import torch

from .._checks import choice
from ..exceptions import ParameterError
from .torch import plain_modes

if TYPE_CHECKING:
    from ..estimators._fitted import Fitted

PRECISIONS = ("fp32", "tf32", "bf16")


def precision_on(device: str, said: str | None) -> str:
    """Resolve the precision for a device.

    Parameters
    ----------
    device : str
        "cpu" or "cuda:N".
    said : {"fp32", "tf32", "bf16"} or None
        None is "tf32" on CUDA, "fp32" elsewhere.

    Raises
    ------
    UnknownNameError, ParameterError
        The name is unknown, or requires a CUDA device.
    """
    cuda = device.startswith("cuda")
    if said is None:
        return "tf32" if cuda else "fp32"
    choice("precision", said, PRECISIONS)
    if said != "fp32" and not cuda:
        raise ParameterError(f'precision: "{said}" needs a CUDA device, the model is on {device}; use "fp32" or None')
    return said


@contextlib.contextmanager
def arithmetic(device: str, precision: str, training: bool = True) -> Iterator[None]:
    """Context manager that sets the precision of a CUDA device and restores it afterwards.

    Parameters
    ----------
    device : str
        "cpu", which always computes in float32, or "cuda:N".
    precision : {"fp32", "tf32", "bf16"}
    training : bool, default True
        True if many steps of equal shapes follow, so that benchmarking convolution kernels pays off.
    """
    if not device.startswith("cuda"):
        yield
        return
    cudnn: Any = torch.backends.cudnn
    benchmark = cudnn.benchmark
    # Weights change in place at every step, so casts of them must not be cached.
    half = torch.autocast("cuda", torch.bfloat16, enabled=precision == "bf16", cache_enabled=False)
    with tf32(precision != "fp32"), torch.cuda.device(device), half:
        cudnn.benchmark = training or benchmark
        try:
            yield
        finally:
            cudnn.benchmark = benchmark


@contextlib.contextmanager
def tf32(allowed: bool) -> Iterator[None]:
    """Context manager that allows or forbids TF32 in matrix multiplies and convolutions on CUDA devices.

    torch has two sets of flags, ``allow_tf32`` and ``fp32_precision``, and raises a RuntimeError when one is read after
    only the other has been set. ``allow_tf32`` sets both, so that both can be read inside.
    """
    backends: Any = torch.backends
    matmul, cudnn = backends.cuda.matmul, backends.cudnn
    operators = (matmul, cudnn.conv, cudnn.rnn, backends.mkldnn.matmul)
    before = [operator.fp32_precision for operator in operators]
    products = _read(torch.get_float32_matmul_precision)
    convolutions = _read(lambda: cudnn.allow_tf32)
    matmul.allow_tf32 = cudnn.allow_tf32 = allowed
    for operator in operators[:3]:
        # Set explicitly: unset values do not follow the global flag for all operators.
        operator.fp32_precision = "tf32" if allowed else "ieee"
    try:
        yield
    finally:
        # Flags that could not be read were inconsistent; restore this state.
        torch.set_float32_matmul_precision(products or ("highest" if before[0] == "tf32" else "high"))
        cudnn.allow_tf32 = before[1] != "tf32" if convolutions is None else convolutions
        for operator, precision in zip(operators, before, strict=True):
            operator.fp32_precision = precision


def _read(flag: Callable[[], Any]) -> Any:
    try:
        return flag()
    except RuntimeError:
        return None


@contextlib.contextmanager
def evaluating(estimator: "Fitted") -> Iterator[None]:
    """Context manager for results of a fitted estimator: default autograd modes and the estimator's precision."""
    device = estimator._run.device
    with plain_modes(), arithmetic(device, precision_on(device, estimator.precision), training=False):
        yield
