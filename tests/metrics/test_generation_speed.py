"""Speed of sampling, by a clock that the samplers set."""

import numpy as np
import pytest

import ganvas
from ganvas import metrics
from ganvas.metrics import speed


class Clock:
    """A time that goes on when samples are drawn."""

    def __init__(self, *costs):
        self.now, self.costs, self.calls = 0.0, list(costs), []

    def perf_counter(self):
        return self.now

    def sample(self, n):
        self.now += self.costs[len(self.calls)]
        self.calls.append(n)
        return np.zeros(n)


def test_the_first_call_of_each_kind_is_not_counted(monkeypatch):
    clock = Clock(60, 3, 2, 90, 50, 1, 2, 3, 4, 11)
    monkeypatch.setattr(speed, "time", clock)
    result = metrics.generation_speed(clock, n=8, repeats=3, calls=5)
    assert clock.calls == [8, 8, 8, 8, 1, 1, 1, 1, 1, 1]
    assert result.samples_per_second == 8 / 3
    assert result.latency == 3
    assert result.latency_p95 == pytest.approx(4 + 0.8 * (11 - 4))


def test_functions_and_estimators_are_measured():
    gan = ganvas.GanTrainer(hidden=(4,), epochs=1, verbose=0).fit(ganvas.data.ring(64, random_state=0))
    for sample in (gan, gan.sample, lambda n: [0] * n):
        result = metrics.generation_speed(sample, n=4, repeats=1, calls=2)
        assert result.samples_per_second > 0
        assert 0 < result.latency <= result.latency_p95
