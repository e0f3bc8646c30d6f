"""Measure how much longer a training step takes beside another process that keeps one core busy."""

import argparse
import contextlib
import gc
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import machine
from contenders import Contender
from ratios import Spread, quotients
from turns import order
from workloads import WORKLOADS

# Workloads with long and with short steps, and steps per turn.
STEPS = {"dcgan": 8, "projection": 16, "vae": 300, "ring": 600}
NAMES = ("ganvas", "tuned")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="turns of every contender, quiet and beside (default 7)")
    parser.add_argument("--workloads", nargs="+", choices=STEPS, default=list(STEPS))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="folder of the result")
    arguments = parser.parse_args()
    result: dict[str, Any] = {"machine": machine.describe(), "workloads": {}}
    with _other() as other:
        for name in arguments.workloads:
            result["workloads"][name] = _measure(name, arguments.rounds, other)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "load.json").write_text(json.dumps(result, indent=1) + "\n")


@contextlib.contextmanager
def _other() -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that uses one core, stopped until it is continued."""
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        other.send_signal(signal.SIGSTOP)
        yield other
    finally:
        other.kill()
        other.wait()


def _measure(name: str, rounds: int, other: subprocess.Popen[bytes]) -> dict[str, Any]:
    workload = WORKLOADS[name][0](STEPS[name])
    ready = {contender: workload.contenders[contender](workload) for contender in NAMES}
    for contender in ready.values():
        contender.epoch()
    times: dict[str, dict[str, list[float]]] = {contender: {"quiet": [], "beside": []} for contender in ready}
    for turn in range(rounds):
        for contender in order(list(ready), turn):
            times[contender]["quiet"].append(_time(ready[contender]))
            other.send_signal(signal.SIGCONT)
            times[contender]["beside"].append(_time(ready[contender]))
            other.send_signal(signal.SIGSTOP)
    slower = {one: Spread.of(quotients(found["beside"], found["quiet"])) for one, found in times.items()}
    print(f"{name}: " + ", ".join(f"{one} {ratio.median:.2f}x" for one, ratio in slower.items()), flush=True)
    return {"title": workload.title, "steps": workload.steps, "ms_per_step": times}


def _time(contender: Contender) -> float:
    gc.collect()
    begun = time.perf_counter()
    contender.epoch()
    return (time.perf_counter() - begun) / contender.workload.steps * 1e3


if __name__ == "__main__":
    main()
