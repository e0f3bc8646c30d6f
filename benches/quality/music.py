"""Models of music, beside n-grams: chorales and folk tunes, in nats a frame.

    python benches/quality/music.py --seeds 0 1 2

Trains MusicTrainer on the training parts; models are kept under runs/ and scored by `music_score.py`, which does not
import ganvas. Settings were chosen on the validation part of the chorales. The folk tunes have no test part at hand,
and their validation part chose nothing. A run that is stopped continues with the next model; results of other seeds
stay.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import music_score
import numpy as np

import ganvas

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
USUAL: dict[str, Any] = {"context": 160, "batch_size": 16, "parts": 0, "validation": 0}
# Epochs for less than ten minutes of two cores. Where pieces are in random keys, both rows see as many windows: an
# epoch of eleven keys is as long as eleven of one.
ROWS: dict[str, dict[str, Any]] = {
    "chorales": {**USUAL, "epochs": 60},
    "folk tunes": {**USUAL, "epochs": 12, "depth": 4, "dropout": 0.1},
    "chorales in random keys": {**USUAL, "epochs": 55, "transpose": 0},
    "chorales in random keys, transposed": {**USUAL, "epochs": 5, "transpose": music_score.SHIFTS},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--data", type=Path, default=os.environ.get("GANVAS_DATA"), help="folder that has music/")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "music.json")
    args = parser.parse_args()
    folder = ROOT / "runs" / "music"
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = earlier.read(args.out).get("rows", {})
    for row in args.rows:
        train, test = music_score.parts(row, args.data)
        runs = earlier.runs(found.get(row, {}), ROWS[row], args.seeds)
        for seed in args.seeds:
            file = folder / f"{row.replace(' ', '_')}_{seed}.safetensors"
            clock = file.with_suffix(".json")
            if not clock.is_file():
                begun, cpu = time.monotonic(), time.process_time()
                model = ganvas.MusicTrainer(**ROWS[row], resolution=1, random_state=seed, verbose=0, progress=False)
                model.fit([roll(piece) for piece in train])
                seconds = {"seconds": time.monotonic() - begun, "cpu seconds": time.process_time() - cpu}
                model.save(file)
                clock.write_text(json.dumps(seconds))
            runs.append({"seed": seed, **json.loads(clock.read_text()), **music_score.score(file, test)})
            print(row, runs[-1], flush=True)
        found[row] = {
            "settings": ROWS[row],
            "runs": earlier.by_seed(runs),
            "counting": music_score.counted(music_score.copies(row, train), test),
        }
        print(row, found[row]["counting"], flush=True)
        args.out.write_text(json.dumps({"rows": found, "machine": machine.describe()}, indent=1) + "\n")


def roll(piece: list[list[int]]) -> np.ndarray:
    """Make a piano roll of frames."""
    made = np.zeros((len(piece), 128), bool)
    for step, pitches in enumerate(piece):
        made[step, pitches] = True
    return made


if __name__ == "__main__":
    main()
