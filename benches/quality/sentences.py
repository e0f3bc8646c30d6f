"""Latents of sentences: a text autoencoder beside a language model of the same size, on Multi30k.

    GANVAS_DATA=... python benches/quality/sentences.py --seeds 0 1 2

Texts are the English captions of Multi30k (Elliott et al., 2016), in lower case; both models learn the same vocabulary
of words from the training part, and are scored on the captions of test 2016. The bound of the autoencoder is an upper
limit of the nats that it needs for a caption; what the language model needs is exact. A collapsed autoencoder, whose
latents say nothing, is such a language model with divergence 0.

Models are kept under runs/ and scored by `sentences_score.py` and `texts_score.py`, in PyTorch, without ganvas. A run
that is stopped continues with the next model.
"""

import argparse
import gzip
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import sentences_score
import texts_score

import ganvas

sys.path.append(str(Path(__file__).parents[1]))
import earlier
import machine

ROOT = Path(__file__).parents[2]
WIDTH = 128
# Latents drawn per importance-weighted bound, of so many captions: as many decoder passes as the other scores take.
IMPORTANCE, FEW = 100, 200
AUTOENCODER: dict[str, Any] = {
    **{"net": "lstm", "latent_dim": 32, "width": WIDTH, "epochs": 6, "batch_size": 32, "lr": 4e-3},
    **{
        "lr_schedule": "cosine",
        "free_bits": 0.25,
        "word_dropout": 0.1,
        "beta_schedule": "warmup",
        "warmup_epochs": 1.0,
    },
}
LANGUAGE_MODEL: dict[str, Any] = {
    **{"net": "lstm", "vocabulary": "words", "context": 32, "width": WIDTH, "depth": 1, "epochs": 6, "dropout": 0.2},
    **{"batch_size": 16, "validation": 0.03},
}


def captions(part: str) -> list[str]:
    """Return the English captions of a part of Multi30k, in lower case."""
    folder = Path(os.environ["GANVAS_DATA"]) / "text" / "multi30k"
    with gzip.open(folder / f"{part}.en.gz", "rt", encoding="utf-8") as file:
        return [line.strip().lower() for line in file if line.strip()]


def language_nats(path: Path, texts: list[str]) -> float:
    """Return the mean nats of a text under a language model, from its file."""
    model, language, context = texts_score.read(path)
    numbers = sentences_score.table(language)
    end = len(numbers)
    coded = [[end, *sentences_score.encode(text, numbers), end] for text in texts]
    return sum(float(texts_score.nats(model, tokens, context, end + 1).sum()) for tokens in coded) / len(texts)


def trained(file: Path, make: Any, texts: list[str]) -> tuple[Any, float]:
    """Load a model, or train it; returns the seconds that this took."""
    clock = file.with_suffix(".json")
    if not clock.is_file():
        model = make()
        begun = time.monotonic()
        model.fit(texts)
        seconds = time.monotonic() - begun
        model.save(file)
        clock.write_text(json.dumps(seconds))
    return type(make()).load(file), float(json.loads(clock.read_text()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--part", default="test_2016_flickr", help="part of Multi30k that is scored")
    parser.add_argument("--texts", type=int, default=None, help="number of training captions, for a trial")
    parser.add_argument("--tested", type=int, default=None, help="number of captions that are scored, for a trial")
    parser.add_argument("--set", nargs="*", default=[], help="settings of the autoencoder in place of the usual ones")
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "sentences")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "sentences.json")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    chosen = AUTOENCODER | {name: json.loads(value) for name, value in (pair.split("=") for pair in args.set)}
    train, test = captions("train")[: args.texts], captions(args.part)[: args.tested]
    # The known characters of the captions.
    known = set("".join(train))
    test = [text for text in test if set(text) <= known]
    settings = {"autoencoder": chosen, "language model": LANGUAGE_MODEL, "part": args.part, "tested": len(test)}
    runs = earlier.runs(earlier.read(args.out), settings, args.seeds)
    for seed in args.seeds:
        usual = {"random_state": seed, "verbose": 0, "progress": False}
        name = args.folder / f"language_{seed}.safetensors"
        _, seconds = trained(name, lambda usual=usual: ganvas.TextTrainer(**LANGUAGE_MODEL, **usual), train)
        row: dict[str, Any] = {"seed": seed, "language model": language_nats(name, test), "seconds": [seconds]}
        file = args.folder / f"autoencoder_{seed}.safetensors"
        model, seconds = trained(file, lambda usual=usual: ganvas.VaeTrainer(**chosen, **usual), train)
        row |= sentences_score.score(file, test)
        few = sentences_score.score(file, test[:FEW], draws=1, importance=IMPORTANCE)
        row["importance-weighted nats of a few"] = few["importance-weighted nats"]
        row["language model of a few"] = language_nats(name, test[:FEW])
        row["seconds"].append(seconds)
        row["samples"] = model.sample(5, random_state=0)
        row["path"] = model.interpolate(test[0], test[1], steps=6)
        row["rebuilt"] = [test[:3], model.reconstruct(test[:3])]
        runs.append(row)
        print(json.dumps(row, indent=1), flush=True)
    sizes = {"importance": IMPORTANCE, "few": FEW}
    result = {"settings": settings, **sizes, "runs": earlier.by_seed(runs), "machine": machine.describe()}
    args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
