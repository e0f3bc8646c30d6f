"""Parity of contenders: equal weights, batches and noise must give equal losses."""

import dataclasses
from collections.abc import Callable
from typing import Any

import torch
from contenders import Contender
from workload import Workload


def measure(make: Callable[[int], Workload], rivals: list[str]) -> dict[str, Any]:
    """Train ganvas and the other contenders for a few steps.

    Returns
    -------
    dict
        ``steps``, ``limit``, ``relative``, ``difference`` (the largest difference of a loss from ganvas's, by
        contender), ``first_half`` (the same over the first half of the steps), ``from_float64`` (the largest difference
        from the tuned step in double precision) and ``losses`` of every step.

    Raises
    ------
    AssertionError
        A loss differs by more than the limit.
    """
    tolerance = make(1).tolerance
    workload, half = make(tolerance.steps), tolerance.steps // 2
    losses = {"ganvas": ganvas_losses(workload)}
    for rival in rivals:
        losses[rival] = torch_losses(workload, workload.contenders[rival](workload))
    exact = torch_losses(workload, workload.contenders["tuned"](workload, torch.float64))

    def furthest(a: torch.Tensor, b: torch.Tensor) -> float:
        difference = (a - b).abs()
        return float((difference / b.abs() if tolerance.relative else difference).max())

    result = {
        "steps": tolerance.steps,
        "limit": tolerance.limit,
        "relative": tolerance.relative,
        "difference": {rival: furthest(losses[rival], losses["ganvas"]) for rival in rivals},
        "first_half": {rival: furthest(losses[rival][:half], losses["ganvas"][:half]) for rival in rivals},
        "from_float64": {contender: furthest(values, exact) for contender, values in losses.items()},
        "losses": {contender: values.tolist() for contender, values in losses.items()},
    }
    bound = result["difference"]
    if tolerance.drifts:
        bound = {**result["first_half"], "tuned": bound["tuned"]}
    wrong = {rival: value for rival, value in bound.items() if not value <= tolerance.limit}
    assert not wrong, f"{workload.name}: losses differ from ganvas's by more than {tolerance.limit}: {wrong}"
    return result


def ganvas_losses(workload: Workload) -> torch.Tensor:
    """Losses of each step of the first epoch, ``(steps, losses)``."""
    run = workload.run()
    means = Means(run, workload.losses)
    run.train(workload.stored(), 1, means, resume=False, call="fit", y=workload.labels)
    counts = torch.arange(1, workload.steps + 1, dtype=torch.float64)[:, None]
    sums = torch.tensor(means.rows, dtype=torch.float64) * counts
    return torch.diff(sums, dim=0, prepend=torch.zeros(1, len(workload.losses), dtype=torch.float64))


@dataclasses.dataclass
class Means:
    """Hooks of the core that record the means of the epoch after each step."""

    run: Any
    columns: tuple[str, ...]
    every: int = 1
    rows: list[list[float]] = dataclasses.field(default_factory=list)

    def poll(self) -> None:
        pass

    def step(self) -> None:
        losses = self.run.losses()
        self.rows.append([losses[column] for column in self.columns])

    def epoch(self) -> None:
        pass


def torch_losses(workload: Workload, contender: Contender) -> torch.Tensor:
    """Compute the same for a PyTorch loop with ganvas's order and noise."""
    run, data = workload.run(), workload.tensor()
    dtype = getattr(contender, "dtype", torch.float32)
    rows = []
    for i, indices in enumerate(run.order(0, len(data)).view(workload.steps, -1)):
        given = workload.given(indices, dtype)
        losses = contender.step(workload.scaled(data[indices], dtype), run.latents(i).to(dtype), *given)
        rows.append([loss.item() for loss in losses])
    return torch.tensor(rows, dtype=torch.float64)
