"""Profile a training step: time of each span, excluding nested spans.

python benches/where_time_goes.py             # all workloads
python benches/where_time_goes.py vae --steps 500 --threads 1
"""

import argparse
import collections
import json
import tempfile
from pathlib import Path

import torch
from workloads import WORKLOADS

LISTED = 24


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", nargs="?", choices=[*WORKLOADS, "all"], default="all")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    for name in WORKLOADS if arguments.workload == "all" else [arguments.workload]:
        make, usual = WORKLOADS[name]
        show(make(arguments.steps or usual))


def show(workload) -> None:
    trainer = workload.trainer()
    trainer.set_params(epochs=1).fit(workload.samples, workload.labels)  # warm-up
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trace.json"
        trainer.set_params(profile=file).partial_fit(workload.samples, workload.labels)
        spans = json.loads(file.read_text())["traceEvents"]
    steps = sum(span["name"] == "step" for span in spans)
    own = own_times(spans)
    main_thread = next(span["tid"] for span in spans if span["name"] == "step")
    total = sum(span["dur"] for span in spans if span["name"] in ("step", "batch")) / steps
    print(f"\n{workload.title}: {total / 1000:.3f} ms a step, on the thread that leads")
    rows = sorted((time / steps, name) for (thread, name), time in own.items() if thread == main_thread)
    for time, name in rows[: -LISTED - 1 : -1]:
        print(f"  {time / 1000:8.3f} ms  {100 * time / total:5.1f} %  {name}")


def own_times(spans) -> dict[tuple[int, str], float]:
    """Microseconds by name and thread, excluding nested spans."""
    own: dict[tuple[int, str], float] = collections.defaultdict(float)
    open_spans: dict[int, list] = collections.defaultdict(list)
    for span in sorted(spans, key=lambda span: (span["ts"], -span["dur"])):
        stack = open_spans[span["tid"]]
        while stack and stack[-1]["ts"] + stack[-1]["dur"] <= span["ts"]:
            stack.pop()
        path = "/".join([*(outer["name"] for outer in stack if outer["name"] != "step"), span["name"]])
        own[span["tid"], path] += span["dur"]
        if stack:
            outer = [outer["name"] for outer in stack if outer["name"] != "step"]
            own[span["tid"], "/".join(outer) or "step"] -= span["dur"]
        stack.append(span)
    return own


if __name__ == "__main__":
    main()
