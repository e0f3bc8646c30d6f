"""Flow matching: FlowTrainer on MNIST, and on points of a ring, a grid and a spiral.

    python benches/quality/flows.py --data mnist ring grid swiss_roll --seeds 0 1 2

Default settings. Digits are scored by `recognise.py`, points by `flows_score.py` and `coverage.py`; none of them
imports ganvas. A run that is stopped continues from its last checkpoint. The digits of seed 0 become a picture.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import coverage
import flows_score
import numpy as np
import recognise
from mnist28 import grid
from PIL import Image

import ganvas

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
DIGITS, POINTS = 2_000, 10_000
# The default length: on MNIST ten minutes of two cores without AVX-512.
SETTINGS: dict[str, dict[str, Any]] = {"mnist": {}, "ring": {}, "grid": {}, "swiss_roll": {}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", default=list(SETTINGS), choices=list(SETTINGS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--folder", type=Path, default=os.environ.get("GANVAS_DATA"), help="folder that has mnist/")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "flows.json")
    args = parser.parse_args()
    for name in args.data:
        settings = SETTINGS[name]
        for seed in args.seeds:
            run = {"seed": seed, **(digits if name == "mnist" else points)(name, seed, args.folder)}
            print(name, json.dumps(run), flush=True)
            # Other processes may have written other rows.
            known = earlier.read(args.out)
            runs = [*earlier.runs(known.get(name, {}), settings, [seed]), run]
            row = {"settings": settings, "runs": earlier.by_seed(runs), "machine": machine.describe()}
            if name != "mnist":
                row["equal"] = flows_score.equal(draws(name))
            args.out.write_text(json.dumps(known | {name: row}, indent=1) + "\n")


def digits(name: str, seed: int, folder: Path) -> dict[str, Any]:
    """Train on MNIST, and score samples."""
    model, seconds = trained(name, seed, ganvas.data.load_mnist(folder / "mnist"))
    made = model.sample(DIGITS, random_state=seed)
    if seed == 0:
        Image.fromarray(grid(made)).save(ROOT / "assets" / "flow.png", optimize=True)
    scores = recognise.summary(recognise.classify(recognise.load(folder / "mnist"), made))
    return scores | {"clusters": model.clusters_ or 0, "seconds": seconds}


def points(name: str, seed: int, _: Path) -> dict[str, Any]:
    """Train on points, and score samples."""
    draw = getattr(ganvas.data, name)
    model, seconds = trained(name, seed, draw(POINTS, random_state=seed))
    made = model.sample(flows_score.POINTS, random_state=seed)
    modes = {} if name == "swiss_roll" else coverage.score(made, name)
    gaussian = flows_score.gaussian(draw(POINTS, random_state=seed), seed)
    return {
        "ratio": flows_score.ratio(made, draws(name)),
        "gaussian_ratio": flows_score.ratio(gaussian, draws(name)),
        **modes,
        "seconds": seconds,
    }


def draws(name: str) -> list[np.ndarray]:
    """Points that no model has seen."""
    return [getattr(ganvas.data, name)(flows_score.POINTS, random_state=10_000 + i) for i in range(16)]


def trained(name: str, seed: int, data: np.ndarray) -> tuple[ganvas.FlowTrainer, float]:
    """Train a model, or continue its training; also returns the CPU time in seconds."""
    folder = ROOT / "runs" / "flows" / f"{name}-{seed}"
    begun = time.process_time()
    model = ganvas.FlowTrainer(**SETTINGS[name], random_state=seed, verbose=0, progress=False)
    model.fit(data, checkpoint_dir=folder, resume="auto")
    return model, round(time.process_time() - begun, 1)


if __name__ == "__main__":
    main()
