"""Piano rolls: a GAN on phrases of four bars of chorales, beside real phrases and trivial rivals.

    python benches/quality/rolls.py --seeds 0 1 2

Trains GanTrainer with the preset musegan on the training chorales. 2,000 samples of each seed are kept under runs/ and
scored by `rolls_score.py`, which does not import ganvas. A run that is stopped continues from its last checkpoint.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import rolls_score
from matplotlib.figure import Figure

import ganvas
from ganvas import plot

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
SAMPLES = 2_000
# About a quarter of an hour of one core.
SETTINGS: dict[str, Any] = {"preset": "musegan", "epochs": 356}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--part", choices=("valid", "test"), default="test")
    parser.add_argument("--data", type=Path, default=os.environ.get("GANVAS_DATA"), help="folder that has music/")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "rolls.json")
    parser.add_argument("--picture", type=Path, default=ROOT / "assets" / "rolls.png")
    args = parser.parse_args()
    folder = ROOT / "runs" / "rolls"
    folder.mkdir(parents=True, exist_ok=True)
    train, pieces = (rolls_score.phrases(args.data, part) for part in ("train", args.part))
    known, real = np.concatenate(train), np.concatenate(pieces)
    # Every other chorale.
    halves = [np.concatenate(pieces[first::2]) for first in (0, 1)]
    sets = {
        "real": real,
        "one half": halves[0],
        "other half": halves[1],
        "cells alone": rolls_score.independent(known, SAMPLES, 0),
        "shuffled steps": rolls_score.shuffled(known, SAMPLES, 0),
    }
    rows = {name: judged(rolls, known) for name, rolls in sets.items()}
    runs = earlier.runs(earlier.read(args.out), SETTINGS, args.seeds)
    for seed in args.seeds:
        file = folder / f"{seed}.npz"
        if not file.is_file():
            model = ganvas.GanTrainer(**SETTINGS, random_state=seed, verbose=0, progress=False)
            model.fit(known, checkpoint_dir=folder / str(seed), save_every=10, resume="auto")
            history = model.history_
            numbers = {"seconds": float(np.sum(history["seconds"])), "samples": int(history["samples"][-1])}
            np.savez(file, rolls=model.sample(SAMPLES, random_state=seed), **numbers)
        with np.load(file) as arrays:
            numbers = {name: float(arrays[name]) for name in ("seconds", "samples")}
            runs.append({"seed": seed, **numbers, **judged(arrays["rolls"], known)})
        print(seed, json.dumps(runs[-1]), flush=True)
    sizes = {"train": len(known), "test": len(real), "made": SAMPLES}
    result = sizes | {"settings": SETTINGS, "rows": rows, "runs": earlier.by_seed(runs), "machine": machine.describe()}
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    draw({"chorales": real[::120], "samples": np.load(folder / f"{args.seeds[0]}.npz")["rolls"]}, args.picture)


def judged(rolls: np.ndarray, known: np.ndarray) -> dict[str, float]:
    """Score phrases."""
    return rolls_score.score(rolls) | rolls_score.variety(rolls, known)


def draw(panels: dict[str, np.ndarray], path: Path) -> None:
    """Draw the first phrases of each set."""
    figure = Figure(figsize=(5 * len(panels), 3.4), layout="constrained")
    for ax, (title, rolls) in zip(figure.subplots(1, len(panels)), panels.items(), strict=True):
        plot.rolls(rolls[:6], ax=ax, columns=2)
        ax.set_title(title)
    figure.savefig(path, dpi=100)


if __name__ == "__main__":
    main()
