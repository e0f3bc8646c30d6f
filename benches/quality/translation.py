"""Translation of captions, German to English, beside the nearest neighbour.

    python benches/quality/translation.py --seeds 0 1 2

Trains on the 29,000 pairs of Multi30k (Elliott et al., 2016) and translates the 1,000 of its test set of 2016. Scores
are those of sacrebleu: BLEU of lower-case words as published tables have it, and of the texts as they are. The rival
answers with the translation of the training sentence that has the most words in common, weighted by their rarity.
Checkpoints are kept under runs/; a run that is stopped continues.
"""

import argparse
import gzip
import json
import math
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import sacrebleu

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("GANVAS_DATA", ROOT / "data")) / "text" / "multi30k"
# Epochs for about 20 minutes of two cores.
SETTINGS: dict[str, Any] = {
    "vocabulary_size": 6_000,
    "dropout": 0.1,
    "epochs": 8,
    "batch_size": 8,
    "validation": 0.02,
}
BEAM = 4


def lines(part: str, language: str) -> list[str]:
    """Read the sentences of a part in a language."""
    with gzip.open(FOLDER / f"{part}.{language}.gz", "rt", encoding="utf-8") as file:
        return [line.strip() for line in file]


def scores(predictions: list[str], references: list[str]) -> dict[str, float]:
    """Score translations of the test set."""
    lower = sacrebleu.corpus_bleu(predictions, [references], lowercase=True, tokenize="13a")
    cased = sacrebleu.corpus_bleu(predictions, [references])
    return {"bleu": lower.score, "cased": cased.score, "chrf": sacrebleu.corpus_chrf(predictions, [references]).score}


def nearest(train: list[str], translations: list[str], test: list[str]) -> list[str]:
    """Answer with the translation of the training sentence with the most words in common."""
    words = [set(line.lower().split()) for line in train]
    count = Counter(word for line in words for word in line)
    rarity = {word: math.log(len(train) / times) for word, times in count.items()}
    places: dict[str, list[int]] = {}
    for i, line in enumerate(words):
        for word in line:
            places.setdefault(word, []).append(i)
    length = [math.sqrt(sum(rarity[word] ** 2 for word in line)) or 1.0 for line in words]
    answers = []
    for line in test:
        common: Counter[int] = Counter()
        for word in set(line.lower().split()):
            for i in places.get(word, []):
                common[i] += rarity[word] ** 2 / length[i]
        answers.append(translations[common.most_common(1)[0][0]] if common else "")
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--tiny", action="store_true", help="a check of the script in a minute, without a result")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "translation.json")
    args = parser.parse_args()
    import ganvas

    parts = ("train", "test_2016_flickr")
    (source, target), (test, references) = ([lines(part, language) for language in ("de", "en")] for part in parts)
    settings = SETTINGS
    if args.tiny:
        source, target, test, references = source[:500], target[:500], test[:20], references[:20]
        settings = {**SETTINGS, "epochs": 1, "width": 32, "depth": 1}
    runs = earlier.runs(earlier.read(args.out), settings, args.seeds)
    for seed in args.seeds:
        folder = ROOT / "runs" / ("translation_tiny" if args.tiny else "translation") / str(seed)
        begun = time.monotonic()
        model = ganvas.Seq2SeqTrainer(**settings, random_state=seed)
        model.fit(source, target, checkpoint_dir=folder, resume="auto")
        seconds = float(model.history_["seconds"].sum())
        predictions = model.predict(test, beam=BEAM)
        runs.append({"seed": seed, "seconds": seconds, "loss": float(model.history_["validation_loss"].min())})
        runs[-1] |= scores(predictions, references) | {"examples": predictions[:5]}
        print(runs[-1], f"{time.monotonic() - begun:.0f} s", flush=True)
    rival = scores(nearest(source, target, test), references)
    print("nearest neighbour", rival, flush=True)
    result = {
        "settings": settings,
        "beam": BEAM,
        "threads": int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)),
        "runs": earlier.by_seed(runs),
        "nearest": rival,
        "machine": machine.describe(),
    }
    if not args.tiny:
        args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
