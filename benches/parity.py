"""Whether everybody computes the same thing: the same weights, batches and latents must give the same losses."""

import dataclasses
from typing import Any

import contenders
import torch
from workloads import WORKLOADS, Workload

# Steps, and the largest difference of a loss from ganvas's. It binds the tuned loop over all steps and the others over
# the first half: rounding grows with each step of a game, and two float32 loops that are right drift apart.
LIMITS = {"dcgan": (6, 1e-3), "ring": (40, 1e-4)}
_COLUMNS = ("discriminator_loss", "generator_loss")


def measure(name: str, rivals: list[str]) -> dict[str, Any]:
    """Train ganvas and its rivals side by side for a few steps.

    Returns
    -------
    dict
        ``steps``, ``limit``, ``difference`` (the largest difference of a loss from ganvas's, by contender),
        ``first_half`` (the same over the first half of the steps), ``from_float64`` (the largest difference from the
        tuned step in double precision) and ``losses`` of every step.

    Raises
    ------
    AssertionError
        A loss differs by more than the limit.
    """
    steps, limit = LIMITS[name]
    workload = WORKLOADS[name][0](steps)
    losses = {"ganvas": ganvas_losses(workload)}
    for rival in rivals:
        losses[rival] = torch_losses(workload, contenders.PYTORCH[rival](workload))
    half = steps // 2
    exact = torch_losses(workload, contenders.Tuned(workload, torch.float64))
    result = {
        "steps": steps,
        "limit": limit,
        "difference": {rival: _furthest(losses[rival], losses["ganvas"]) for rival in rivals},
        "first_half": {rival: _furthest(losses[rival][:half], losses["ganvas"][:half]) for rival in rivals},
        "from_float64": {contender: _furthest(values, exact) for contender, values in losses.items()},
        "losses": {contender: values.tolist() for contender, values in losses.items()},
    }
    bound = {**result["first_half"], "tuned": result["difference"]["tuned"]}
    wrong = {rival: value for rival, value in bound.items() if not value <= limit}
    assert not wrong, f"{name}: losses differ from ganvas's by more than {limit}: {wrong}"
    return result


def ganvas_losses(workload: Workload) -> torch.Tensor:
    """Losses of each step of the first epoch, ``(steps, 2)``."""
    run = workload.run()
    means = Means(run)
    run.train(workload.stored(), 1, means, resume=False, call="fit")
    counts = torch.arange(1, workload.steps + 1, dtype=torch.float64)[:, None]
    sums = torch.tensor(means.rows, dtype=torch.float64) * counts
    return torch.diff(sums, dim=0, prepend=torch.zeros(1, 2, dtype=torch.float64))


@dataclasses.dataclass
class Means:
    """Hooks of the core that keep the means of the epoch after each step."""

    run: Any
    every: int = 1
    rows: list[list[float]] = dataclasses.field(default_factory=list)

    def poll(self) -> None:
        pass

    def step(self) -> None:
        self.rows.append([self.run.losses()[column] for column in _COLUMNS])

    def epoch(self) -> None:
        pass


def torch_losses(workload: Workload, contender: contenders.Script | contenders.Tuned) -> torch.Tensor:
    """Compute the same for a PyTorch loop, fed with ganvas's order and latents."""
    run, data = workload.run(), workload.tensor()
    batches = run.order(0, len(data)).view(workload.steps, -1)
    rows = []
    for i, indices in enumerate(batches):
        dtype = getattr(contender, "dtype", torch.float32)
        real = data[indices].to(dtype)
        real = real * 2 / 255 - 1 if workload.images else real
        losses = contender.step(real, run.latents(i).to(dtype))
        rows.append([loss.item() for loss in losses])
    return torch.tensor(rows, dtype=torch.float64)


def _furthest(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).abs().max())
