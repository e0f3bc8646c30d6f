"""Mode coverage of a mixture of Gaussians, computed from saved arrays.

    python benches/quality/coverage.py runs/modes/grid_0.npz ...

A sample is of high quality if it is within three standard deviations of the nearest mode; a mode is covered if one such
sample is nearest to it. The divergence is that of the histogram of covered modes from the uniform distribution, in
nats.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np


def centres(name: str) -> tuple[np.ndarray, float]:
    """Return the modes and their standard deviation."""
    if name == "grid":
        axis = np.arange(-4, 5, 2)
        return np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2).astype(float), 0.05
    angles = 2 * np.pi * np.arange(8) / 8
    return np.stack([np.cos(angles), np.sin(angles)], -1), 0.01


def score(samples: np.ndarray, name: str) -> dict[str, Any]:
    """Return number, divergence and relative width of the modes, and the fraction of high-quality samples."""
    modes, sigma = centres(name)
    distances = np.linalg.norm(samples[:, None].astype(float) - modes[None], axis=-1)
    nearest = distances.argmin(1)
    good = distances.min(1) <= 3 * sigma
    counts = np.bincount(nearest[good], minlength=len(modes))
    shares = counts[counts > 0] / max(1, counts.sum())
    widths = [samples[good & (nearest == k)].std(0).mean() for k in range(len(modes)) if counts[k] > 1]
    return {
        "modes": int((counts > 0).sum()),
        "high_quality": float(good.mean()),
        "kl": float((shares * np.log(shares * len(modes))).sum()) if len(shares) else float("inf"),
        # Samples beyond three standard deviations are excluded, also in the true width.
        "width": float(np.mean(widths) / sigma) if widths else float("nan"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, help="arrays (n, 2), named grid_* or ring_*")
    for file in parser.parse_args().files:
        with np.load(file) as arrays:
            print(file.stem, json.dumps(score(arrays["samples"], file.stem.split("_")[0])))


if __name__ == "__main__":
    main()
