"""Pictures from pictures: holes, enlargements and colours of CIFAR-10, beside trivial rivals.

    python benches/quality/pictures.py --tasks hole half double quadruple colours --seeds 0 1 2

Trains TranslationTrainer on 9,600 pictures and scores 400 others with `pictures_score.py`, which does not import
ganvas. One model per seed fills the centre and the right half. A run that is stopped continues from its last
checkpoint.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pictures_score as judge

from ganvas import TranslationTrainer

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
# Squared errors but for colours: the ratio of each picture is a logarithm, and a picture that has few colours loses
# much by a wrong one. Holes need more epochs than what is missing everywhere.
SHORT: dict[str, Any] = {"patch": 2, "reconstruction": "l2", "epochs": 8}
LONG: dict[str, Any] = SHORT | {"epochs": 20}
SETTINGS: dict[str, dict[str, Any]] = {
    "hole": LONG,
    "half": LONG,
    "double": SHORT,
    "quadruple": SHORT,
    "colours": SHORT | {"reconstruction": "l1"},
}
CORRUPTIONS: dict[str, Any] = {
    "hole": "mask",
    "half": "mask",
    "double": {"name": "downscale", "factor": 2},
    "quadruple": {"name": "downscale", "factor": 4},
    "colours": "grey",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", default=list(CORRUPTIONS), choices=list(CORRUPTIONS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--data", type=Path, default=os.environ.get("GANVAS_DATA"), help="folder that has cifar10/")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "pictures.json")
    args = parser.parse_args()
    train, test = judge.load(args.data)
    known = earlier.read(args.out) or {}
    tasks = known.get("tasks", {})
    for task in args.tasks:
        if tasks.get(task, {}).get("settings") != SETTINGS[task]:
            tasks[task] = {"settings": SETTINGS[task], "rivals": rivals(task, train, test), "runs": []}
        row = tasks[task]
        for seed in args.seeds:
            if seed in [run["seed"] for run in row["runs"]]:
                continue
            model, seconds = trained(task, train, seed)
            row["runs"].append(
                {"seed": seed, **judge.score(made(model, task, test), test, hole(task)), "seconds": seconds}
            )
            print(task, json.dumps(row["runs"][-1]), flush=True)
            result = {"train": len(train), "test": len(test), "tasks": tasks}
            args.out.write_text(json.dumps(result | {"machine": machine.describe()}, indent=1) + "\n")


def trained(task: str, train: np.ndarray, seed: int) -> tuple[TranslationTrainer, float]:
    """Train a model of a task, or continue its training; also returns the CPU time in seconds."""
    corruption = CORRUPTIONS[task]
    name = corruption if isinstance(corruption, str) else f"{corruption['name']}{corruption['factor']}"
    folder = ROOT / "runs" / "pictures" / f"{name}-{seed}"
    begun = time.process_time()
    model = TranslationTrainer(corruption, **SETTINGS[task], random_state=seed, verbose=0, progress=False)
    model.fit(train, checkpoint_dir=folder, resume="auto")
    return model, round(time.process_time() - begun, 1)


def made(model: TranslationTrainer, task: str, test: np.ndarray) -> np.ndarray:
    """Make the test pictures of what is left of them."""
    if task in ("hole", "half"):
        return model.transform(test, known=hole(task))
    return model.transform(judge.grey(test) if task == "colours" else judge.smaller(test, factor(task)))


def hole(task: str) -> np.ndarray | None:
    """Return where pixels are known, for tasks with a hole."""
    return {"hole": judge.centre(), "half": judge.half()}.get(task)


def factor(task: str) -> int:
    return {"double": 2, "quadruple": 4}[task]


def rivals(task: str, train: np.ndarray, test: np.ndarray) -> dict[str, dict[str, float]]:
    """Score what needs no network."""
    known = hole(task)
    if known is not None:
        pictures = {
            "biharmonic": judge.biharmonic(test, known),
            "ridge": judge.ridge_inpainting(train, test, known),
        }
    elif task == "colours":
        grey = judge.grey(test)
        pictures = {
            "grey": grey[..., None].repeat(3, -1),
            "ridge": judge.ridge_windows(judge.grey(train), train, grey),
        }
    else:
        bicubic = judge.larger(judge.smaller(test, factor(task)))
        inputs = judge.larger(judge.smaller(train, factor(task)))
        pictures = {"bicubic": bicubic, "ridge": judge.ridge_windows(inputs, train, bicubic)}
    return {name: judge.score(one, test, known) for name, one in pictures.items()}


if __name__ == "__main__":
    main()
