"""The classic training: a DCGAN on MNIST at 64 px, latent 100, 64/64 channels, batch 128, Adam 2e-4 with beta1 0.5.

    python benches/quality/article.py              # one epoch
    python benches/quality/article.py --epochs 5   # all of it, where a GPU is at hand

A stopped run (Ctrl-C, SIGTERM) resumes from there; only the time of training is measured.
"""

import argparse
import json
import os
import resource
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from ganvas import GanTrainer
from ganvas.data import load_mnist

sys.path.insert(0, str(Path(__file__).parents[1]))
import machine

SEED, ROWS, COLUMNS = 0, 6, 12
BENCHES = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--runs", type=Path, default=BENCHES.parent / "runs", help="where checkpoints and samples go")
    parser.add_argument("--out", type=Path, default=BENCHES / "results" / "article.json")
    args = parser.parse_args()
    folder = args.runs / f"article_{args.epochs}"
    images = load_mnist(Path(os.environ.get("GANVAS_DATA", "data")) / "mnist", size=64)
    gan = GanTrainer(preset="dcgan64", epochs=args.epochs, random_state=SEED, verbose=1)
    gan.fit(images, checkpoint_dir=folder, resume="auto")
    samples = gan.sample(ROWS * COLUMNS, random_state=SEED)
    np.save(folder / "samples.npy", samples)
    Image.fromarray(sheet(samples)).save(folder / "samples.png")
    epochs = [{name: float(values[i]) for name, values in gan.history_.items()} for i in range(args.epochs)]
    result = {"preset": "dcgan64", "images": len(images), "seed": SEED, "executor": gan.executor_, "epochs": epochs}
    result |= {"precision": gan.precision_}
    # KiB on Linux, bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result |= {"peak_resident_mb": peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)}
    result |= {"device": gan.device_, "machine": machine.describe()}
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(epochs))


def sheet(samples: np.ndarray) -> np.ndarray:
    """Arrange samples in one picture."""
    side = samples.shape[1]
    return samples.reshape(ROWS, COLUMNS, side, side).transpose(0, 2, 1, 3).reshape(ROWS * side, COLUMNS * side)


if __name__ == "__main__":
    main()
