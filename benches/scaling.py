"""Measure the scaling of ganvas's DCGAN training with batch size, side of the images and threads."""

import argparse
import dataclasses
import gc
import itertools
import json
import time
from pathlib import Path
from typing import Any

import machine
import torch
from contenders import Ganvas
from gan.workloads import dcgan
from ratios import Spread, quotients
from turns import order

BASE = 32
BATCHES = (16, 32, 64, 128, 256)
# Images per turn: about half a second on two cores, at least two steps of the largest batch.
SIDES = {16: 4096, 32: 1024, 64: 512}
AXES = ("batch", "side", "threads")


@dataclasses.dataclass(frozen=True)
class Point:
    """A measured configuration."""

    side: int
    batch: int
    threads: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="turns of every point (default 7)")
    parser.add_argument("--sides", type=int, nargs="+", choices=SIDES, default=list(SIDES))
    parser.add_argument("--batches", type=int, nargs="+", default=list(BATCHES))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="folder of the result")
    arguments = parser.parse_args()
    described = machine.describe()
    threads = sorted({1, described["threads"]})
    trained = {
        Point(side, batch, count): contender
        for side in arguments.sides
        for (batch, count), contender in _contenders(side, arguments.batches, threads).items()
    }
    rates = _rounds(trained, arguments.rounds)
    result = {
        "machine": described,
        "title": f"DCGAN, {BASE} channels",
        "samples_per_s": [{**dataclasses.asdict(point), "rounds": rounds} for point, rounds in rates.items()],
        "ratios": {axis: _ratios(rates, axis) for axis in AXES},
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "scaling.json").write_text(json.dumps(result, indent=1) + "\n")


def _contenders(side: int, batches: list[int], threads: list[int]) -> dict[tuple[int, int], Ganvas]:
    largest = max(batches)
    workload = dcgan(max(SIDES[side] // largest, 1), side, BASE, largest)
    result = {}
    for batch, count in itertools.product(batches, threads):
        settings = {**workload.settings, "batch_size": batch}
        # An executor keeps its initial number of threads.
        torch.set_num_threads(count)
        result[batch, count] = Ganvas(dataclasses.replace(workload, settings=settings))
        result[batch, count].epoch()
    return result


def _rounds(trained: dict[Point, Ganvas], rounds: int) -> dict[Point, list[float]]:
    rates: dict[Point, list[float]] = {point: [] for point in trained}
    for turn in range(rounds):
        for point in order(list(trained), turn):
            torch.set_num_threads(point.threads)
            contender = trained[point]
            gc.collect()
            begun = time.perf_counter()
            contender.epoch()
            rates[point].append(contender.workload.steps * point.batch / (time.perf_counter() - begun))
        print(f"round {turn + 1} of {rounds}", flush=True)
    return rates


def _ratios(rates: dict[Point, list[float]], axis: str) -> list[dict[str, Any]]:
    """Compare every point with its predecessor on an axis.

    Returns
    -------
    list of dict
        The point, its predecessor's position on the axis, and the spread of the rounds' ratios: relative time per step,
        or for threads relative speed.
    """
    result = []
    values = sorted({getattr(point, axis) for point in rates})
    for near, (value, larger) in itertools.product(rates, itertools.pairwise(values)):
        if getattr(near, axis) == value:
            far = dataclasses.replace(near, **{axis: larger})
            both = quotients(rates[far], rates[near])
            if axis != "threads":
                both = [far.batch / near.batch / ratio for ratio in both]
            result.append({**dataclasses.asdict(far), "from": value, **dataclasses.asdict(Spread.of(both))})
    return result


if __name__ == "__main__":
    main()
