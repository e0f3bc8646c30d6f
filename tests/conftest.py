import os
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import ganvas

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _closed_figures():
    """Close the figures that a test has opened: matplotlib warns of many, and warnings are errors."""
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def digits() -> np.ndarray:
    """256 handwritten digits, (256, 16, 16) uint8; not writeable."""
    images = ganvas.data.load_digits()[:256]
    images.setflags(write=False)
    return images


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the larger data sets."""
    folder = os.environ.get("GANVAS_DATA")
    if not folder:
        pytest.skip("GANVAS_DATA names no folder of data")
    return Path(folder)


@pytest.fixture(scope="session")
def mnist(real_data) -> np.ndarray:
    """The 60,000 training digits of MNIST, (60000, 28, 28) uint8; not writeable."""
    root = real_data / "mnist"
    if not root.is_dir():
        pytest.skip(f"{root} is not there")
    images = ganvas.data.load_mnist(root=root)
    images.setflags(write=False)
    return images


@pytest.fixture(scope="module")
def one_thread():
    """Threads slow down tensors this small, above all on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
