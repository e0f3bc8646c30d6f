"""Time training steps on a CUDA device: ganvas in three precisions, and the same training in PyTorch.

    python benches/gpu.py                     # all workloads
    python benches/gpu.py --workload vae --rounds 9

Needs the installed wheel and torch, nothing else; where the digits are not at hand the pictures are random.
"""

import argparse
import dataclasses
import json
import time
from collections.abc import Callable
from pathlib import Path
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

from ganvas._precision import arithmetic

MATRIX, CALLS = 8192, 20


class WholeGraph:
    """Networks and Adam through torch.compile with CUDA graphs, to be mixed into a family's `Tuned`."""

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
    """Somebody, calculating with some precision."""

    kind: type
    precision: str

    @property
    def name(self) -> str:
        return f"{self.kind.name} {self.precision}"


_GANVAS = [Entry(contenders.Ganvas, precision) for precision in ("bf16", "tf32", "fp32")]
_GAN = [
    *_GANVAS,
    Entry(gan.contenders.Script, "fp32"),
    Entry(gan.contenders.Tuned, "fp32"),
    *(Entry(GanGraph, precision) for precision in ("bf16", "tf32")),
]
_VAE = [*_GANVAS, Entry(vae.contenders.Tuned, "fp32"), Entry(VaeGraph, "tf32")]

#: What is trained, steps in a round, and who trains it.
WORKLOADS: dict[str, tuple[Callable[[int], Workload], int, list[Entry]]] = {
    "dcgan64": (dcgan64, 100, _GAN),
    "dcgan64-large": (lambda steps: dcgan(steps, 64, base=64, batch=1024, name="dcgan64-large"), 20, _GANVAS[:1]),
    "vae": (mlp, 300, _VAE),
    "ring": (points, 600, [*_GANVAS, *_GAN[4:]]),
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
    """Time everybody in turn, an epoch each."""
    ready: dict[str, Callable[[], None]] = {}
    unavailable: dict[str, str] = {}
    flop = gemm.flop_per_step(tuned(workload))
    for entry in entries:
        try:
            train = _ready(workload, entry)
            train()
        except Exception as error:
            unavailable[entry.name] = f"{type(error).__name__}: {str(error)[:200]}"
            continue
        ready[entry.name] = train
    times: dict[str, list[float]] = {name: [] for name in ready}
    for turn in range(rounds):
        for name in order(list(ready), turn):
            _wait(workload)
            begun = time.perf_counter()
            ready[name]()
            _wait(workload)
            times[name].append((time.perf_counter() - begun) / workload.steps * 1e3)
        said = ", ".join(f"{name} {values[-1]:.2f} ms" for name, values in times.items())
        print(f"{workload.name}: round {turn + 1}: {said}", flush=True)
    for name, why in unavailable.items():
        print(f"{workload.name}: {name}: {why}", flush=True)
    return {
        "title": workload.title,
        "steps": workload.steps,
        "flop_per_step": flop,
        "ms_per_step": times,
        "unavailable": unavailable,
    }


def tuned(workload: Workload) -> contenders.Tuned:
    """Make the tuned contender of a workload's family."""
    return workload.contenders["tuned"](workload)


def _ready(workload: Workload, entry: Entry) -> Callable[[], None]:
    contender = entry.kind(workload)
    if isinstance(contender, contenders.Ganvas):
        contender.trainer.set_params(precision=entry.precision)
        return contender.epoch

    def train() -> None:
        with arithmetic(workload.device, entry.precision):
            contender.epoch()

    return train


def _wait(workload: Workload) -> None:
    if workload.device.startswith("cuda"):
        torch.cuda.synchronize()


def matrix_rate(device: str) -> float:
    """Measure the fastest product of large bf16 matrices, in 10^12 operations a second."""
    left, right = torch.randn(2, MATRIX, MATRIX, device=device, dtype=torch.bfloat16)
    best = 0.0
    for _ in range(CALLS):
        torch.cuda.synchronize()
        begun = time.perf_counter()
        torch.mm(left, right)
        torch.cuda.synchronize()
        best = max(best, 2 * MATRIX**3 / (time.perf_counter() - begun) / 1e12)
    return best


if __name__ == "__main__":
    main()
