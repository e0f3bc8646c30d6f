"""Train a GAN with Ray Train in several processes, on the cores or GPUs of a machine or a cluster.

    pip install ganvas "ray[train]"
    python examples/ray_train.py --workers 2

Ray initialises ``torch.distributed`` in every worker, where ``fit`` detects it. Checkpoints are saved in a folder
shared by all workers, so that the training resumes from the last epoch if Ray restarts it after a failure.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import ray.train
from ray.train.torch import TorchTrainer

import ganvas


def train(settings: dict[str, Any]) -> None:
    """Train in one worker."""
    gan = ganvas.GanTrainer(epochs=settings["epochs"], random_state=0)
    gan.fit(ganvas.data.load_digits(), checkpoint_dir=settings["folder"], resume="auto")
    losses = gan.history_.row(-1)
    ray.train.report({name: losses[name] for name in ("discriminator_loss", "generator_loss")})


def main() -> None:
    """Start the workers and plot samples."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--gpu", action="store_true", help="use one GPU per worker")
    parser.add_argument("--folder", type=Path, default=None, help="checkpoint folder shared by all workers")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp())
    trainer = TorchTrainer(
        train,
        train_loop_config={"epochs": arguments.epochs, "folder": str(folder)},
        scaling_config=ray.train.ScalingConfig(num_workers=arguments.workers, use_gpu=arguments.gpu),
        run_config=ray.train.RunConfig(failure_config=ray.train.FailureConfig(max_failures=1)),
    )
    trainer.fit()
    gan = ganvas.GanTrainer.load(max(folder.glob("checkpoint-*")))
    print(gan.history_)
    gan.plot_samples(64, random_state=0).figure.savefig("samples.png")


if __name__ == "__main__":
    main()
