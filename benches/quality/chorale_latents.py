"""Latents of whole chorales: an importance-weighted bound, in nats a frame, beside n-grams.

    python benches/quality/chorale_latents.py --seeds 0 1 2

Trains VaeTrainer on the training part of Bach's chorales in quarter notes, one latent a piece; the bound on the test
pieces is computed by `sentences_score.py`, in PyTorch, without ganvas. Settings were chosen on the validation part.
A decoder whose latents say nothing, with divergence 0, is a recurrent model of the same size. A run that is stopped
continues with the next model.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import music_score
import sentences_score
from music import roll

import ganvas

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
DRAWS = 100
SETTINGS: dict[str, Any] = {
    **{"net": "lstm", "latent_dim": 16, "width": 256, "max_tokens": 1_000, "epochs": 60, "batch_size": 8},
    **{"lr": 2e-3, "lr_schedule": "cosine", "word_dropout": 0.2, "free_bits": 0.25, "vocabulary": "frames"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--part", default="test", help="part of the chorales that is scored")
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--data", type=Path, default=os.environ.get("GANVAS_DATA"), help="folder that has music/")
    parser.add_argument("--set", nargs="*", default=[], help="settings in place of the usual ones, for a trial")
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "chorale_latents")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "chorale_latents.json")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    settings = SETTINGS | {name: json.loads(value) for name, value in (pair.split("=") for pair in args.set)}
    train, scored = (music_score.chorales(args.data, part) for part in ("train", args.part))
    texts, frames = [music_score.text(piece) for piece in scored], sum(map(len, scored))
    runs = earlier.runs(earlier.read(args.out), settings, args.seeds)
    for seed in args.seeds:
        file = args.folder / f"{seed}.safetensors"
        clock = file.with_suffix(".json")
        if not clock.is_file():
            begun, cpu = time.monotonic(), time.process_time()
            model = ganvas.VaeTrainer(**settings, random_state=seed, verbose=0, progress=False)
            model.fit([ganvas.Score.of(roll(piece), resolution=1) for piece in train])
            seconds = {"seconds": time.monotonic() - begun, "cpu seconds": time.process_time() - cpu}
            model.save(file)
            clock.write_text(json.dumps(seconds))
        found = sentences_score.score(file, texts, draws=4, importance=args.draws, rows=8)
        for name in ("nats", "divergence", "importance-weighted nats"):
            found[name] *= len(texts) / frames
        runs.append({"seed": seed, **json.loads(clock.read_text()), **found})
        print(runs[-1], flush=True)
    result = {
        "settings": settings,
        "part": args.part,
        "draws": args.draws,
        "frames": frames,
        "runs": earlier.by_seed(runs),
        "counting": music_score.counted(train, scored),
        "machine": machine.describe(),
    }
    args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
