"""Train one GAN in several processes that Ray Train starts: on the cores or GPUs of a machine, or of a cluster.

    pip install ganvas "ray[train]"
    python examples/ray_train.py --workers 2

Ray sets ``torch.distributed`` up in every worker; ``fit`` sees it there. Checkpoints go to a folder that all workers
reach, so that a run whose worker died goes on from the last epoch when Ray starts it again.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import ray.train
from ray.train.torch import TorchTrainer

import ganvas


def train(settings: dict[str, Any]) -> None:
    """Do one worker's part."""
    gan = ganvas.GanTrainer(epochs=settings["epochs"], random_state=0)
    gan.fit(ganvas.data.load_digits(), checkpoint_dir=settings["folder"], resume="auto")
    losses = gan.history_.row(-1)
    ray.train.report({name: losses[name] for name in ("discriminator_loss", "generator_loss")})


def main() -> None:
    """Start the workers, and draw what the GAN has learnt."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--gpu", action="store_true", help="a GPU for each worker")
    parser.add_argument("--folder", type=Path, default=None, help="of checkpoints, shared by all workers")
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
