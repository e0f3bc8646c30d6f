import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the larger data sets."""
    folder = os.environ.get("GANVAS_DATA")
    if not folder:
        pytest.skip("GANVAS_DATA names no folder of data")
    return Path(folder)
