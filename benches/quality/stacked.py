"""Stacked MNIST: a GAN on images with three random digits in their channels, 1,000 modes in total.

    python benches/quality/stacked.py --seeds 0

Training saves to runs/ and resumes from there. 26,000 samples are saved and scored by `recognise.py`, which does not
import ganvas.
"""

import argparse
import datetime
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import recognise
import torch

import ganvas
from ganvas.data import load_mnist

PICTURES, SAMPLES = 128_000, 26_000
SETTINGS: dict[str, Any] = {
    "net": "dcgan",
    "base_channels": 32,
    "discriminator_norm": "none",
    "objective": "hinge",
    "spectral_norm": True,
    "lr": 2e-3,
    "discriminator_lr": 4e-3,
    "lr_schedule": "cosine",
    "betas": (0.0, 0.99),
    "ema": 100_000,
    "epochs": 30,
}
ROOT = Path(__file__).parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "stacked.json")
    args = parser.parse_args()
    data = Path(os.environ.get("GANVAS_DATA", "data")) / "mnist"
    scores = {seed: one(seed, data) for seed in args.seeds}
    result = {"settings": SETTINGS, "scores": scores, "date": datetime.date.today().isoformat()}
    args.out.write_text(json.dumps(result | {"cores": len(os.sched_getaffinity(0))}, indent=1) + "\n")


def one(seed: int, data: Path) -> dict[str, Any]:
    """Train, sample and score; skips completed parts."""
    folder = ROOT / "runs" / f"stacked_{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "samples.npz"
    if not file.is_file():
        gan = ganvas.GanTrainer(**SETTINGS, random_state=seed, verbose=0, progress=False)
        gan.fit(stack(load_mnist(data), seed), checkpoint_dir=folder, resume="auto")
        begun = time.monotonic()
        samples = gan.sample(SAMPLES, random_state=seed)
        seconds = float(gan.history_["seconds"].sum()) + time.monotonic() - begun
        np.savez(file, samples=samples, seconds=seconds)
    torch.manual_seed(0)
    with np.load(file) as arrays:
        found = recognise.triples(recognise.load(data), arrays["samples"])
        found["minutes"] = float(arrays["seconds"]) / 60
    print(seed, json.dumps(found), flush=True)
    return found


def stack(digits: np.ndarray, seed: int) -> np.ndarray:
    """Stack three random digits as the channels of each image."""
    chosen = np.random.default_rng(seed).integers(0, len(digits), (PICTURES, 3))
    return np.stack([digits[chosen[:, i]] for i in range(3)], -1)


if __name__ == "__main__":
    main()
