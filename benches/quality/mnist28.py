"""Train a GAN on MNIST for a given time, then save samples and a picture of them.

    python benches/quality/mnist28.py
    python benches/quality/recognise.py runs/mnist28/samples.npy --into benches/results/mnist28.json

With default settings and the default time, the results are saved in ``results/mnist28.json``. A run in an existing
folder resumes until the time is used up.
"""

import argparse
import ast
import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ganvas import GanTrainer
from ganvas.callbacks import Callback
from ganvas.data import load_mnist

sys.path.append(str(Path(__file__).parents[1]))
import machine

_SAMPLES, _TILES, _SCALE = 2_000, 12, 2
MINUTES = 10
RESULT = Path(__file__).parents[1] / "results" / "mnist28.json"
_EPOCHS = 1_000_000  # training is stopped by the clock instead


def main() -> None:
    arguments = _arguments()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    settings = {"random_state": 0, **dict(arguments.settings)}
    clock = Clock(60 * arguments.minutes, out / "run.json")
    gan = GanTrainer(**settings, epochs=_EPOCHS, verbose=0, callbacks=[clock])
    with contextlib.suppress(TimeIsUp):
        gan.fit(load_mnist(arguments.data), checkpoint_dir=out / "checkpoints", resume="auto")
    samples = gan.sample(_SAMPLES, random_state=0)
    np.save(out / "samples.npy", samples)
    Image.fromarray(grid(samples)).save(out / "samples.png")
    report = {"settings": settings, "seconds": round(clock.elapsed(), 1), "samples": clock.samples(gan)}
    (out / "run.json").write_text(json.dumps(report, indent=1) + "\n")
    if not arguments.settings and arguments.minutes == MINUTES:
        RESULT.write_text(json.dumps(report | {"machine": machine.describe()}, indent=1) + "\n")
    print(json.dumps(report))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("settings", nargs="*", type=_setting, help="of GanTrainer: base_channels=16 lr=3e-4")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="of training in all (default 10)")
    parser.add_argument("--out", type=Path, default=Path("runs") / "mnist28", help="folder (default runs/mnist28)")
    default = Path(os.environ.get("GANVAS_DATA", "data")) / "mnist"
    parser.add_argument("--data", type=Path, default=default, help="folder of the IDX files ($GANVAS_DATA/mnist)")
    return parser.parse_args()


def _setting(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


class TimeIsUp(KeyboardInterrupt):
    """Raised when the time is used up."""


class Clock(Callback):
    """Stop when the time is used up, including that of earlier runs in the same folder.

    Parameters
    ----------
    seconds : float
        Total training time.
    report : path
        Report of the previous run, if any.
    """

    def __init__(self, seconds: float, report: Path) -> None:
        self._seconds, self._report = seconds, report
        self._before, self._begun, self._steps = 0.0, time.monotonic(), 0

    def on_train_begin(self, estimator: GanTrainer) -> None:
        # A killed run has no report; its complete epochs are in the history.
        self._before = float(sum(estimator.history_["seconds"]))
        if self._report.is_file():
            self._before = max(self._before, json.loads(self._report.read_text())["seconds"])
        self._begun = time.monotonic()

    def on_step(self, estimator: GanTrainer, step: int) -> None:
        self._steps = step
        if self.elapsed() >= self._seconds:
            raise TimeIsUp

    def elapsed(self) -> float:
        return self._before + time.monotonic() - self._begun

    def samples(self, estimator: GanTrainer) -> int:
        return self._steps * estimator.batch_size_


def grid(samples: np.ndarray) -> np.ndarray:
    """Arrange the first samples in one picture."""
    side = samples.shape[1]
    tiles = samples[: _TILES**2].reshape(_TILES, _TILES, side, side).transpose(0, 2, 1, 3)
    return tiles.reshape(_TILES * side, _TILES * side).repeat(_SCALE, 0).repeat(_SCALE, 1)


if __name__ == "__main__":
    main()
