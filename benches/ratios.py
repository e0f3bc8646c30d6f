"""Numbers of several rounds: their median, and how far they spread."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from statistics import median


@dataclasses.dataclass(frozen=True)
class Spread:
    """A median with the lowest and the highest value."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        values = list(values)
        return cls(median(values), min(values), max(values))

    @property
    def arms(self) -> tuple[float, float]:
        """How far the ends are from the median, as matplotlib takes it."""
        return self.median - self.low, self.high - self.median


def quotients(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Divide round by round: what slows a round down slows both."""
    return [a / b for a, b in zip(above, below, strict=True)]


def faster(times: Mapping[str, Sequence[float]], contender: str) -> Spread:
    """Say how many times as long as ganvas a contender takes."""
    return Spread.of(quotients(times[contender], times["ganvas"]))


def share(workload: Mapping, contender: str) -> Spread:
    """Say what share of the rate of large matrix products a contender's step reaches."""
    seconds = [ms / 1e3 for ms in workload["ms_per_step"][contender]]
    reached = [workload["flop_per_step"] / 1e9 / s for s in seconds]
    return Spread.of(quotients(reached, workload["gemm_gflop_per_s"]))
