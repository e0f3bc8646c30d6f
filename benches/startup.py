"""Time of importing a package in a fresh interpreter."""

import subprocess
import sys
import time

PACKAGES = ("torch", "ganvas")


def measure(rounds: int = 5) -> dict[str, list[float]]:
    """Return the seconds by package and round; the first round, which fills the page cache, is excluded."""
    times: dict[str, list[float]] = {package: [] for package in PACKAGES}
    for turn in range(rounds + 1):
        for package in PACKAGES:
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {package}"], check=True)
            if turn:
                times[package].append(time.perf_counter() - begun)
    return times
