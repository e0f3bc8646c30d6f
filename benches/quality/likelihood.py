"""Log likelihood of dynamically binarised MNIST: trains one model with checkpoints and saves the result.

    python benches/quality/likelihood.py iwae            # MLP 784-200-200-50, tanh, five importance samples
    python benches/quality/likelihood.py conv            # a convolutional VAE
    python benches/quality/likelihood.py iwae --epochs 20 --out short.json

A stopped run resumes when it is called again with the same arguments.
"""

import argparse
import datetime
import json
import os
import sys
import time
from pathlib import Path

import torch

import ganvas
from ganvas.data import load_mnist

sys.path.append(str(Path(__file__).parents[1]))
import machine

SEED = 0
MODELS = {
    "iwae": {
        "net": "mlp",
        "hidden": (200, 200),
        "activation": "tanh",
        "latent_dim": 50,
        "bound": "doubly_reparameterized",
        "n_importance": 5,
        "batch_size": 32,
        "epochs": 660,
    },
    "conv": {
        "net": "conv",
        "latent_dim": 40,
        "hidden": (256,),
        "activation": "elu",
        "prior": "vamp",
        "n_components": 100,
        "epochs": 70,
    },
}
COMMON = {"likelihood": "bernoulli", "binarize": "dynamic", "lr": 1e-3, "lr_schedule": "cosine", "ema": 300_000.0}
RUNS = Path(__file__).parents[2] / "runs"


class Curve(ganvas.callbacks.Callback):
    """Callback that estimates the likelihood from few samples and draws, for monitoring only."""

    def __init__(self, X, file: Path, every: int) -> None:
        self.X, self.file, self.every = X, file, every
        self.rows = json.loads(file.read_text()) if file.exists() else []

    def on_epoch_end(self, estimator, row) -> None:
        if row["epoch"] % self.every:
            return
        mean, error = estimator.log_likelihood(self.X, n_importance=100)
        self.rows.append({"epoch": row["epoch"], "nll": -mean, "standard_error": error, "seconds": row["seconds"]})
        self.file.write_text(json.dumps(self.rows))
        print(f"epoch {row['epoch']}: {-mean:.2f} nats ({row['seconds']:.1f} s an epoch)", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--images", type=int, default=10_000, help="test images that count")
    parser.add_argument("--draws", type=int, default=5_000)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    root = Path(os.environ.get("GANVAS_DATA", "data")) / "mnist"
    train, test = load_mnist(root), load_mnist(root, split="test")
    settings = {**COMMON, **MODELS[args.model]}
    settings["epochs"] = args.epochs or settings["epochs"]
    folder = RUNS / f"likelihood_{args.model}_{settings['epochs']}"
    folder.mkdir(parents=True, exist_ok=True)
    curve = Curve(test[:500], folder / "curve.json", every=max(1, settings["epochs"] // 20))
    model = ganvas.VaeTrainer(**settings, random_state=SEED, callbacks=[curve])
    model.fit(train, checkpoint_dir=folder, save_every=5, resume="auto")
    trained_on = torch.get_num_threads()
    torch.set_num_threads(os.cpu_count() or 1)
    begun = time.monotonic()
    mean, error = model.log_likelihood(test[: args.images], n_importance=args.draws)
    bound = model.score(test[: args.images])
    result = {
        "model": args.model,
        "settings": settings,
        "seed": SEED,
        "nll": -mean,
        "standard_error": error,
        "elbo": bound,
        "images": args.images,
        "draws": args.draws,
        "training_seconds": float(model.history_["seconds"].sum()),
        "scoring_seconds": time.monotonic() - begun,
        "threads": trained_on,
        "machine": machine.describe(),
        "date": datetime.date.today().isoformat(),
        "curve": curve.rows,
        "history": {name: values.tolist() for name, values in model.history_.items()},
    }
    out = args.out or Path(__file__).parents[1] / "results" / f"likelihood_{args.model}.json"
    out.write_text(json.dumps(result, indent=1))
    print(f"{args.model}: {-mean:.2f} +- {error:.2f} nats, ELBO {bound:.2f}")


if __name__ == "__main__":
    main()
