"""A conditional GAN on MNIST, evaluated by classifiers trained on its digits only.

    python benches/quality/conditional.py

Training saves to runs/ and resumes from there. 60,000 generated digits are saved and scored by `substitute.py`, which
does not import ganvas.
"""

import argparse
import datetime
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import substitute

import ganvas
from ganvas.data import load_mnist

PER_CLASS = 6_000
SETTINGS: dict[str, Any] = {
    "net": "dcgan",
    "conditioning": "concatenation",
    "discriminator_conditioning": "projection",
    "discriminator_norm": "none",
    "penalty": {"name": "r1", "weight": 0.5, "every": 8},
    "lr": 5e-4,
    "lr_schedule": "cosine",
    "betas": (0.0, 0.99),
    "ema": 100_000,
    "epochs": 40,
}
ROOT = Path(__file__).parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "conditional.json")
    args = parser.parse_args()
    data = Path(os.environ.get("GANVAS_DATA", "data")) / "mnist"
    folder = ROOT / "runs" / f"conditional_{args.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    gan = ganvas.GanTrainer(**SETTINGS, random_state=args.seed, verbose=0, progress=False)
    gan.fit(*load_mnist(data, return_y=True), checkpoint_dir=folder, resume="auto")
    y = np.repeat(np.arange(10), PER_CLASS)
    made = gan.sample(len(y), y=y, random_state=args.seed)
    np.savez(folder / "made.npz", images=made, labels=y)
    result = {"settings": SETTINGS, "seed": args.seed, "minutes": float(gan.history_["seconds"].sum()) / 60}
    result |= substitute.score(made, y, data) | {"date": datetime.date.today().isoformat()}
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
