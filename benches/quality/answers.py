"""Answers that follow a rule: actions for commands, answers about stories, dates as numbers.

    python benches/quality/answers.py --seeds 0 1 2

Trains Seq2SeqTrainer on pairs that are made by `ganvas.data`: the simple split of SCAN, 10,000 stories, 10,000 dates.
Stories begin with the shortest ones: a model of all stories at once learns which room was named last long before it
learns who is where (Bengio et al., "Curriculum Learning", 2009).
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
import numpy as np

import ganvas

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
TESTED, DRAWN = 1_000, 2026
# Settings of each row, epochs for some minutes of one core.
SMALL: dict[str, Any] = {"width": 64, "depth": 2, "batch_size": 16, "lr": 1e-3, "validation": 0.02}
ROWS: dict[str, dict[str, Any]] = {
    "commands": {"vocabulary": "words", "epochs": 12, **SMALL},
    "stories": {"vocabulary": "words", "context": (72, 4), "epochs": 10, "lr_schedule": "constant", **SMALL},
    "dates": {"vocabulary": "characters", "epochs": 5, **SMALL},
}
# Fractions of the pairs, those with the shortest sources, on which a row is trained first, and epochs on each; then the
# epochs of its settings on all pairs.
FIRST: dict[str, list[tuple[float, int]]] = {"stories": [(0.2, 40), (0.4, 15)]}


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


def trained(row: str, seed: int, sources: list[Any], answers: list[str]) -> ganvas.Seq2SeqTrainer:
    """Train the model of a row."""
    settings = ROWS[row]
    model = ganvas.Seq2SeqTrainer(**settings, random_state=seed, verbose=0, progress=False)
    order = np.argsort([len(source.split()) for source in sources], kind="stable")
    for part, epochs in (*FIRST.get(row, ()), (1.0, settings["epochs"])):
        chosen = order[: round(part * len(sources))] if part < 1 else range(len(sources))
        model.partial_fit([sources[i] for i in chosen], [answers[i] for i in chosen], epochs=epochs)
    return model


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
        settings = ROWS[row] | ({"first": FIRST[row]} if row in FIRST else {})
        runs = earlier.runs(found.get(row, {}), settings, args.seeds)
        for seed in args.seeds:
            file = folder / f"{row}_{seed}.json"
            if not file.is_file():
                begun, cpu = time.monotonic(), time.process_time()
                model = trained(row, seed, sources, answers)
                seconds = {"seconds": time.monotonic() - begun, "cpu seconds": time.process_time() - cpu}
                file.write_text(json.dumps({**seconds, "answers": model.predict(tested)}))
            made = json.loads(file.read_text())
            runs.append({"seed": seed, "exact": answers_score.exact(made.pop("answers"), wanted), **made})
            print(row, runs[-1], flush=True)
        rivals = {
            "nearest": answers_score.nearest(sources, answers, tested),
            "most frequent": answers_score.frequent(answers, len(tested)),
            "named last": answers_score.last(answers, tested),
        }
        found[row] = {
            "settings": settings,
            "trained": len(sources),
            "tested": len(tested),
            "runs": earlier.by_seed(runs),
            "rivals": {name: answers_score.exact(made, wanted) for name, made in rivals.items()},
        }
        print(row, found[row]["rivals"], flush=True)
        args.out.write_text(json.dumps({"rows": found, "machine": machine.describe()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
