"""How near generated solids are to real ones, from saved arrays of voxels alone.

    python benches/quality/solids_score.py runs/solids/data.npz runs/solids/gan_0.npz ...

A file holds ``solids``, (n, d, h, w) booleans. The first file holds the held-out solids that the others are compared
with, by the intersection over union (IoU) of voxels: *coverage* is the share of held-out solids that are nearest to a
sample, *best* the mean over held-out solids of the IoU with their nearest sample, *one piece* the share of samples that
are a single connected part.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.ndimage import label


def overlaps(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the IoU of all pairs, (n, m)."""
    a, b = (solids.reshape(len(solids), -1).astype(np.float32) for solids in (one, other))
    both = a @ b.T
    return both / np.maximum(a.sum(1)[:, None] + b.sum(1)[None] - both, 1)


def score(held_out: np.ndarray, samples: np.ndarray) -> dict[str, float]:
    """Return coverage, best IoU, pieces and the share of full voxels."""
    iou = overlaps(samples, held_out)
    return {
        "coverage": float(len(np.unique(iou.argmax(1))) / len(held_out)),
        "best": float(iou.max(0).mean()),
        "one piece": float(np.mean([label(solid)[1] == 1 for solid in samples])),
        "occupancy": float(samples.mean()),
    }


def gaussian(solids: np.ndarray, n: int, components: int, seed: int) -> np.ndarray:
    """Draw from a Gaussian of principal components: the trivial rival."""
    flat = solids.reshape(len(solids), -1).astype(np.float32)
    mean = flat.mean(0)
    _, values, axes = np.linalg.svd(flat - mean, full_matrices=False)
    spread = values[:components] / np.sqrt(len(flat) - 1)
    drawn = np.random.default_rng(seed).standard_normal((n, components)).astype(np.float32) * spread
    return (drawn @ axes[:components] + mean > 0.5).reshape(n, *solids.shape[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    files = parser.parse_args().files
    held_out, *others = (np.load(file)["solids"] for file in files)
    for file, solids in zip(files[1:], others, strict=True):
        print(file.stem, json.dumps(score(held_out, solids)))


if __name__ == "__main__":
    main()
