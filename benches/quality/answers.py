"""Answers that follow a rule: actions for commands, answers about stories, dates as numbers.

    python benches/quality/answers.py --seeds 0 1 2

Trains Seq2SeqTrainer on pairs that are made by `ganvas.data`: the simple split of SCAN, 10,000 stories, 10,000 dates.
An answer counts if all of its letters are right; `answers_score.py`, which does not import ganvas, counts them, and
those of the nearest training source. Answers are kept under runs/. A run that is stopped continues with the next model.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import answers_score

import ganvas

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
TESTED, DRAWN = 1_000, 2026
# Settings of each row, epochs for some minutes of one core.
SMALL: dict[str, Any] = {"width": 64, "depth": 2, "batch_size": 4, "validation": 0.02}
ROWS: dict[str, dict[str, Any]] = {
    "commands": {"vocabulary": "words", "epochs": 5, **SMALL},
    "stories": {"vocabulary": "words", "epochs": 15, **SMALL},
    "dates": {"vocabulary": "characters", "epochs": 10, **SMALL},
}


def pairs(row: str) -> tuple[tuple[list[Any], list[str]], tuple[list[Any], list[str]]]:
    """Return the pairs for training and those for the score."""
    if row == "commands":
        X, y = ganvas.data.commands(random_state=DRAWN)
        return (X[:16_728], y[:16_728]), (X[16_728:][:TESTED], y[16_728:][:TESTED])
    if row == "dates":
        X, y = ganvas.data.dates(10_000 + 2 * TESTED, random_state=DRAWN)
        known = set(X[:10_000])
        # Texts that were not drawn for training.
        new = [pair for pair in zip(X[10_000:], y[10_000:], strict=True) if pair[0] not in known][:TESTED]
        return (X[:10_000], y[:10_000]), ([x for x, _ in new], [answer for _, answer in new])
    texts, questions, answers = ganvas.data.stories(10_000 + TESTED, random_state=DRAWN)
    X = [f"{text} {question}" for text, question in zip(texts, questions, strict=True)]
    return (X[:10_000], answers[:10_000]), (X[10_000:], answers[10_000:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "answers.json")
    args = parser.parse_args()
    folder = ROOT / "runs" / "answers"
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = earlier.read(args.out).get("rows", {})
    for row in args.rows:
        (sources, answers), (tested, wanted) = pairs(row)
        runs = earlier.runs(found.get(row, {}), ROWS[row], args.seeds)
        for seed in args.seeds:
            file = folder / f"{row}_{seed}.json"
            if not file.is_file():
                begun, cpu = time.monotonic(), time.process_time()
                model = ganvas.Seq2SeqTrainer(**ROWS[row], random_state=seed, verbose=0, progress=False)
                model.fit(sources, answers)
                seconds = {"seconds": time.monotonic() - begun, "cpu seconds": time.process_time() - cpu}
                file.write_text(json.dumps({**seconds, "answers": model.predict(tested)}))
            made = json.loads(file.read_text())
            runs.append({"seed": seed, "exact": answers_score.exact(made.pop("answers"), wanted), **made})
            print(row, runs[-1], flush=True)
        rivals = {
            "nearest": answers_score.nearest(sources, answers, tested),
            "most frequent": answers_score.frequent(answers, len(tested)),
        }
        found[row] = {
            "settings": ROWS[row],
            "trained": len(sources),
            "tested": len(tested),
            "runs": earlier.by_seed(runs),
            "rivals": {name: answers_score.exact(made, wanted) for name, made in rivals.items()},
        }
        print(row, found[row]["rivals"], flush=True)
        args.out.write_text(json.dumps({"rows": found, "machine": machine.describe()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
