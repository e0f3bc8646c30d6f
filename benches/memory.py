"""Measure the resident memory of training a DCGAN, for each contender in fresh processes with equal imports."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import machine
from turns import order
from workloads import WORKLOADS

WORKLOAD = "dcgan-wide"
CONTENDERS = ("ganvas", "tuned")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="processes of every contender (default 3)")
    parser.add_argument("--steps", type=int, default=4, help="steps of an epoch, of which there are two (default 4)")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="folder of the result")
    parser.add_argument("--child", choices=CONTENDERS, help="train in this process and print what it took")
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(_train(arguments.child, arguments.steps)))
    else:
        _write(arguments.rounds, arguments.steps, arguments.out)


def _write(rounds: int, steps: int, folder: Path) -> None:
    mib: dict[str, list[Any]] = {contender: [] for contender in CONTENDERS}
    for turn in range(rounds):
        for contender in order(CONTENDERS, turn):
            mib[contender].append(_process(contender, steps))
            print(f"round {turn + 1} of {rounds}: {contender}: {mib[contender][-1]}", flush=True)
    title = WORKLOADS[WORKLOAD][0](1).title
    result = {"machine": machine.describe(), "title": title, "steps": 2 * steps, "mib": mib}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.json").write_text(json.dumps(result, indent=1) + "\n")


def _process(contender: str, steps: int) -> dict[str, Any]:
    # Reading all of MNIST would take more memory than training: use random images.
    environment = {**os.environ, "GANVAS_DATA": os.devnull}
    command = [sys.executable, __file__, "--child", contender, "--steps", str(steps)]
    return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)


def _train(name: str, steps: int) -> dict[str, dict[str, float]]:
    imported = _resident()
    make, _ = WORKLOADS[WORKLOAD]
    workload = make(steps)
    contender = workload.contenders[name](workload)
    for _ in range(2):
        contender.epoch()
    return {"imported": imported, "trained": _resident()}


def _resident() -> dict[str, float]:
    """Return current and peak memory of this process in MiB."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    fields = {"now": "VmRSS", "peak": "VmHWM"}
    return {name: round(int(status[field].removesuffix("kB")) / 1024, 1) for name, field in fields.items()}


if __name__ == "__main__":
    main()
