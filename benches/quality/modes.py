"""Mode coverage: a GAN on the grid of 25 Gaussians and on the ring of 8, ten seeds each.

    python benches/quality/modes.py grid
    python benches/quality/modes.py ring --seeds 0 1 2
    python benches/quality/modes.py perfect            # the true distributions in the place of a model

Samples are saved under runs/modes and scored by `coverage.py`, which does not import ganvas; completed seeds are not
trained again.
"""

import argparse
import datetime
import json
import os
import time
from pathlib import Path
from typing import Any

import coverage
import numpy as np

import ganvas

POINTS, SAMPLES = 100_000, 2_500
SETTINGS: dict[str, Any] = {
    "net": "mlp",
    "objective": "non_saturating",
    "hidden": (128, 128, 128),
    "latent_dim": 2,
    "epochs": 160,
    "lr_schedule": "cosine",
    "betas": (0.0, 0.99),
    "ema": 300_000,
}
# A higher discriminator learning rate widens modes, and loses some on the grid; larger batches lose none.
OWN: dict[str, dict[str, Any]] = {
    "ring": {"batch_size": 512, "lr": 1e-3, "discriminator_lr": 2e-3},
    "grid": {"batch_size": 1024, "lr": 1.4e-3, "discriminator_lr": 1e-3},
}
DATA = {"grid": ganvas.data.grid, "ring": ganvas.data.ring}
ROOT = Path(__file__).parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=[*sorted(DATA), "perfect"])
    parser.add_argument("--seeds", type=int, nargs="*", default=list(range(10)))
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "modes.json")
    args = parser.parse_args()
    results = json.loads(args.out.read_text()) if args.out.is_file() else {}
    if args.name == "perfect":
        results["perfect"] = {name: mean([perfect(name, seed) for seed in args.seeds]) for name in sorted(DATA)}
        args.out.write_text(json.dumps(results, indent=1) + "\n")
        print(json.dumps(results["perfect"]))
        return
    folder = ROOT / "runs" / "modes"
    folder.mkdir(parents=True, exist_ok=True)
    scores = {seed: one(args.name, seed, folder / f"{args.name}_{seed}.npz") for seed in args.seeds}
    results[args.name] = {
        "settings": SETTINGS | OWN[args.name],
        "scores": scores,
        "mean": mean(list(scores.values())),
        "date": datetime.date.today().isoformat(),
        "cores": len(os.sched_getaffinity(0)),
    }
    args.out.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results[args.name]["mean"]))


def perfect(name: str, seed: int) -> dict[str, float]:
    """Score as many samples of the mixture itself, with other random numbers than the training data."""
    return coverage.score(DATA[name](SAMPLES, random_state=1000 + seed), name)


def mean(scores: list[dict[str, Any]]) -> dict[str, float]:
    return {key: float(np.mean([score[key] for score in scores])) for key in scores[0]}


def one(name: str, seed: int, file: Path) -> dict[str, Any]:
    """Train, sample and score; or only score."""
    if not file.is_file():
        begun = time.monotonic()
        gan = ganvas.GanTrainer(**SETTINGS, **OWN[name], random_state=seed, verbose=0, progress=False)
        gan.fit(DATA[name](POINTS, random_state=seed))
        np.savez(file, samples=gan.sample(SAMPLES, random_state=seed), seconds=time.monotonic() - begun)
    with np.load(file) as arrays:
        found = coverage.score(arrays["samples"], name) | {"seconds": float(arrays["seconds"])}
    print(name, seed, json.dumps(found), flush=True)
    return found


if __name__ == "__main__":
    main()
