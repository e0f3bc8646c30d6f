"""The taste of a listener, learnt from twenty chorales: those in minor, or lively ones.

    GANVAS_DATA=... python benches/quality/taste.py --seeds 0 1 2

A model of all training chorales continues with the twenty that are liked; a piece is then ranked by how much its
surprise fell. Measured on the test chorales: the area under the ROC curve of those of the taste against the others,
and the fraction of pieces of the taste among those that the model composes, before and after. The rival ranks by the
distance of a piece's pitch classes from those of the pieces that are liked. `taste_score.py`, which does not import
ganvas, knows the tastes and scores.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import music
import music_score
import numpy as np
import taste_score

import ganvas

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
LIKED, COMPOSED, BARS = 20, 100, 8
# Nothing is held out: two of twenty pieces would not tell when to stop. Chosen on the validation part, with seed 100.
SETTINGS: dict[str, Any] = {"validation": 0, "parts": 0}
EPOCHS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--part", default="test", help="part of the chorales that is ranked")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="passes through the liked pieces")
    parser.add_argument("--data", type=Path, default=os.environ.get("GANVAS_DATA"), help="folder that has music/")
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "taste")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "taste.json")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    settings = {
        **SETTINGS,
        "epochs": args.epochs,
        "part": args.part,
        "liked": LIKED,
        "composed": COMPOSED,
        "bars": BARS,
    }
    train, ranked = (music_score.chorales(args.data, part) for part in ("train", args.part))
    runs = earlier.runs(earlier.read(args.out), settings, args.seeds)
    for seed in args.seeds:
        file = args.folder / f"{seed}.safetensors"
        if not file.is_file():
            model = ganvas.MusicTrainer(**SETTINGS, resolution=1, random_state=seed, verbose=0, progress=False)
            model.fit([music.roll(piece) for piece in train]).save(file)
        tastes = {name: learnt(file, seed, name, (train, ranked), args.epochs) for name in taste_score.TASTES}
        runs.append({"seed": seed, "tastes": tastes})
        print(json.dumps(runs[-1]), flush=True)
    result = {"settings": settings, "runs": earlier.by_seed(runs), "machine": machine.describe()}
    args.out.write_text(json.dumps(result, indent=1) + "\n")


def learnt(
    file: Path, seed: int, name: str, parts: tuple[list[music_score.Piece], list[music_score.Piece]], epochs: int
) -> dict[str, float]:
    """Learn a taste, and score it."""
    is_liked, (train, ranked) = taste_score.TASTES[name], parts
    known = [piece for piece in train if is_liked(piece)]
    liked = [known[i] for i in np.random.default_rng(seed).choice(len(known), LIKED, replace=False)]
    wanted, rolls = np.array([is_liked(piece) for piece in ranked]), [music.roll(piece) for piece in ranked]
    model = ganvas.MusicTrainer(verbose=0, progress=False).load(file)
    surprise, before = model.score_samples(rolls), composed(model, seed)
    begun = time.process_time()
    model.partial_fit([music.roll(piece) for piece in liked], epochs=epochs)
    seconds = time.process_time() - begun
    return {
        "cpu seconds": seconds,
        "of the ranked": float(wanted.mean()),
        "area": taste_score.area(model.score_samples(rolls) - surprise, wanted),
        "area of pitch classes": taste_score.area(-taste_score.distances(ranked, liked), wanted),
        "composed before": float(np.mean([is_liked(piece) for piece in before])),
        "composed after": float(np.mean([is_liked(piece) for piece in composed(model, seed)])),
    }


def composed(model: ganvas.MusicTrainer, seed: int) -> list[music_score.Piece]:
    """Compose pieces."""
    scores = model.sample(BARS, COMPOSED, random_state=seed)
    return [[np.flatnonzero(frame).tolist() for frame in score.roll(1)] for score in scores]


if __name__ == "__main__":
    main()
