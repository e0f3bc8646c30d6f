"""Demo: train a GAN and save samples."""

from pathlib import Path
from typing import Any

import numpy as np

from ._run.ranks import Ranks
from .data import load_digits, load_folder, read_idx
from .estimators.gan import GanTrainer
from .exceptions import DataError, ParameterError


def demo(
    data: str | None, epochs: int | None, size: int | None, objective: str | None, out: str, seed: int
) -> GanTrainer:
    """Train on ``data`` and write samples.png, history.png and a checkpoint to the folder ``out``.

    Parameters
    ----------
    data : str or None
        A folder of images, a .npy or IDX file, or None for the built-in digits.
    epochs, size : int or None
        As for the command line.
    objective : str or None
    out : str
    seed : int

    Returns
    -------
    GanTrainer
    """
    import matplotlib.pyplot as plt

    X = _load(data, size)
    folder = Path(out).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    gan = GanTrainer(objective=objective, epochs=epochs, random_state=seed)
    try:
        gan.fit(X)
    finally:
        # Also after an interrupt, with the state reached.
        if hasattr(gan, "epochs_") and Ranks().leads:
            gan.save(folder / "gan.safetensors")
            _draw(gan, folder, plt)
    if Ranks().leads:
        print(f"made {folder / 'gan.safetensors'} and {folder / 'history.png'}; open {folder / 'samples.png'}")
    return gan


def _load(data: str | None, size: int | None) -> np.ndarray:
    if data is None:
        return load_digits(16 if size is None else size)
    path = Path(data).expanduser()
    if path.is_dir():
        return load_folder(path, 32 if size is None else size)
    if size is not None:
        raise ParameterError(f"size: expected None for a file, whose arrays are taken as they are, got {size}")
    if path.suffix != ".npy":
        return read_idx(path)
    try:
        return np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise DataError(f"{path}: expected an array of numbers ({error})") from None


def _draw(gan: GanTrainer, folder: Path, plt: Any) -> None:
    axes = gan.plot_samples(64, random_state=0)
    axes.figure.savefig(folder / "samples.png", dpi=100)
    plt.close(axes.figure)
    if len(gan.history_):
        axes = gan.plot_history()
        axes.figure.savefig(folder / "history.png", dpi=100)
        plt.close(axes.figure)
