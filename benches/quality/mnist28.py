"""Train a GAN on MNIST with default settings for about twenty minutes of one core, and score its samples.

    python benches/quality/mnist28.py --seeds 0 1 2

2,000 samples of each seed are saved under runs/ and scored by `recognise.py`, which does not import ganvas. A run that
is stopped continues from its last checkpoint. The samples of seed 0 become a picture.
"""

import argparse
import ast
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import recognise
from PIL import Image

from ganvas import GanTrainer
from ganvas.data import load_mnist

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
_SAMPLES, _TILES, _SCALE = 2_000, 12, 2
# Ten minutes of two cores without AVX-512.
SETTINGS: dict[str, Any] = {"epochs": 8}


def main() -> None:
    arguments = _arguments()
    settings = SETTINGS | dict(arguments.settings)
    classifier = recognise.load(arguments.data)
    real = recognise.classify(classifier, recognise.read(arguments.data, "t10k", "images"))
    labels = recognise.read(arguments.data, "t10k", "labels")
    accuracy = float((real.argmax(1).numpy() == labels).mean())
    if accuracy < recognise.WANTED:
        raise SystemExit(
            f"expected an accuracy of at least {recognise.WANTED}, got {accuracy}; delete {recognise.CACHE}"
        )
    runs = earlier.runs(earlier.read(arguments.out), settings, arguments.seeds)
    for seed in arguments.seeds:
        file = ROOT / "runs" / "mnist28" / f"{seed}.npz"
        if not file.is_file() or arguments.settings:
            train(settings, seed, arguments.data, file)
        with np.load(file) as found:
            numbers = {name: float(found[name]) for name in ("seconds", "samples", "clusters")}
            made = found["pictures"]
        runs.append({"seed": seed, **numbers, **recognise.summary(recognise.classify(classifier, made))})
        print(json.dumps(runs[-1]), flush=True)
        result = {"settings": settings, "classifier_accuracy": round(accuracy, 4), "real": recognise.summary(real)}
        result |= {"runs": earlier.by_seed(runs), "machine": machine.describe()}
        if not arguments.settings:
            arguments.out.write_text(json.dumps(result, indent=1) + "\n")
            if seed == 0:
                Image.fromarray(grid(made)).save(ROOT / "assets" / "mnist.png", optimize=True)


def train(settings: dict[str, Any], seed: int, data: Path, file: Path) -> None:
    """Train a model and save its samples, with the CPU time of the last process that trained it."""
    begun = time.process_time()
    gan = GanTrainer(**settings, random_state=seed, verbose=0, progress=False)
    gan.fit(load_mnist(data), checkpoint_dir=file.with_suffix(""), resume="auto")
    numbers = {"seconds": time.process_time() - begun, "samples": gan.history_["samples"][-1]}
    np.savez(file, pictures=gan.sample(_SAMPLES, random_state=seed), clusters=gan.clusters_ or 0, **numbers)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "settings", nargs="*", type=_setting, help="of GanTrainer: base_channels=16; no file is written"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "mnist28.json")
    default = Path(os.environ.get("GANVAS_DATA", "data")) / "mnist"
    parser.add_argument("--data", type=Path, default=default, help="folder of the IDX files ($GANVAS_DATA/mnist)")
    return parser.parse_args()


def _setting(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def grid(samples: np.ndarray) -> np.ndarray:
    """Arrange the first samples in one picture."""
    side = samples.shape[1]
    tiles = samples[: _TILES**2].reshape(_TILES, _TILES, side, side).transpose(0, 2, 1, 3)
    return tiles.reshape(_TILES * side, _TILES * side).repeat(_SCALE, 0).repeat(_SCALE, 1)


if __name__ == "__main__":
    main()
