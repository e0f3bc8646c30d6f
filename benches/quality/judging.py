"""Measure what judging costs, and how its measures react to spoiled data, on MNIST.

    python benches/quality/judging.py

Writes results/judging.json. The classes of spoils are those of the test images; real against real is the bar.
"""

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

sys.path.insert(0, str(Path(__file__).parents[1]))
import machine

import ganvas
from ganvas import metrics
from ganvas._judging import encoder, rivals
from ganvas.callbacks import Evaluate

SEED = 0
# Images of each of the two sets, and of each set of the table of spoils.
MANY, FEW = 10_000, 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("GANVAS_DATA"), help="folder that has mnist/")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "judging.json")
    args = parser.parse_args()
    root = args.data / "mnist"
    train, train_y = ganvas.data.load_mnist(root=root, return_y=True)
    test, test_y = ganvas.data.load_mnist(root=root, split="test", return_y=True)
    result: dict[str, Any] = {"machine": machine.describe(), "many": MANY, "few": FEW}
    result["cost"] = cost(train[:MANY], train_y[:MANY], test, test_y)
    result["spoils"] = spoils(train[: 3 * FEW], train_y[: 3 * FEW])
    result["watching"] = watching(train, test)
    args.out.write_text(json.dumps(result, indent=1) + "\n")


def cost(train: np.ndarray, train_y: np.ndarray, test: np.ndarray, test_y: np.ndarray) -> dict[str, Any]:
    """Time the encoder and each function on two sets of images, in its features."""
    x, y = (images[..., None] / np.float32(255) for images in (test, train))
    begun = time.perf_counter()
    embed = encoder.trained(np.concatenate([x[: MANY // 2], y[: MANY // 2]]), None, SEED)
    seconds = {"encoder": time.perf_counter() - begun}
    real, other = (np.asarray(embed(images), np.float64) for images in (x, y))
    calls = {
        "frechet_distance": lambda: metrics.frechet_distance(real, other),
        "kernel_distance": lambda: metrics.kernel_distance(real, other),
        "sliced_wasserstein": lambda: metrics.sliced_wasserstein(real, other),
        "mmd": lambda: metrics.mmd(real, other),
        "precision_recall": lambda: metrics.precision_recall(real, other),
        "density_coverage": lambda: metrics.density_coverage(real, other),
        "diversity": lambda: metrics.diversity(other, real),
        "memorisation": lambda: metrics.memorisation(real[:5_000], other, real[5_000:]),
        "mode_histogram": lambda: metrics.mode_histogram(other, real[:10]),
        "psnr": lambda: metrics.psnr(test, train),
        "ssim": lambda: metrics.ssim(test, train),
        "linear_separability": lambda: metrics.linear_separability(real, test_y),
        "two_sample_test": lambda: metrics.two_sample_test(real, other),
        "train_on_synthetic": lambda: metrics.train_on_synthetic(other, train_y, real, test_y),
    }
    for name, call in calls.items():
        begun = time.perf_counter()
        call()
        seconds[name] = time.perf_counter() - begun
        print(name, f"{seconds[name]:.1f} s", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": seconds, "peak GiB": peak}


def spoils(images: np.ndarray, y: np.ndarray) -> dict[str, dict[str, float]]:
    """Compare spoiled images with real ones by the default features."""
    data = images[..., None] / np.float32(255)
    real, other, third = (data[part * FEW : (part + 1) * FEW] for part in range(3))
    random = np.random.default_rng(SEED)
    sets = {
        "other real images": other,
        "fresh real images": third,
        "blurred": gaussian_filter(third, (0, 0.7, 0.7, 0)),
        "with noise": np.clip(third + random.normal(0, 0.1, third.shape), 0, 1).astype(np.float32),
        "without a class": third[y[2 * FEW :] != 3],
        "a tenth of them, ten times": np.repeat(third[: FEW // 10], 10, axis=0),
        "Gaussian on PCA": rivals.gaussian(other, FEW, random),
    }
    embed = encoder.trained(np.concatenate([real, other]), None, SEED)
    rows = np.asarray(embed(real), np.float64)
    found = {}
    for name, spoiled in sets.items():
        features = np.asarray(embed(spoiled), np.float64)
        precision, recall = metrics.precision_recall(rows, features)
        found[name] = {
            "frechet": metrics.frechet_distance(rows, features),
            "kernel": metrics.kernel_distance(rows, features),
            "precision": precision,
            "recall": recall,
            "coverage": metrics.density_coverage(rows, features).coverage,
        }
        print(name, json.dumps(found[name]), flush=True)
    return found


def watching(train: np.ndarray, test: np.ndarray) -> dict[str, float]:
    """Time an epoch of the default GAN, and a measurement after it."""
    watch = Evaluate(test[:1_000])
    took: list[float] = []
    measure = watch.on_epoch_end

    def timed(estimator: Any, row: dict[str, float]) -> None:
        begun = time.perf_counter()
        measure(estimator, row)
        took.append(time.perf_counter() - begun)

    watch.on_epoch_end = timed
    gan = ganvas.GanTrainer(epochs=2, random_state=SEED, callbacks=[watch], verbose=0).fit(train)
    return {"epoch": float(gan.history_["seconds"][-1]), "measurement": took[-1]}


if __name__ == "__main__":
    main()
