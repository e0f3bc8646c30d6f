"""Language models of characters, of byte pairs and of names, beside n-grams.

    python benches/quality/texts.py --seeds 0 1 2

The texts and their parts are those of `counting.py`: the last tenth of tiny Shakespeare, and 1,000 of the names. Models
are kept under runs/ and scored by `texts_score.py`, in PyTorch, without ganvas. A run that is stopped continues with
the next model; results of other seeds stay.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import counting
import numpy as np
import texts_score

import ganvas

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
# Epochs for about three minutes, and two for the names, of two cores. Those of the names were chosen on other names.
ROWS: dict[str, dict[str, Any]] = {
    "characters": {"epochs": 4, "validation": 0},
    "byte pairs": {"vocabulary": "bpe", "vocabulary_size": 512, "epochs": 7, "validation": 0},
    "names": {
        "context": 32,
        "width": 64,
        "epochs": 40,
        "batch_size": 32,
        "lr": 4e-3,
        "dropout": 0.1,
        "validation": 0.02,
    },
}


def texts(row: str) -> tuple[list[str], list[str]]:
    """Return the texts for training and those for the score."""
    if row != "names":
        text = ganvas.data.load_shakespeare()
        return [text[: counting.TRAINED]], [text[counting.TRAINED :]]
    names = np.array(ganvas.data.load_names())
    names = names[np.random.default_rng(counting.SEED).permutation(len(names))]
    return names[: -counting.TESTED].tolist(), names[-counting.TESTED :].tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "texts.json")
    args = parser.parse_args()
    folder = ROOT / "runs" / "texts"
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = earlier.read(args.out).get("rows", {})
    for row in args.rows:
        train, test = texts(row)
        runs = earlier.runs(found.get(row, {}), ROWS[row], args.seeds)
        for seed in args.seeds:
            file = folder / f"{row.replace(' ', '_')}_{seed}.safetensors"
            clock = file.with_suffix(".json")
            if not clock.is_file():
                begun, cpu = time.monotonic(), time.process_time()
                model = ganvas.TextTrainer(**ROWS[row], random_state=seed, verbose=0, progress=False).fit(train)
                seconds = {"seconds": time.monotonic() - begun, "cpu seconds": time.process_time() - cpu}
                model.save(file)
                samples = model.generate(n=5, max_tokens=400 if row != "names" else None, random_state=0)
                clock.write_text(json.dumps({**seconds, "samples": samples}))
            made = json.loads(clock.read_text())
            samples = made.pop("samples")
            runs.append({"seed": seed, **made, **texts_score.score(file, test)})
            print(row, runs[-1], samples[0][:300], sep="\n", flush=True)
        found[row] = {"settings": ROWS[row], "runs": earlier.by_seed(runs)}
        args.out.write_text(json.dumps({"rows": found, "machine": machine.describe()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
