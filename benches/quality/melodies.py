"""Latents of melodies of two bars, beside PCA, nearest neighbours and crossfades.

    python benches/quality/melodies.py --seeds 0 1 2

Trains VaeTrainer on scores: melodies of the training part of the Nottingham folk tunes. Other tunes' melodies that are
not among them are rebuilt, the likeliest token at each place after those that were chosen before it; paths lead from
one of them to another. What a model makes is kept under runs/ and judged by `melodies_score.py`, which does not import
ganvas. A run that is stopped continues with the next model.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import melodies_score
import numpy as np
from melodies_score import LOWEST, STEPS, Melody

import ganvas

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
TESTED, WALKS, SAMPLES = 2_000, 200, 1_000
SETTINGS: dict[str, Any] = {
    **{"net": "lstm", "latent_dim": melodies_score.COMPONENTS, "width": 128, "epochs": 20, "batch_size": 32},
    **{"lr": 4e-3, "lr_schedule": "cosine", "beta": 0.05, "free_bits": 0.5, "word_dropout": 0.5},
}


def score(melody: Melody) -> ganvas.Score:
    """Make a score of eighth notes."""
    notes = [(i / 2, 0.5, pitch) for i, pitch in enumerate(melody) if pitch >= 0]
    return ganvas.Score(notes, length=STEPS / 2, resolution=2)


def melody(piece: ganvas.Score) -> Melody:
    """Return the highest pitch of each step of a score."""
    roll = piece.roll(2)
    return tuple(int(np.flatnonzero(step)[-1]) if step.any() else -1 for step in roll)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--data", type=Path, default=os.environ.get("GANVAS_DATA"), help="folder that has music/")
    parser.add_argument("--trial", action="store_true", help="learn and judge on the training part, to choose settings")
    parser.add_argument("--set", nargs="*", default=[], help="settings in place of the usual ones, for a trial")
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "melodies")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "melodies.json")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    settings = SETTINGS | {name: json.loads(value) for name, value in (pair.split("=") for pair in args.set)}
    train, test = melodies_score.parts(args.data, args.trial)
    random = np.random.default_rng(0)
    tested = [test[i] for i in random.permutation(len(test))[:TESTED]]
    print(f"{len(train):,} training melodies, {len(test):,} others, lowest pitch {LOWEST}", flush=True)
    runs = earlier.runs(earlier.read(args.out), settings, args.seeds)
    for seed in args.seeds:
        file = args.folder / f"{seed}.json"
        if not file.is_file():
            begun, cpu = time.monotonic(), time.process_time()
            model = ganvas.VaeTrainer(**settings, random_state=seed, verbose=0, progress=False)
            model.fit([score(one) for one in train])
            made = {"seconds": time.monotonic() - begun, "cpu seconds": time.process_time() - cpu}
            made["rebuilt"] = [melody(piece) for piece in model.reconstruct([score(one) for one in tested])]
            made["samples"] = [melody(piece) for piece in model.sample(SAMPLES, random_state=seed)]
            pairs = zip(tested[:WALKS], tested[WALKS : 2 * WALKS], strict=True)
            made["walks"] = [[melody(p) for p in model.interpolate(score(a), score(b), steps=8)] for a, b in pairs]
            model.save(file.with_suffix(".safetensors"))
            file.write_text(json.dumps(made))
        made = json.loads(file.read_text())
        rebuilt, samples = ([tuple(one) for one in made.pop(name)] for name in ("rebuilt", "samples"))
        walks = [[tuple(one) for one in walk] for walk in made.pop("walks")]
        runs.append({"seed": seed, **made, **melodies_score.judged(args.data, rebuilt, samples, walks, tested)})
        print(runs[-1], flush=True)
    result: dict[str, Any] = {
        "settings": settings,
        "training melodies": len(train),
        "tested": len(tested),
        "runs": earlier.by_seed(runs),
        "rivals": melodies_score.rivals(args.data, tested, walks),
        "machine": machine.describe(),
    }
    print(result["rivals"])
    if not args.trial:
        args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
