"""The memory of training is constant."""

from pathlib import Path

import pytest

import ganvas

STATUS = Path("/proc/self/statm")
pytestmark = pytest.mark.skipif(not STATUS.is_file(), reason="needs /proc")


def resident():
    """MiB of memory in use."""
    return int(STATUS.read_text().split()[1]) * 4096 / 2**20


@pytest.mark.parametrize("penalty", ["gradient", "r1", "path_length"])
def test_the_memory_of_five_hundred_steps_with_a_gradient_penalty_is_constant(penalty):
    X = ganvas.data.load_digits(size=8)[:800]
    settings = {"net": "dcgan", "base_channels": 8, "batch_size": 16, "penalty": penalty, "n_critic": 1}
    # The first steps fill the allocators.
    gan = ganvas.GanTrainer(**settings, epochs=2, verbose=0, progress=False, random_state=0, device="cpu").fit(X)
    before = resident()
    gan.partial_fit(X, epochs=10)
    # Keeping the graph of each step would take hundreds.
    assert resident() - before < 20
