"""Support of a training run: hooks, processes, checkpoints, precision, progress."""
