"""Solids of 32 voxels a side: a GAN and a VAE on chairs, tables and rooms, beside PCA and other real solids.

    python benches/quality/solids.py --seeds 0

2,000 solids of `ganvas.data.shapes3d` train, 500 are held out. Each model trains for at most MINUTES; training saves
into runs/ and goes on from there. 500 samples of each are kept and scored by `solids_score.py`, which does not know
ganvas.
"""

import argparse
import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import solids_score
from matplotlib.figure import Figure

import ganvas
from ganvas import plot
from ganvas.callbacks import Callback
from ganvas.data import shapes3d

sys.path.append(str(Path(__file__).parents[1]))
import machine

TRAIN, TEST, SIZE, MINUTES = 2_000, 500, 32, 15
SETTINGS: dict[str, dict[str, Any]] = {
    "GanTrainer": {"net": "dcgan", "base_channels": 4, "batch_size": 32, "lr": 1e-3},
    "VaeTrainer": {"net": "conv", "base_channels": 16, "batch_size": 16, "latent_dim": 32},
}
# Posteriors do not cover the prior: latents are drawn from a mixture fitted to those of the training data.
SAMPLING: dict[str, dict[str, Any]] = {"GanTrainer": {}, "VaeTrainer": {"sampler": "gmm"}}
ROOT = Path(__file__).parents[2]


class TimeIsUp(Exception):
    """Ends a training."""


class Clock(Callback):
    """Ends a training when its time is used up; time of earlier runs counts."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def on_train_begin(self, estimator: Any) -> None:
        done = estimator.history_["seconds"]
        self._end = time.monotonic() + self._seconds - float(np.sum(done))

    def on_poll(self, estimator: Any) -> None:
        if time.monotonic() > self._end:
            raise TimeIsUp


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--models", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "solids.json")
    parser.add_argument("--picture", type=Path, default=ROOT / "assets" / "solids.png")
    args = parser.parse_args()
    folder = ROOT / "runs" / "solids"
    folder.mkdir(parents=True, exist_ok=True)
    train, held_out, other = np.split(shapes3d(TRAIN + 2 * TEST, size=SIZE, random_state=2026), [TRAIN, TRAIN + TEST])
    rows: dict[str, dict[str, Any]] = {
        "real solids": solids_score.score(held_out, other),
        "PCA-16 and a Gaussian": solids_score.score(held_out, solids_score.gaussian(train, TEST, 16, 0)),
    }
    for name in args.models:
        settings = SETTINGS[name]
        for seed in args.seeds:
            file = folder / f"{name}_{seed}.npz"
            if not file.is_file():
                clock = Clock(60 * args.minutes)
                model = getattr(ganvas, name)(
                    **settings, epochs=1_000_000, random_state=seed, verbose=0, progress=False, callbacks=[clock]
                )
                with contextlib.suppress(TimeIsUp):
                    model.fit(train, checkpoint_dir=folder / f"{name}_{seed}", resume="auto")
                history = model.history_
                numbers = {"seconds": float(np.sum(history["seconds"])), "samples": int(history["samples"][-1])}
                np.savez(file, solids=model.sample(TEST, random_state=seed, **SAMPLING[name]), **numbers)
            with np.load(file) as arrays:
                row = solids_score.score(held_out, arrays["solids"].astype(bool))
                row |= {"seconds": float(arrays["seconds"]), "samples": int(arrays["samples"])}
            rows[f"{name}, seed {seed}"] = row
            print(name, seed, json.dumps(row), flush=True)
    sizes = {"train": TRAIN, "test": TEST, "size": SIZE, "minutes": args.minutes}
    result = sizes | {"settings": SETTINGS, "sampling": SAMPLING, "rows": rows, "machine": machine.describe()}
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    files = {name: folder / f"{name}_{args.seeds[0]}.npz" for name in args.models}
    draw({"data": train} | {name: np.load(file)["solids"] for name, file in files.items()}, args.picture)


def draw(panels: dict[str, np.ndarray], path: Path) -> None:
    """Draw the first solids of each set."""
    figure = Figure(figsize=(4.5 * len(panels), 4.5), layout="constrained")
    for place, (title, solids) in enumerate(panels.items(), 1):
        ax = figure.add_subplot(1, len(panels), place, projection="3d")
        plot.voxels(solids[:9].astype(np.float32), ax=ax, columns=3)
        ax.set_title(title)
    figure.savefig(path, dpi=100)


if __name__ == "__main__":
    main()
