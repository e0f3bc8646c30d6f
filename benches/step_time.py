"""Time one training step of ganvas and of the same training in PyTorch, in turn, in one process."""

import argparse
import datetime
import gc
import json
import os
import time
from pathlib import Path
from typing import Any

# Workers of the compiler would compete for the cores.
os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")
# Progress bars are disabled.
os.environ.setdefault("TQDM_DISABLE", "1")

import gemm
import machine
import parity
import startup
import table
import torch
from turns import order
from workload import SEED, Workload
from workloads import WORKLOADS


def main() -> None:
    arguments = _arguments()
    torch.manual_seed(SEED)
    names = list(WORKLOADS) if arguments.workload == "all" else [arguments.workload]
    result: dict[str, Any] = {"machine": machine.describe(), "workloads": {}}
    for name in names:
        result["workloads"][name] = _workload(name, arguments.rounds, arguments.steps)
        _write(result, arguments.out)
    if not arguments.no_startup:
        result["startup_s"] = startup.measure()
    _write(result, arguments.out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="turns of every contender (default 9)")
    parser.add_argument("--workload", choices=[*WORKLOADS, "all"], default="all")
    parser.add_argument("--steps", type=int, help="steps in a round (default: 1 to 4 seconds on two cores)")
    parser.add_argument("--no-startup", action="store_true", help="leave out the time to import")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="folder of the results")
    return parser.parse_args()


def _workload(name: str, rounds: int, steps: int | None) -> dict[str, Any]:
    make, usual = WORKLOADS[name]
    workload = make(steps or usual)
    ready, unavailable = _warm_up(workload)
    result = {
        "title": workload.title,
        "date": datetime.date.today().isoformat(),
        "settings": workload.settings,
        "steps": workload.steps,
        "parity": parity.measure(make, [rival for rival in ready if rival != "ganvas"]),
        "contenders": {contender: kind.title for contender, kind in workload.contenders.items()},
        "unavailable": unavailable,
        "flop_per_step": gemm.flop_per_step(ready["tuned"]),
        **_rounds(workload, ready, rounds),
    }
    return {**result, **workload.extras(ready, rounds)}


def _warm_up(workload: Workload) -> tuple[dict[str, Any], dict[str, str]]:
    """Create the contenders and train each for one epoch; optional ones may fail."""
    ready, unavailable = {}, {}
    for name, kind in workload.contenders.items():
        _say(f"{workload.name}: warming up {name}")
        try:
            contender = kind(workload)
            contender.epoch()
        except kind.optional as error:
            _say(f"{workload.name}: {name} is not available: {error}")
            unavailable[name] = "not installed" if isinstance(error, ModuleNotFoundError) else type(error).__name__
            continue
        ready[name] = contender
    return ready, unavailable


def _rounds(workload: Workload, ready: dict[str, Any], rounds: int) -> dict[str, Any]:
    times: dict[str, list[float]] = {name: [] for name in ready}
    peak, rates = gemm.Peak(), []
    for turn in range(rounds):
        rates.append(peak.measure())
        for name in order(list(ready), turn):
            gc.collect()
            begun = time.perf_counter()
            ready[name].epoch()
            times[name].append((time.perf_counter() - begun) / workload.steps * 1e3)
        _say(f"{workload.name}: round {turn + 1}: " + ", ".join(f"{name} {t[-1]:.2f} ms" for name, t in times.items()))
    return {"ms_per_step": times, "gemm_gflop_per_s": rates}


def _write(result: dict[str, Any], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "cpu.json"
    if file.exists():
        # Results of other workloads are kept, in the order of all workloads.
        before = json.loads(file.read_text())
        workloads = {**before["workloads"], **result["workloads"]}
        order = [name for name in WORKLOADS if name in workloads]
        result = {**before, **result, "workloads": {name: workloads[name] for name in order}}
    file.write_text(json.dumps(result, indent=1) + "\n")
    _say(table.write(folder))


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
