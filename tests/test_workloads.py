"""The benchmarks' networks in PyTorch have ganvas's initial weights."""

import sys
from pathlib import Path

import pytest
import torch

BENCHES = Path(__file__).parents[1] / "benches"


@pytest.fixture
def workloads(monkeypatch):
    """The workloads by name."""
    monkeypatch.syspath_prepend(str(BENCHES))
    before = set(sys.modules)
    from workloads import WORKLOADS

    yield WORKLOADS
    for name in set(sys.modules) - before:
        if str(BENCHES) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.mark.parametrize("name", ["dcgan", "ring", "vae", "conv-vae"])
def test_networks_are_built_with_the_initial_weights(workloads, name):
    make, _ = workloads[name]
    workload = make(1)
    found = [tensor for net in workload.networks() for tensor in net.state_dict().values()]
    again = [tensor for net in workload.networks() for tensor in net.state_dict().values()]
    assert found and all(torch.equal(a, b) for a, b in zip(found, again, strict=True))
