"""The benchmarks' networks in PyTorch have ganvas's initial weights."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHES = Path(__file__).parents[1] / "benches"
# In a process of its own: tests have modules of the same names.
BUILT = """
import sys
import torch
from workloads import WORKLOADS

workload = WORKLOADS[sys.argv[1]][0](1)
found, again = ([t for net in workload.networks() for t in net.state_dict().values()] for _ in range(2))
assert found and all(torch.equal(a, b) for a, b in zip(found, again, strict=True))
"""


@pytest.mark.parametrize("name", ["dcgan", "ring", "vae", "conv-vae"])
def test_networks_are_built_with_the_initial_weights(name):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(BENCHES), *sys.path])}
    subprocess.run([sys.executable, "-c", BUILT, name], env=environment, check=True)
