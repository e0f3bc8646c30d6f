"""Time training steps on a CUDA device: ganvas in three precisions, and the same training in PyTorch.

All contenders train in turn with the same precision flags: TF32 in matrix multiplies and convolutions or in neither,
cuDNN's benchmark mode, and for bf16 autocast around each step, as in PyTorch's documentation. Contenders that fail are
listed with the reason.

    python benches/gpu.py                     # all workloads
    python benches/gpu.py --workload vae --rounds 9

Requires the installed wheel and torch only; without the digits, random images are used.
"""

import argparse
import contextlib
import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import contenders
import gan.contenders
import gemm
import machine
import torch
import vae.contenders
from gan.workloads import dcgan, dcgan64, points
from turns import order
from vae.workloads import mlp
from workload import SEED, Workload

from ganvas._run.precision import tf32

MATRIX, CALLS = 8192, 20


class WholeGraph:
    """Mixin for networks and Adam compiled by torch.compile with CUDA graphs."""

    name, title = "compile", "torch.compile, reduce-overhead"
    parts: tuple[str, ...]

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        for part in self.parts:
            setattr(self, part, torch.compile(getattr(self, part), mode="reduce-overhead"))

    def step(self, real: torch.Tensor, noise: torch.Tensor) -> contenders.Losses:
        torch.compiler.cudagraph_mark_step_begin()
        return tuple(loss.clone() for loss in super().step(real, noise))

    def adam(self, *nets: torch.nn.Module, **how: Any) -> torch.optim.Adam:
        adam = contenders.Contender.adam(self, *nets, foreach=True, capturable=True, **how)
        adam.step = torch.compile(adam.step, mode="reduce-overhead")
        return adam


class GanGraph(WholeGraph, gan.contenders.Tuned):
    """The tuned step of a GAN."""

    parts = ("generate", "discriminator_loss", "generator_loss")


class VaeGraph(WholeGraph, vae.contenders.Tuned):
    """The tuned step of an autoencoder."""

    parts = ("loss",)


@dataclasses.dataclass(frozen=True)
class Entry:
    """A contender with a precision."""

    kind: type
    precision: str

    @property
    def name(self) -> str:
        return f"{self.kind.name} {self.precision}"


PRECISIONS = ("bf16", "tf32", "fp32")


def _entries(script: type | None, tuned: type, graph: type) -> list[Entry]:
    """List all contenders in all precisions; the script with TF32, as its tutorial."""
    rivals = [Entry(kind, precision) for precision in PRECISIONS for kind in (tuned, graph)]
    scripts = [Entry(script, "tf32")] if script else []
    return [*(Entry(contenders.Ganvas, precision) for precision in PRECISIONS), *scripts, *rivals]


_GAN = _entries(gan.contenders.Script, gan.contenders.Tuned, GanGraph)
_LARGE = [Entry(kind, "bf16") for kind in (contenders.Ganvas, gan.contenders.Tuned, GanGraph)]

#: Workload, steps per round, and contenders.
WORKLOADS: dict[str, tuple[Callable[[int], Workload], int, list[Entry]]] = {
    "dcgan64": (dcgan64, 100, _GAN),
    "dcgan64-large": (lambda steps: dcgan(steps, 64, base=64, batch=1024, name="dcgan64-large"), 20, _LARGE),
    "vae": (mlp, 300, _entries(vae.contenders.Script, vae.contenders.Tuned, VaeGraph)),
    "ring": (points, 600, _entries(None, gan.contenders.Tuned, GanGraph)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workload", choices=[*WORKLOADS, "all"], default="all")
    parser.add_argument("--device", default="cuda", help="another than cuda only shows that this program runs")
    parser.add_argument("--steps", type=int, help="steps in a round")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "gpu.json")
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    result = json.loads(arguments.out.read_text()) if arguments.out.exists() else {"workloads": {}}
    result["machine"] = machine.describe()
    cuda = arguments.device.startswith("cuda")
    if cuda:
        result["card"] = torch.cuda.get_device_name(arguments.device)
        result["bf16_tflop_per_s"] = matrix_rate(arguments.device)
    for name in WORKLOADS if arguments.workload == "all" else [arguments.workload]:
        make, steps, entries = WORKLOADS[name]
        workload = dataclasses.replace(make(arguments.steps or steps), device=arguments.device)
        wanted = [entry for entry in entries if cuda or entry.precision == "fp32"]
        result["workloads"][name] = measure(workload, wanted, arguments.rounds)
        arguments.out.write_text(json.dumps(result, indent=1) + "\n")


def measure(workload: Workload, entries: list[Entry], rounds: int) -> dict[str, Any]:
    """Time all contenders in turn, one epoch each; a contender that fails in any round has no times."""
    ready: dict[str, Callable[[], None]] = {}
    failed: dict[str, str] = {}
    times: dict[str, list[float]] = {}
    flop = gemm.flop_per_step(tuned(workload))

    def attempt(name: str, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except Exception as error:
            first = next(iter(str(error).splitlines()), "")
            failed[name] = f"{type(error).__name__}: {first[:200]}"
            print(f"{workload.name}: {name} failed: {failed[name]}", flush=True)
            return None

    for entry in entries:
        train = attempt(entry.name, lambda entry=entry: _warmed(workload, entry))
        if train is not None:
            ready[entry.name], times[entry.name] = train, []
    for turn in range(rounds):
        for name in order(list(ready), turn):
            if name not in failed:
                seconds = attempt(name, lambda name=name: _timed(workload, ready[name]))
                times[name].append(0.0 if seconds is None else seconds / workload.steps * 1e3)
        said = ", ".join(f"{name} {values[-1]:.2f} ms" for name, values in times.items() if name not in failed)
        print(f"{workload.name}: round {turn + 1}: {said}", flush=True)
    return {
        "title": workload.title,
        "steps": workload.steps,
        "flop_per_step": flop,
        "entries": [[entry.kind.name, entry.kind.title, entry.precision] for entry in entries],
        "ms_per_step": {name: values for name, values in times.items() if name not in failed},
        "failed": failed,
    }


def tuned(workload: Workload) -> contenders.Tuned:
    """Create the tuned contender of a workload's family."""
    return workload.contenders["tuned"](workload)


def _warmed(workload: Workload, entry: Entry) -> Callable[[], None]:
    """Create a contender and train once, which selects and compiles kernels."""
    contender = entry.kind(workload)
    if isinstance(contender, contenders.Ganvas):
        contender.trainer.set_params(precision=entry.precision)
        contender.epoch()
        return contender.epoch
    if entry.precision == "bf16":
        step = contender.step

        def halved(real: torch.Tensor, noise: torch.Tensor) -> contenders.Losses:
            with torch.autocast(torch.device(workload.device).type, torch.bfloat16):
                return step(real, noise)

        contender.step = halved

    def train() -> None:
        with flags(entry.precision):
            contender.epoch()

    train()
    return train


@contextlib.contextmanager
def flags(precision: str) -> Iterator[None]:
    """Set the same flags as ganvas: TF32 unless fp32 is requested, and cuDNN's benchmark mode."""
    benchmark = torch.backends.cudnn.benchmark
    with tf32(precision != "fp32"):
        torch.backends.cudnn.benchmark = True
        try:
            yield
        finally:
            torch.backends.cudnn.benchmark = benchmark


def _timed(workload: Workload, train: Callable[[], None]) -> float:
    _wait(workload)
    begun = time.perf_counter()
    train()
    _wait(workload)
    return time.perf_counter() - begun


def _wait(workload: Workload) -> None:
    if workload.device.startswith("cuda"):
        torch.cuda.synchronize()


def matrix_rate(device: str) -> float:
    """Measure the multiply of large bf16 matrices: the median rate, in 10^12 operations per second."""
    left, right = torch.randn(2, MATRIX, MATRIX, device=device, dtype=torch.bfloat16)
    rates = []
    for _ in range(CALLS):
        torch.cuda.synchronize()
        begun = time.perf_counter()
        torch.mm(left, right)
        torch.cuda.synchronize()
        rates.append(2 * MATRIX**3 / (time.perf_counter() - begun) / 1e12)
    return median(rates)


if __name__ == "__main__":
    main()
