"""Time to sample images, as bytes in a NumPy array."""

import contextlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from .contenders import Script, Tuned

# Number of images, and calls per round.
SIZES = {1: 200, 64: 20, 1024: 2}


def measure(trainer: Any, script: Script, tuned: Tuned, rounds: int) -> dict[str, Any]:
    """Time the three contenders in turn.

    Returns
    -------
    dict
        Milliseconds per call by contender and round, for each number of images.
    """
    makers: dict[str, Callable[[int], np.ndarray]] = {
        "ganvas": trainer.sample,
        "script": _eager(script, torch.no_grad),
        "tuned": _eager(tuned, torch.inference_mode),
    }
    result: dict[str, Any] = {}
    with _evaluation(script.generator), _evaluation(tuned.generator):
        for n, calls in SIZES.items():
            times: dict[str, list[float]] = {name: [] for name in makers}
            for turn in range(-1, rounds):
                for name in sorted(makers, reverse=turn % 2 == 1):
                    elapsed = _time(makers[name], n, calls)
                    if turn >= 0:
                        times[name].append(elapsed)
            result[str(n)] = times
    return result


def _eager(contender: Any, mode: Callable[[], Any]) -> Callable[[int], np.ndarray]:
    def make(n: int) -> np.ndarray:
        with mode():
            images = contender.generator(torch.randn(n, contender.latent_dim))
            return images.add(1).mul_(127.5).round_().to(torch.uint8).numpy()

    return make


@contextlib.contextmanager
def _evaluation(net: torch.nn.Module) -> Any:
    net.eval()
    yield
    net.train()


def _time(make: Callable[[int], np.ndarray], n: int, calls: int) -> float:
    begun = time.perf_counter()
    for _ in range(calls):
        make(n)
    return (time.perf_counter() - begun) / calls * 1e3
