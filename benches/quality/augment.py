"""Train a classifier on generated digits only and test it on real ones.

    python benches/quality/augment.py                # a conditional VAE, 60,000 generated images, a small CNN
    python benches/quality/augment.py --epochs 2

The generator and its images are saved under runs/; a stopped run resumes from there. The classifier is plain PyTorch
and uses the saved arrays only.
"""

import argparse
import datetime
import json
import os
import time
from pathlib import Path

import numpy as np
import recognise
import torch

import ganvas
from ganvas.data import load_mnist

SEED = 0
PER_CLASS = 6_000
SETTINGS = {"net": "mlp", "hidden": (512, 256), "latent_dim": 16, "likelihood": "bernoulli", "lr_schedule": "cosine"}
RUNS = Path(__file__).parents[2] / "runs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "augment.json")
    args = parser.parse_args()
    root = Path(os.environ.get("GANVAS_DATA", "data")) / "mnist"
    images, labels = load_mnist(root, return_y=True)
    test, truth = load_mnist(root, split="test", return_y=True)
    folder = RUNS / f"augment_{args.epochs}"
    folder.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    model = ganvas.VaeTrainer(**SETTINGS, epochs=args.epochs, random_state=SEED)
    model.fit(images, labels, checkpoint_dir=folder, save_every=10, resume="auto")
    y = np.repeat(np.arange(10), PER_CLASS)
    made = model.sample(len(y), y=y, random_state=SEED)
    np.savez(folder / "made.npz", images=made, labels=y)
    generated = time.monotonic() - begun
    torch.manual_seed(SEED)
    net = recognise.network()
    recognise.train(net, recognise.tensor(made), torch.from_numpy(y))
    accuracy = float((recognise.classify(net.eval(), test).argmax(1).numpy() == truth).mean())
    result = {"settings": SETTINGS, "epochs": args.epochs, "seed": SEED, "images": len(y), "accuracy": accuracy}
    result |= {"generator_seconds": generated, "seconds": time.monotonic() - begun}
    result["date"] = datetime.date.today().isoformat()
    args.out.write_text(json.dumps(result, indent=1))
    print(f"{accuracy:.4f} of {len(test)} real images, from {len(y)} generated ones")


if __name__ == "__main__":
    main()
