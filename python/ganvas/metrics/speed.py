"""Speed of sampling."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from .._checks import integer
from ..exceptions import ParameterError, ShapeError


class GenerationSpeed(NamedTuple):
    """Speed of sampling.

    Parameters
    ----------
    samples_per_second : float
        Samples per second in large batches, of the median call.
    latency : float
        Median time for a single sample, in seconds.
    latency_p95 : float
        95th percentile of the times for a single sample, in seconds.
    """

    samples_per_second: float
    latency: float
    latency_p95: float


def generation_speed(sample: Any, n: int = 1_000, repeats: int = 5, calls: int = 50) -> GenerationSpeed:
    """Measure the throughput and the latency of sampling.

    Before each of the two measurements there is one call that is not counted, for memory and caches. Work that a call
    leaves on CUDA devices is included. The result depends on the machine, on its other load and on the number of
    threads.

    Parameters
    ----------
    sample : callable or estimator
        Function of a number of samples that returns as many, or an object with such a method `sample`.
    n : int, default 1000
        Number of samples of a call for the throughput, at least 1.
    repeats : int, default 5
        Number of these calls, at least 1.
    calls : int, default 50
        Number of calls for a single sample, at least 1.

    Returns
    -------
    GenerationSpeed
        The named tuple ``(samples_per_second, latency, latency_p95)``.

    Raises
    ------
    ShapeError
        A call returns another number of samples.
    ParameterError
        A parameter is out of range, or `sample` is not callable.

    Examples
    --------
    >>> import numpy as np
    >>> from ganvas.metrics import generation_speed
    >>> speed = generation_speed(lambda n: np.zeros((n, 8, 8)), n=100)
    >>> speed.latency <= speed.latency_p95
    True
    """
    draw = getattr(sample, "sample", sample)
    if not callable(draw):
        raise ParameterError(
            f"sample: expected a callable or an object with a method sample, got {type(sample).__name__}"
        )
    n, repeats, calls = integer("n", n, 1), integer("repeats", repeats, 1), integer("calls", calls, 1)
    many, single = _seconds(draw, n, repeats), _seconds(draw, 1, calls)
    return GenerationSpeed(n / _median(many), _median(single), float(np.percentile(single, 95)))


def _seconds(draw: Callable[[int], Any], n: int, calls: int) -> list[float]:
    """Return the time of each call but the first."""
    times = []
    for _ in range(calls + 1):
        start = time.perf_counter()
        found = draw(n)
        if torch.cuda.is_initialized():
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
        got = len(found) if hasattr(found, "__len__") else type(found).__name__
        if got != n:
            raise ShapeError(f"sample: expected {n} sample{'s'[: n - 1]}, got {got}")
    return times[1:]


def _median(times: list[float]) -> float:
    return float(np.median(times))
