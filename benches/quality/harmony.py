"""Voices for melodies of chorales, beside Bach's own.

    python benches/quality/harmony.py --seeds 0 1 2

Trains MusicTrainer with its defaults on the training chorales, and composes three voices for each test melody, without
parallel fifths and octaves where others are possible, as `harmonise` does, and with them.
Harmonies are kept under runs/ and judged by `harmony_score.py`, which does not import ganvas.
Results of other seeds stay.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import harmony_score
import numpy as np

import ganvas

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, Any] = {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--data", type=Path, default=os.environ.get("GANVAS_DATA"), help="folder that has music/")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "harmony.json")
    args = parser.parse_args()
    folder = ROOT / "runs" / "harmony"
    folder.mkdir(parents=True, exist_ok=True)
    bach = harmony_score.chorales(args.data, "test")
    known = harmony_score.ranges(harmony_score.chorales(args.data, "train"))
    runs = earlier.runs(earlier.read(args.out), SETTINGS, args.seeds)
    for seed in args.seeds:
        file = folder / f"{seed}.json"
        if not file.is_file():
            begun, cpu = time.monotonic(), time.process_time()
            model = ganvas.MusicTrainer(**SETTINGS, random_state=seed, verbose=0, progress=False).fit()
            seconds = {"seconds": time.monotonic() - begun, "cpu seconds": time.process_time() - cpu}
            pieces = {str(allowed): [harmony(model, piece, allowed) for piece in bach] for allowed in (False, True)}
            file.write_text(json.dumps({**seconds, "pieces": pieces}))
        made = json.loads(file.read_text())
        pieces = made.pop("pieces")
        usual, free = (harmony_score.judged(pieces[str(allowed)], bach, known) for allowed in (False, True))
        runs.append({"seed": seed, **made, **usual, "parallels allowed": free})
        print(runs[-1], flush=True)
    result: dict[str, Any] = {
        "settings": SETTINGS,
        "runs": earlier.by_seed(runs),
        "bach": harmony_score.judged(bach, bach, known),
        "intervals": harmony_score.judged([harmony_score.intervals(piece) for piece in bach], bach, known),
        "machine": machine.describe(),
    }
    print(result["bach"], result["intervals"])
    args.out.write_text(json.dumps(result, indent=1) + "\n")


def harmony(model: ganvas.MusicTrainer, piece: list[list[int]], parallels: bool) -> list[list[int]]:
    """Compose voices for the highest pitches of a piece; returns the pitches of each quarter note, from high to low."""
    rows = [(step, 1, frame[0]) for step, frame in enumerate(piece) if frame]
    melody = ganvas.Score(rows, length=len(piece), resolution=1)
    roll = model.harmonise(melody, voices=3, parallels=parallels, random_state=0).roll(1)[: len(piece)]
    return [np.flatnonzero(step)[::-1].tolist() for step in roll]


if __name__ == "__main__":
    main()
