"""Time training steps and sampling of language models in ganvas and in PyTorch, in turn, in one process.

    python benches/language.py

Writes results/language.json. Contenders are `language_torch.py` eagerly and with torch.compile, after a check that
PyTorch with the same weights has the same loss.
"""

import argparse
import gc
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Workers of the compiler would compete for the cores.
os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")

import language_torch
import machine
import numpy as np
import torch
from ratios import faster
from turns import order

from ganvas import TextTrainer

SEED, TOKENS = 0, 65
TITLES = {"ganvas": "ganvas", "eager": "eager PyTorch", "compile": "torch.compile"}
# Steps of a round, at least a second on two cores, and settings. What a training needs before its first step and after
# its last one counts for ganvas, so there are several.
STEPS: dict[str, tuple[int, dict[str, Any]]] = {
    "4 layers of 128, context 64, batch 12": (
        24,
        {"net": "transformer", "width": 128, "depth": 4, "heads": 4, "context": 64, "batch_size": 12},
    ),
    "6 layers of 384, context 256, batch 8": (
        6,
        {"net": "transformer", "width": 384, "depth": 6, "heads": 6, "context": 256, "batch_size": 8},
    ),
    "LSTM, 2 layers of 256, context 64, batch 32": (
        12,
        {"net": "lstm", "width": 256, "depth": 2, "context": 64, "batch_size": 32},
    ),
    "GRU, 2 layers of 256, context 64, batch 32": (
        12,
        {"net": "gru", "width": 256, "depth": 2, "context": 64, "batch_size": 32},
    ),
}
# Texts that are written at a time, and tokens of each.
SAMPLES = {1: 200, 64: 200}
SAMPLED = {"net": "transformer", "width": 128, "depth": 4, "heads": 4, "context": 256, "batch_size": 8}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="turns of every contender (default 9)")
    parser.add_argument("--only", help="part of the title of the workloads that are measured")
    parser.add_argument("--cpu-time", action="store_true", help="measure CPU time, for a machine that is not idle")
    parser.add_argument("--no-compile", action="store_true", help="leave out torch.compile")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "language.json")
    args = parser.parse_args()
    clock = time.process_time if args.cpu_time else time.perf_counter
    torch.manual_seed(SEED)
    result: dict[str, Any] = {"machine": machine.describe(), "contenders": TITLES, "steps": {}, "sampling": {}}
    for title, (steps, settings) in STEPS.items():
        if args.only is None or args.only in title:
            result["steps"][title] = training(title, settings, steps, (args.rounds, clock, not args.no_compile))
    for n, count in SAMPLES.items():
        if args.only is None or args.only in "sampling":
            result["sampling"][str(n)] = sampling(n, count, args.rounds, clock)
    args.out.write_text(json.dumps(result, indent=1) + "\n")


def text(settings: dict[str, Any], steps: int) -> str:
    """Draw a text whose windows make a number of steps, and which has all characters."""
    length = steps * settings["batch_size"] * settings["context"]
    tokens = np.random.default_rng(SEED).integers(TOKENS, size=length)
    tokens[:TOKENS] = np.arange(TOKENS)
    return "".join(chr(ord("0") + token) for token in tokens)


def fitted(settings: dict[str, Any], document: str, epochs: int = 1) -> TextTrainer:
    """Train ganvas."""
    trainer = TextTrainer(**settings, validation=0, epochs=epochs, verbose=0, progress=False, random_state=SEED)
    return trainer.fit([document])


def rival(ours: TextTrainer, settings: dict[str, Any]) -> language_torch.Model:
    """Build the PyTorch model with the weights of ganvas's."""
    names = ("net", "width", "depth", "context")
    model = language_torch.Model(
        tokens=TOKENS + 1, heads=settings.get("heads", 0), **{name: settings[name] for name in names}
    )
    weights = {name.removeprefix("tokens."): torch.as_tensor(w) for name, w in ours._run.state_dict("network").items()}
    loaded = {"vectors.weight": weights.pop("weight")}
    blocks: dict[str, list[torch.Tensor]] = {}
    parts = {"attention": (0, "joined", "out"), "feed": (1, "up", "down")}
    for name, tensor in weights.items():
        if not name.startswith(("block", "layer")):
            loaded[name] = tensor
            continue
        whole, _, own = name.partition(".")
        if whole.startswith("layer"):
            loaded[f"layers.{own}_l{int(whole.removeprefix('layer')) - 1}"] = tensor
            continue
        block = f"blocks.{int(whole.removeprefix('block')) - 1}"
        branch, _, own = own.partition(".")
        i, into, out = parts[branch]
        if own == "scale":
            blocks.setdefault(f"{block}.scales", []).append(tensor.flatten())
        else:
            place = {"norm": f"norms.{i}", "in": into, "out": out}[own.partition(".")[0]]
            loaded[f"{block}.{place}.weight"] = tensor.flatten(1) if tensor.dim() > 1 else tensor
    loaded |= {name: torch.cat(both) for name, both in blocks.items()}
    kept = {name: tensor for name, tensor in model.state_dict().items() if name in ("cos", "sin")}
    model.load_state_dict({name: tensor.contiguous().clone() for name, tensor in loaded.items()} | kept)
    return model


def compare(ours: TextTrainer, model: language_torch.Model, document: str, context: int) -> float:
    """Return the relative difference of the losses of a short text; stop if it is large."""
    start = document[: context - 1]
    codes = torch.tensor([TOKENS, *ours.vocabulary_.encode(start).tolist(), TOKENS])
    with torch.no_grad():
        expected = float(model.loss(codes[None])) * (len(codes) - 1)
    off = abs(-float(ours.score_samples([start])[0]) / expected - 1)
    if off > 1e-4:
        raise SystemExit(f"losses differ by {off:.1e} of their value")
    return off


def training(
    title: str, settings: dict[str, Any], steps: int, how: tuple[int, Callable[[], float], bool]
) -> dict[str, Any]:
    """Time training steps of all contenders."""
    rounds, clock, compiled = how
    document = text(settings, steps)
    ours = fitted(settings, document)
    model = rival(ours, settings)
    off = compare(ours, model, document, settings["context"])
    tokens = torch.from_numpy(ours.vocabulary_.encode(document).astype(np.int64))
    contenders: dict[str, Callable[[], Any]] = {"ganvas": lambda: ours.partial_fit([document], epochs=1)}
    unavailable = {}
    for name in ["eager", "compile"] if compiled else ["eager"]:
        trained = language_torch.Training(
            rival(ours, settings), tokens, settings["context"], settings["batch_size"], name == "compile"
        )
        say(f"{title}: warming up {name}")
        try:
            trained.train(2)
        # The compiler fails in many ways.
        except Exception as error:
            unavailable[name] = type(error).__name__
            say(f"{title}: {name} is not available: {error}")
            continue
        contenders[name] = lambda trained=trained: trained.train(steps)
    times = turns(title, contenders, rounds, clock)
    ms = {name: [second / steps * 1e3 for second in seconds] for name, seconds in times.items()}
    return {"settings": settings, "steps": steps, "parity": off, "ms_per_step": ms, "unavailable": unavailable}


def sampling(n: int, count: int, rounds: int, clock: Callable[[], float]) -> dict[str, Any]:
    """Time ganvas's and PyTorch's writing of `n` texts at a time."""
    document = text(SAMPLED, 4)
    # Enough steps that few texts end early: the document has no end.
    ours = fitted(SAMPLED, document, 40)
    first = document[0]
    model = rival(ours, SAMPLED)
    token = int(ours.vocabulary_.encode(first)[0])
    # Of one text, the first seed whose text has no early end.
    seeds = range(SEED, SEED + 100) if n == 1 else [SEED]
    seed = next((s for s in seeds if len(ours.generate(first, max_tokens=count, random_state=s)[0]) == count), SEED)
    contenders = {
        "ganvas": lambda: ours.generate(first, n=n, max_tokens=count, random_state=seed),
        "eager": lambda: language_torch.write(model, token, n, count),
    }
    written = sum(len(one) for one in contenders["ganvas"]())
    say(f"sampling {n}: ganvas wrote {written} of {n * count} tokens")
    amounts = {"ganvas": written, "eager": n * count}
    times = turns(f"sampling {n}", contenders, rounds, clock)
    rates = {name: [amounts[name] / second for second in seconds] for name, seconds in times.items()}
    return {"settings": SAMPLED, "tokens": count, "tokens_per_s": rates}


def turns(
    title: str, contenders: dict[str, Callable[[], Any]], rounds: int, clock: Callable[[], float]
) -> dict[str, list[float]]:
    """Return the seconds of each contender in each round."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds):
        for name in order(list(contenders), turn):
            gc.collect()
            begun = clock()
            contenders[name]()
            times[name].append(clock() - begun)
    rivals = [name for name in contenders if name != "ganvas"]
    ratios = ", ".join(f"{faster(times, name).median:.2f}x faster than {name}" for name in rivals)
    say(f"{title}: {min(times['ganvas']):.3f} s a round, {ratios}")
    return times


def say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    main()
