"""Answers in conversations, beside those of the nearest question.

    pip install --no-deps --target $GANVAS_DATA/text chatterbot-corpus==1.3.3
    GANVAS_DATA=... python benches/quality/dialogue.py --seeds 0 1 2

Trains Seq2SeqTrainer on the English conversations of chatterbot-corpus, each line with the next one, and answers the
questions that were held out; none of them is in the training part, not even in another case or punctuation.
`dialogue_score.py`, which does not import ganvas, scores the answers and those of the nearest training questions.
Models and answers are kept under runs/. A run that is stopped continues with the next model.
"""

import argparse
import itertools
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import answers_score
import dialogue_score
import yaml

import ganvas

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("GANVAS_DATA", ROOT / "data")) / "text" / "chatterbot_corpus" / "data" / "english"
HELD, DRAWN = 0.1, 2026
# Chosen by chrF on a tenth of the training questions, from seven with 15 to 30 epochs: words, 600 to 4,000 byte pairs,
# one to three blocks, an LSTM, dropout of 0.1 with words and of 0.2 with byte pairs (one answer to all questions).
SETTINGS: dict[str, Any] = {
    "vocabulary": "bpe",
    "vocabulary_size": 2_000,
    "context": (128, 400),
    "epochs": 20,
    "validation": 0.0,
}
BEAM = 4
# Kinds and longest lengths of n-grams by which the rival finds the nearest question.
NEAREST = {
    "nearest by characters within words": ("char_wb", 4),
    "nearest by characters": ("char", 5),
    "nearest by words": ("word", 2),
}


def questions() -> dialogue_score.Answers:
    """Read all questions with their answers."""
    files = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.yml"))]
    return dialogue_score.grouped(lines for content in files for lines in content["conversations"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--tiny", action="store_true", help="a check of the script in a minute, without a result")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "dialogue.json")
    args = parser.parse_args()
    folder = ROOT / "runs" / ("dialogue_tiny" if args.tiny else "dialogue")
    folder.mkdir(parents=True, exist_ok=True)
    known, held = dialogue_score.split(questions(), HELD, DRAWN)
    if args.tiny:
        known, held = (dict(itertools.islice(part.items(), 50)) for part in (known, held))
    sources, answers = dialogue_score.pairs(known)
    references = list(held.values())
    settings = SETTINGS | ({"epochs": 1, "width": 16, "depth": 1} if args.tiny else {})
    runs = earlier.runs(earlier.read(args.out), settings, args.seeds)
    for seed in args.seeds:
        file = folder / f"{seed}.json"
        if not file.is_file():
            begun, cpu = time.monotonic(), time.process_time()
            model = ganvas.Seq2SeqTrainer(**settings, random_state=seed, verbose=0, progress=False)
            model.fit(sources, answers)
            seconds = {"seconds": time.monotonic() - begun, "cpu seconds": time.process_time() - cpu}
            model.save(file.with_suffix(".safetensors"))
            made = {name: model.predict(list(part), beam=BEAM) for name, part in (("held", held), ("known", known))}
            file.write_text(json.dumps(seconds | made))
        run = json.loads(file.read_text())
        memorised = dialogue_score.score(run.pop("known"), list(known.values()))["exact"]
        predictions = run.pop("held")
        runs.append({"seed": seed, **run, **dialogue_score.score(predictions, references), "memorised": memorised})
        print(runs[-1], *zip(list(held)[:8], predictions, strict=False), sep="\n", flush=True)
    rivals = {name: dialogue_score.nearest(known, held, *kind) for name, kind in NEAREST.items()}
    rivals["nearest by pairs of words"] = answers_score.nearest(sources, answers, list(held))
    rivals["most frequent"] = answers_score.frequent(answers, len(held))
    result = {
        "settings": settings,
        "beam": BEAM,
        "pairs": len(answers) + sum(map(len, references)),
        "trained": len(known),
        "tested": len(held),
        "runs": earlier.by_seed(runs),
        "rivals": {name: dialogue_score.score(made, references) for name, made in rivals.items()},
        "real": dialogue_score.score([texts[0] for texts in references], references),
        "machine": machine.describe(),
    }
    print(json.dumps(result["rivals"] | {"real": result["real"]}, indent=1))
    if not args.tiny:
        args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
