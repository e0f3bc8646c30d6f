"""A GAN that trains in milliseconds, and helpers that stop its training."""

import json
import os
import struct

from safetensors.numpy import load as load_tensors

import ganvas
from ganvas import GanTrainer
from ganvas.callbacks import Callback

IMAGES = ganvas.data.load_digits(size=8)[:128]
RING = ganvas.data.ring(128, random_state=0)
# Threads would wait for each other on a busy machine.
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def tiny(**params):
    usual = {"net": "mlp", "hidden": (2,), "latent_dim": 2, "epochs": 4, "batch_size": 32, "verbose": 0}
    return GanTrainer(**{**usual, "random_state": 0, **params})


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def essence(gan):
    """The whole run except its duration."""
    data = gan._run.to_bytes("{}")
    run = json.loads(json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])["__metadata__"]["ganvas"])["run"]
    tensors = {name: tensor.tobytes() for name, tensor in load_tensors(data).items() if name != "history.seconds"}
    return {**run["progress"], "seconds": 0}, run["data"], tensors


class Do(Callback):
    def __init__(self, at, call):
        self.at, self.call = at, call

    def on_step(self, estimator, step):
        if step == self.at:
            self.call(estimator)


def stop(estimator):
    raise KeyboardInterrupt
