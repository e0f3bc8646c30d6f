"""Statistics over rounds: median and range."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from statistics import median


@dataclasses.dataclass(frozen=True)
class Spread:
    """A median with minimum and maximum."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        values = list(values)
        return cls(median(values), min(values), max(values))

    @property
    def arms(self) -> tuple[float, float]:
        """Distances of the ends from the median, as matplotlib expects them."""
        return self.median - self.low, self.high - self.median


def quotients(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Divide round by round: disturbances affect both."""
    return [a / b for a, b in zip(above, below, strict=True)]


def faster(times: Mapping[str, Sequence[float]], contender: str) -> Spread:
    """Return the time of a contender relative to ganvas."""
    return Spread.of(quotients(times[contender], times["ganvas"]))


def share(workload: Mapping, contender: str) -> Spread:
    """Return the rate of a contender's step relative to that of large matrix multiplies."""
    seconds = [ms / 1e3 for ms in workload["ms_per_step"][contender]]
    reached = [workload["flop_per_step"] / 1e9 / s for s in seconds]
    return Spread.of(quotients(reached, workload["gemm_gflop_per_s"]))
