"""Around a training: hooks, processes, checkpoints, precision, progress."""
