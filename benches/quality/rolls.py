"""Piano rolls: a GAN on phrases of four bars of chorales, beside real phrases and trivial rivals.

    python benches/quality/rolls.py --seeds 0 1 2

Trains GanTrainer with the preset musegan on the training chorales for MINUTES of processor time on one thread. 2,000
samples of each seed are kept under runs/ and scored by `rolls_score.py`, which does not import ganvas. Settings were
chosen on training and validation chorales (`--part valid`). A run that is stopped continues with the next seed.
"""

import argparse
import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import rolls_score
from matplotlib.figure import Figure

import ganvas
from ganvas import plot
from ganvas.callbacks import Callback

sys.path.append(str(Path(__file__).parents[1]))
import machine

ROOT = Path(__file__).parents[2]
MINUTES, SAMPLES = 5.0, 2_000
SETTINGS: dict[str, Any] = {"preset": "musegan"}


class TimeIsUp(Exception):
    """Ends a training."""


class Clock(Callback):
    """Ends a training when its processor time is used up."""

    def __init__(self, seconds: float) -> None:
        self._end = time.process_time() + seconds

    def on_poll(self, estimator: Any) -> None:
        if time.process_time() > self._end:
            raise TimeIsUp


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--part", choices=("valid", "test"), default="test")
    parser.add_argument("--minutes", type=float, default=MINUTES)
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
    runs = []
    for seed in args.seeds:
        file = folder / f"{seed}.npz"
        if not file.is_file():
            begun, cpu = time.monotonic(), time.process_time()
            model = ganvas.GanTrainer(
                **SETTINGS,
                epochs=1_000_000,
                random_state=seed,
                verbose=0,
                progress=False,
                callbacks=[Clock(60 * args.minutes)],
            )
            with contextlib.suppress(TimeIsUp):
                model.fit(known)
            numbers = {
                "seconds": time.monotonic() - begun,
                "cpu seconds": time.process_time() - cpu,
                "samples": int(model.history_["samples"][-1]),
            }
            np.savez(file, rolls=model.sample(SAMPLES, random_state=seed), **numbers)
        with np.load(file) as arrays:
            numbers = {name: float(arrays[name]) for name in ("seconds", "cpu seconds", "samples")}
            runs.append({"seed": seed, **numbers, **judged(arrays["rolls"], known)})
        print(seed, json.dumps(runs[-1]), flush=True)
    sizes = {"train": len(known), "test": len(real), "made": SAMPLES, "minutes": args.minutes}
    result = sizes | {"settings": SETTINGS, "rows": rows, "runs": runs, "machine": machine.describe()}
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
