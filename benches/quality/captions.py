"""Language models of captions, beside real captions, n-grams and adversarial models.

    python benches/quality/captions.py --seeds 0 1 2

The captions are the 10,000 of Texygen for training; 1,000 captions are drawn from each model at temperature 1, saved
under runs/ and scored by `captions_score.py`, without ganvas, against the 10,000 for testing. A run that is stopped
continues with the next model; results of other seeds stay. A lower temperature raises BLEU and self-BLEU.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import captions_score

import ganvas

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
# Small and short: models that fit the captions for training more closely are too sure of them, and their samples repeat
# one another. Chosen by the loss on captions that were held out and the self-BLEU of samples, without the test part.
USUAL: dict[str, Any] = {
    **{"width": 96, "depth": 3, "epochs": 12, "dropout": 0.15, "validation": 0.05},
    **{"lr_schedule": "cosine"},
}
ROWS: dict[str, dict[str, Any]] = {
    "words": {"vocabulary": "words", "context": 48, **USUAL},
    "byte pairs": {"vocabulary": "bpe", "vocabulary_size": 2_000, "context": 64, **USUAL},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=["words"])
    parser.add_argument("--tiny", action="store_true", help="check the script: one epoch of 500 captions")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "captions.json")
    args = parser.parse_args()
    folder = ROOT / "runs" / ("captions_tiny" if args.tiny else "captions")
    folder.mkdir(parents=True, exist_ok=True)
    train = captions_score.read(captions_score.DATA / "train.txt")
    rivals, references, known = captions_score.rivals()
    found: dict[str, Any] = earlier.read(args.out).get("rows", {})
    for row in args.rows:
        runs = earlier.runs(found.get(row, {}), ROWS[row], args.seeds)
        for seed in args.seeds:
            file = folder / f"{row.replace(' ', '_')}_{seed}.txt"
            clock = file.with_suffix(".json")
            if not clock.is_file():
                settings = ROWS[row] | ({"epochs": 1, "width": 16, "depth": 1} if args.tiny else {})
                begun = time.monotonic()
                model = ganvas.TextTrainer(**settings, random_state=seed, verbose=0, progress=False)
                model.fit(train[:500] if args.tiny else train)
                seconds = time.monotonic() - begun
                model.save(file.with_suffix(".safetensors"))
                samples = model.generate(n=captions_score.SAMPLES, max_tokens=200, random_state=seed)
                # A caption is a line.
                file.write_text("".join(f"{' '.join(sample.split())}\n" for sample in samples), encoding="utf-8")
                clock.write_text(json.dumps({"seconds": seconds}))
            made, samples = json.loads(clock.read_text()), captions_score.read(file)
            runs.append({"seed": seed, **made, **captions_score.score(samples, references, known)})
            print(row, runs[-1], *samples[:5], sep="\n", flush=True)
        found[row] = {"settings": ROWS[row], "runs": earlier.by_seed(runs)}
    result = {"rows": found, "rivals": rivals, "machine": machine.describe()}
    if not args.tiny:
        args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(rivals, indent=1))


if __name__ == "__main__":
    main()
