"""Platform levels: a GAN and a VAE on windows of tiles, beside a table of column bigrams and other real levels.

    python benches/quality/levels.py --seeds 0 1 2

2,000 windows of `ganvas.data.platform_levels` train, 1,000 others are held out. Samples are kept under runs/ and scored
by `tiles_score.py`, which does not import ganvas. A run that is stopped continues with the next model.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import tiles_score
from matplotlib.figure import Figure

import ganvas
from ganvas import plot
from ganvas.data import platform_levels

sys.path.append(str(Path(__file__).parents[1]))
import machine

TRAINED, TESTED = 2_000, 1_000
SETTINGS: dict[str, dict[str, Any]] = {
    "GanTrainer": {"epochs": 1500, "lr_schedule": "linear"},
    "VaeTrainer": {"epochs": 200, "latent_dim": 64, "beta": 0.5},
}
# Posteriors do not cover the prior: latents are drawn from a mixture fitted to those of the training data.
SAMPLING: dict[str, dict[str, Any]] = {"GanTrainer": {}, "VaeTrainer": {"sampler": "gmm"}}
ROOT = Path(__file__).parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--models", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "levels.json")
    parser.add_argument("--picture", type=Path, default=ROOT / "assets" / "levels.png")
    args = parser.parse_args()
    folder = ROOT / "runs" / "levels"
    folder.mkdir(parents=True, exist_ok=True)
    all_levels = platform_levels(TRAINED + 2 * TESTED, random_state=2026)
    train, held_out, other = np.split(all_levels, [TRAINED, TRAINED + TESTED])
    rows: dict[str, dict[str, Any]] = {
        "real levels": tiles_score.score(held_out, other),
        "column bigrams": tiles_score.score(held_out, tiles_score.bigrams(train, TESTED, 0)),
    }
    for name in args.models:
        settings = SETTINGS[name]
        for seed in args.seeds:
            file = folder / f"{name}_{seed}.npz"
            if not file.is_file():
                begun = time.monotonic()
                model = getattr(ganvas, name)(
                    kind="tiles", **settings, random_state=seed, verbose=0, progress=False
                ).fit(train)
                seconds = time.monotonic() - begun
                np.savez(file, levels=model.sample(TESTED, random_state=seed, **SAMPLING[name]), seconds=seconds)
            with np.load(file) as arrays:
                row = tiles_score.score(held_out, arrays["levels"]) | {"seconds": float(arrays["seconds"])}
                known = {level.tobytes() for level in train}
                row["copied"] = float(np.mean([level.tobytes() in known for level in arrays["levels"]]))
            rows[f"{name}, seed {seed}"] = row
            print(name, seed, json.dumps(row), flush=True)
    result = {
        "trained": TRAINED,
        "tested": TESTED,
        "settings": SETTINGS,
        "sampling": SAMPLING,
        "rows": rows,
        "machine": machine.describe(),
    }
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    files = {name: folder / f"{name}_{args.seeds[0]}.npz" for name in args.models}
    draw({"data": train} | {name: np.load(file)["levels"] for name, file in files.items()}, args.picture)


def draw(panels: dict[str, np.ndarray], path: Path) -> None:
    """Draw the first levels of each set."""
    figure = Figure(figsize=(4 * len(panels), 4.4), layout="constrained")
    for ax, (title, levels) in zip(figure.subplots(1, len(panels)), panels.items(), strict=True):
        plot.levels(levels[:8], ax=ax, columns=2)
        ax.set_title(title)
    figure.savefig(path, dpi=100)


if __name__ == "__main__":
    main()
