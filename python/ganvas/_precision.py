"""How exactly a CUDA device calculates, set for the time of training only."""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch

from ._checks import choice
from .exceptions import ParameterError

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
        Another name, or one that only CUDA devices know.
    """
    cuda = device.startswith("cuda")
    if said is None:
        return "tf32" if cuda else "fp32"
    choice("precision", said, PRECISIONS)
    if said != "fp32" and not cuda:
        raise ParameterError(f'precision: "{said}" needs a CUDA device, the model is on {device}; use "fp32" or None')
    return said


@contextlib.contextmanager
def arithmetic(device: str, precision: str) -> Iterator[None]:
    """Have a CUDA device calculate with this precision and with its fastest kernels; flags are put back afterwards."""
    if not device.startswith("cuda"):
        yield
        return
    cudnn: Any = torch.backends.cudnn
    matmul, conv = torch.backends.cuda.matmul, cudnn.conv
    before = matmul.fp32_precision, conv.fp32_precision, cudnn.benchmark
    matmul.fp32_precision = conv.fp32_precision = "ieee" if precision == "fp32" else "tf32"
    cudnn.benchmark = True
    # Weights change in place at every step, so that no cast of them may be kept.
    half = torch.autocast("cuda", torch.bfloat16, enabled=precision == "bf16", cache_enabled=False)
    try:
        with torch.cuda.device(device), half:
            yield
    finally:
        matmul.fp32_precision, conv.fp32_precision, cudnn.benchmark = before
