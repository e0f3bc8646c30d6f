"""Evaluate generated digits as training data for classifiers; uses saved arrays, independent of the generator.

    python benches/quality/substitute.py runs/conditional/made.npz
    python benches/quality/substitute.py --real    # from MNIST's own training images, into results/

A small CNN, an MLP and a logistic regression are trained on the file's images and labels only, and tested on MNIST's
10,000 real test images (as in Cao et al., "Don't Generate Me: Training Differentially Private Generative Models with
Sinkhorn Divergence", 2021, table 1). To detect copies, the distance of images to the nearest training image is compared
with that of real test images.
"""

import argparse
import datetime
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import recognise
import torch
from torch import nn
from torch.nn import functional as F

COMPARED = 2_000
REAL = Path(__file__).parents[1] / "results" / "substitute_real.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", help="npz with images (n, 28, 28), uint8, and labels (n,)")
    parser.add_argument("--real", action="store_true", help="learn from the real training images")
    default = Path(os.environ.get("GANVAS_DATA", "data")) / "mnist"
    parser.add_argument("--data", type=Path, default=default, help="folder of the IDX files ($GANVAS_DATA/mnist)")
    args = parser.parse_args()
    if args.real == (args.file is not None):
        parser.error("expected a file or --real, one of the two")
    if args.real:
        images, labels = (recognise.read(args.data, "train", kind) for kind in ("images", "labels"))
        found = {"n": len(images)} | accuracies(images, labels, args.data) | {"date": datetime.date.today().isoformat()}
        REAL.write_text(json.dumps(found, indent=1) + "\n")
        print(json.dumps(found))
        return
    with np.load(args.file) as arrays:
        print(json.dumps(score(arrays["images"], arrays["labels"], args.data), indent=1))


def score(images: np.ndarray, labels: np.ndarray, data: Path) -> dict[str, Any]:
    """Accuracies on real test images, and distances to the nearest training image."""
    images = recognise.check(images)
    found: dict[str, Any] = {"n": len(images)} | accuracies(images, labels, data)
    test = recognise.read(data, "t10k", "images")
    train_images = recognise.read(data, "train", "images")
    chosen = np.random.default_rng(0).permutation(len(images))[:COMPARED]
    of_made, of_test = nearest(images[chosen], train_images), nearest(test[:COMPARED], train_images)
    found["nearest"] = {"generated_median": float(np.median(of_made)), "test_median": float(np.median(of_test))}
    # Fraction of samples that are nearer than 99 % of real test images, as copies would be.
    found["nearest"]["generated_below_test_percentile_1"] = float((of_made < np.percentile(of_test, 1)).mean())
    found["nearest"]["identical"] = int((of_made == 0).sum())
    return found


def accuracies(images: np.ndarray, labels: np.ndarray, data: Path) -> dict[str, Any]:
    """Train each classifier on these images only, and test it on the real test images."""
    test, truth = recognise.read(data, "t10k", "images"), torch.from_numpy(recognise.read(data, "t10k", "labels"))
    y, found = torch.from_numpy(labels.astype(np.int64)), {}
    for name, train in (("cnn", cnn), ("mlp", mlp), ("logistic_regression", logistic_regression)):
        torch.manual_seed(0)
        net = train(recognise.tensor(images), y).eval()
        found[name] = float((recognise.classify(net, test).argmax(1) == truth).float().mean())
    return found


def cnn(x: torch.Tensor, y: torch.Tensor) -> nn.Module:
    net = recognise.network()
    recognise.train(net, x, y)
    return net


def mlp(x: torch.Tensor, y: torch.Tensor) -> nn.Module:
    """One hidden layer, as in the paper."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, recognise.CLASSES))
    return descend(net, x, y, epochs=15, lr=1e-3)


def logistic_regression(x: torch.Tensor, y: torch.Tensor) -> nn.Module:
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, recognise.CLASSES))
    return descend(net, x, y, epochs=15, lr=5e-4)


def descend(net: nn.Module, x: torch.Tensor, y: torch.Tensor, epochs: int, lr: float) -> nn.Module:
    """Minimise the cross-entropy."""
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(128):
            optimizer.zero_grad()
            F.cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()
    return net


def nearest(images: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Euclidean distance of each image to the nearest of others, with grey values from 0 to 1."""
    x, others = (torch.from_numpy(a.reshape(len(a), -1).astype(np.float32) / 255) for a in (images, among))
    return torch.cat([torch.cdist(part, others).min(1).values for part in x.split(100)]).numpy()


if __name__ == "__main__":
    main()
