"""Time until a fresh interpreter has imported a package."""

import subprocess
import sys
import time

PACKAGES = ("torch", "ganvas")


def measure(rounds: int = 5) -> dict[str, list[float]]:
    """Give the seconds for each package and round; the first round, which fills the page cache, is left out."""
    times: dict[str, list[float]] = {package: [] for package in PACKAGES}
    for turn in range(rounds + 1):
        for package in PACKAGES:
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {package}"], check=True)
            if turn:
                times[package].append(time.perf_counter() - begun)
    return times
