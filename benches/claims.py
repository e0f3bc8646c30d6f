"""Sentences and tables of the project's pages, generated from ``results`` and the goals in ``wanted.json``.

In a text they are enclosed by ``<!-- name:begin -->`` and ``<!-- name:end -->``. Missing measurements are omitted.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ratios import Spread, faster

WANTED: dict[str, Any] = json.loads((Path(__file__).parent / "wanted.json").read_text())
_MARKED = re.compile(r"<!-- (\w+):begin -->(.*?)<!-- \1:end -->", re.DOTALL)
_HEAD = "| | wanted | measured |\n|---|---|---|\n"


def fill(text: str, results: Path) -> str:
    """Replace the claims between their markers in a text; other markers are not changed."""

    def anew(match: re.Match[str]) -> str:
        name, old = match.groups()
        if name not in CLAIMS:
            return match[0]
        said = CLAIMS[name](Results(results))
        # Blocks are on separate lines, other claims within a sentence.
        said = f"\n{said}" if old.startswith("\n") else said.strip()
        return f"<!-- {name}:begin -->{said}<!-- {name}:end -->"

    return _MARKED.sub(anew, text)


def marked(text: str) -> set[str]:
    """Return the names of the markers in a text."""
    return {match[1] for match in _MARKED.finditer(text)}


class Results:
    """The JSON files of a folder by name; None for a missing file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getattr__(self, name: str) -> Any:
        file = self._folder / f"{name}.json"
        return json.loads(file.read_text()) if file.is_file() else None


def _installed(r: Results) -> str:
    return f"{r.installed['gb']:.1f} GB"


def _first(r: Results) -> str:
    if r.first_run is None:
        return ""
    found = r.first_run
    return f"Training takes {found['seconds']:.0f} s on {_cores(found['machine']['threads'])}.\n"


def _memory(r: Results) -> str:
    found = r.streams["memory"]
    return f"{found['steps']} steps on a file of {found['bytes'] / 1e9:.0f} GB add {found['more_mb']:.0f} MiB of memory"


def _folder(r: Results) -> str:
    found = r.streams["folder"]
    spread = Spread.of(found["ratios"])
    return (
        f"{spread.median:.2f} of the speed with the same images in memory (median; {spread.low:.2f} to "
        f"{spread.high:.2f} in {len(found['ratios'])} rounds, on {_cores(found['machine']['threads'])})"
    )


def _speed(r: Results) -> str:
    missed: dict[str, list[str]] = {"script": [], "tuned": []}
    for goal in WANTED["speed"]:
        times = r.cpu["workloads"][goal["workload"]]["ms_per_step"]
        for contender, found in missed.items():
            if faster(times, contender).median < goal[contender]:
                found.append(f"{goal[contender]}x on {goal['name']}")
    calls = r.cpu["workloads"]["dcgan"]["ms_per_call"]
    for n, goal in WANTED["sampling"].items():
        if faster(calls[n], "script").median < goal:
            missed["script"].append(f"{goal}x for {int(n):,} samples")
    names = {"script": "against the script", "tuned": "against tuned PyTorch"}
    said = [f"{names[contender]} {_and(found)}" for contender, found in missed.items() if found]
    cores = _cores(r.cpu["machine"]["threads"])
    return f"Goals not reached on these {cores}: {'; '.join(said)}.\n" if said else ""


def _headline(r: Results) -> str:
    workload, grid, judged = r.cpu["workloads"]["dcgan"], r.modes["grid"], r.conditional
    times = workload["ms_per_step"]
    rivals = [
        f"{workload['contenders'][name]} {Spread.of(times[name]).median:.1f} ms ({faster(times, name).median:.2f}x)"
        for name in ("tuned", "script")
    ]
    real = f"real digits {_percent(r.substitute_real['cnn'])}" if r.substitute_real else ""
    perfect = _percent(r.modes["perfect"]["grid"]["high_quality"])
    found = f"{grid['mean']['modes']:.1f}, {_percent(grid['mean']['high_quality'])}"
    return (
        "| | ganvas | compared with |\n|---|---|---|\n"
        f"| training step, {workload['title']}, {_cores(r.cpu['machine']['threads'])} | "
        f"{Spread.of(times['ganvas']).median:.1f} ms | {', '.join(rivals)} |\n"
        f"| GAN on 25 Gaussians, {len(grid['scores'])} seeds: modes found, samples within 3 standard deviations | "
        f"{found} | the true distribution: {perfect} |\n"
        f"| accuracy on real MNIST of a CNN trained on generated digits only, seed {judged['seed']} | "
        f"{_percent(judged['cnn'])} | {real} |\n"
    )


def _anomalies(r: Results) -> str:
    found = sorted({f"{r.one_class['means'][name]:.3f}" for name in ("PCA-32", "3-NN")})
    return f"{found[0]} both" if len(found) == 1 else " and ".join(found)


def _mnist28(r: Results) -> str:
    text = "MNIST at 28 px, default settings, seed 0: the first 144 of 2,000 samples of `benches/quality/mnist28.py`.\n"
    found = r.mnist28
    if found is None or "recognised" not in found:
        return text
    seen, judged = found["samples"], found["recognised"]
    rows = {
        f"{judged[name]['n']:,} {title}": judged[name]
        for name, title in (("real", "real test images"), ("samples", "samples"))
    }
    most = judged["real"]["most_entropy_bits"]
    text = (
        f"MNIST at 28 px after {found['seconds'] / 60:.0f} minutes on {_cores(found['machine']['threads'])} ({seen:,} "
        f"samples seen), default settings, seed 0, the first 144 of {judged['samples']['n']:,} samples. A classifier "
        f"with {judged['classifier_accuracy']:.1%} accuracy on the real test set, trained and run by code that does "
        "not import ganvas, reports:\n\n"
        f"| | mean confidence | inception score (1 to 10) | entropy of the ten classes (at most {most:.2f} bits) |\n"
        "|---|---|---|---|\n"
    )
    for title, row in rows.items():
        text += (
            f"| {title} | {row['mean_confidence']:.3f} | {row['inception_score']:.2f} | {row['entropy_bits']:.3f} |\n"
        )
    often = ", ".join(map(str, judged["samples"]["histogram"]))
    return text + f"\nNumbers of samples classified as 0 to 9: {often}. One seed and one setting, without selection.\n"


def _article(r: Results) -> str:
    found, first = r.article, r.article["epochs"][0]
    return (
        f"takes {first['seconds'] / 60:.1f} minutes per epoch on {_cores(found['machine']['threads'])} "
        f"({first['seconds']:.0f} s of training, {found['peak_resident_mb'] / 1024:.1f} GiB of peak memory)"
    )


def _gans(r: Results) -> str:
    rows = [_modes(r, "ring", "ring of 8 Gaussians"), _modes(r, "grid", "grid of 25 Gaussians"), _conditional(r)]
    found, goal = r.stacked["scores"]["0"], WANTED["stacked"]
    epochs, channels = r.stacked["settings"]["epochs"], r.stacked["settings"]["base_channels"]
    rows.append(
        "| Stacked MNIST (28x28x3, three digits in the channels), 1,000 modes, seed 0, "
        f"{found['n']:,} samples, DCGAN of {channels} channels, {epochs} epochs, {found['minutes']:.0f} minutes on "
        f"{_cores(r.stacked['cores'])}: modes, KL divergence | {goal['modes']}, {goal['kl']} | {found['modes']:,}, "
        f"{found['kl']:.3f} |\n"
    )
    return _HEAD + "".join(rows)


def _modes(r: Results, name: str, title: str) -> str:
    found, mean, goal = r.modes[name], r.modes[name]["mean"], WANTED[name]
    widths = [score["width"] for score in found["scores"].values()]
    minutes = sum(score["seconds"] for score in found["scores"].values()) / 60
    perfect = r.modes["perfect"][name]
    return (
        f"| {title}, {len(found['scores'])} seeds, 2,500 samples each: modes, samples within 3 standard deviations, "
        f"KL divergence from equal shares | {goal['modes']}, {_percent(goal['high_quality'], 0)}, {goal['kl']} | "
        f"{mean['modes']:.1f}, {_percent(mean['high_quality'])}, {mean['kl']:.3f} (a perfect sampler "
        f"{_percent(perfect['high_quality'])}, {perfect['kl']:.3f}); width of the modes {min(widths):.2f} to "
        f"{max(widths):.2f} of the true one; {minutes:.0f} minutes on {_cores(found['cores'])} in total |\n"
    )


def _conditional(r: Results) -> str:
    found, real, goal = r.conditional, r.substitute_real, WANTED["conditional"]
    said = [", ".join(_percent(of[name], digits) for name in goal) for of, digits in ((goal, 0), (found, 1))]
    from_real = f" (from real digits {', '.join(_percent(real[name]) for name in goal)})" if real else ""
    nearest = found["nearest"]
    return (
        f"| conditional DCGAN on MNIST, seed {found['seed']}, {found['settings']['epochs']} epochs, "
        f"{found['minutes']:.0f} minutes: accuracy of a CNN, an MLP and a logistic regression trained on "
        f"{found['n']:,} generated digits only, on the 10,000 real test images | {said[0]} | {said[1]}{from_real}. "
        f"{nearest['identical'] or 'None'} is a copy: the nearest training image is "
        f"{nearest['generated_median']:.1f} away (median; {nearest['test_median']:.1f} for real test images) |\n"
    )


def _autoencoders(r: Results) -> str:
    iwae, conv, goal = r.likelihood_iwae, r.likelihood_conv, WANTED["likelihood"]
    minutes = [found["training_seconds"] / 60 for found in (iwae, conv)]
    said = [f"{found['nll']:.2f} nats (standard error {found['standard_error']:.2f})" for found in (iwae, conv)]
    epochs = [found["settings"]["epochs"] for found in (iwae, conv)]
    areas: dict[str, list[str]] = {}
    for name, area in r.one_class["means"].items():
        areas.setdefault(name.partition(", seed")[0], []).append(f"{area:.3f}")
    seeds = len(areas["bernoulli bound"])
    remark = f" ({iwae['remark']})" if "remark" in iwae else f" on {_threads(iwae)}"
    return _HEAD + (
        "| importance-weighted MLP 784-200-200-50, five draws, dynamically binarised: negative log likelihood of the "
        f"{iwae['images']:,} test images, {iwae['draws']:,} draws | {goal['iwae']:.1f} nats | {said[0]} after "
        f"{epochs[0]} epochs, {minutes[0]:.0f} minutes{remark} |\n"
        f"| convolutional VAE with a VampPrior, as above, {conv['draws']:,} draws (more draws lower the value) | "
        f"{goal['conv']:.1f} nats | {said[1]} after {epochs[1]} epochs, {minutes[1]:.0f} minutes on "
        f"{_threads(conv)} |\n"
        "| one-class: trained on one digit, area under the ROC curve over the first "
        f"{r.one_class['tested']:,} test images, mean of ten digits, seeds 0 to {seeds - 1} | {WANTED['one_class']} | "
        f"{'; '.join(f'{name} {_and(found)}' for name, found in areas.items())} |\n"
        f"| conditional VAE (MLP {'-'.join(map(str, r.augment['settings']['hidden']))}, {r.augment['epochs']} epochs): "
        f"accuracy of a CNN trained on {r.augment['images']:,} generated digits only, on the 10,000 real test images | "
        f"{_percent(WANTED['augment'], 0)} | {_percent(r.augment['accuracy'])}, seed {r.augment['seed']} |\n"
    )


def _series(r: Results) -> str:
    found = r.series
    areas = found["areas"]
    faults = list(found["faults"])
    rows = "".join(
        f"| {name} | " + " | ".join(_spread(areas[fault][name]) for fault in faults) + " |\n"
        for name in areas[faults[0]]
    )
    return f"| | {' | '.join(faults)} |\n|---|{'---|' * len(faults)}\n{rows}"


def _spread(values: list[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.3f}"
    return f"{sum(values) / len(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def _solids(r: Results) -> str:
    rows = "".join(
        f"| {name}{_minutes(row)} | {row['coverage']:.3f} | {row['best']:.3f} | {_percent(row['one piece'], 0)} |\n"
        for name, row in r.solids["rows"].items()
    )
    return "| | coverage | best IoU | in one piece |\n|---|---|---|---|\n" + rows


def _levels(r: Results) -> str:
    rules = ["whole pipes", "jumpable gaps", "standing enemies", "all rules"]
    sizes = [name for name in next(iter(r.levels["rows"].values())) if name.startswith("divergence")]
    rows = "".join(
        f"| {name}{_minutes(row)} | "
        + " | ".join([*(_percent(row[rule], 0) for rule in rules), *(f"{row[size]:.4f}" for size in sizes)])
        + " |\n"
        for name, row in r.levels["rows"].items()
    )
    heads = [*rules, *(f"KL of {size[-1]}x{size[-1]}" for size in sizes)]
    return f"| | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n{rows}"


def _texts(r: Results) -> str:
    counted = r.counting["rows"]
    rivals = {"characters": counted["shakespeare"], "byte pairs": None, "names": counted["names"]}
    lines = []
    for name, made in r.texts["rows"].items():
        rival = rivals[name]
        bits = [row["bits per byte"] for row in made]
        grams = f"{min(rival['nats']):.3f}" if rival else "-"
        lines.append(
            f"| {name} | {_spread([row['nats'] for row in made])} | {grams} | {_spread(bits)} | {len(made)} | "
            f"{sum(row['seconds'] for row in made) / len(made):.0f} s |\n"
        )
    lowest = min(r.counting["bits per byte"]["n-grams"])
    xz = r.counting["bits per byte"]["xz"]["last tenth after the others"]
    heads = ["nats a token", "best n-grams", "bits a byte", "seeds", "training"]
    table = f"| | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n{''.join(lines)}"
    return table + f"\nOf tiny Shakespeare, n-grams of characters need {lowest:.2f} bits a byte, xz {xz:.2f}.\n"


def _translation(r: Results) -> str:
    if r.translation is None:
        return ""
    found, rows = r.translation, r.translation["rows"]
    names = ("bleu", "cased", "chrf")
    ours, rival = (
        " | ".join(f"{sum(row[name] for row in scored) / len(scored):.1f}" for name in names)
        for scored in (rows, [found["nearest"]])
    )
    seconds = sum(row["seconds"] for row in rows) / len(rows)
    threads = f"{found['threads']} thread" + "s" * (found["threads"] != 1)
    return (
        "| | BLEU, lower case | BLEU | chrF | seeds | training |\n|---|---|---|---|---|---|\n"
        f"| ganvas | {ours} | {len(rows)} | {seconds:.0f} s, {threads} |\n"
        f"| nearest sentence | {rival} | - | - |\n"
    )


def _language(r: Results) -> str:
    if r.language is None:
        return "Not measured yet: `benches/language.py`.\n"
    found, lines = r.language, []
    for title, row in found["steps"].items():
        times = row["ms_per_step"]
        ratios = [f"{faster(times, rival).median:.2f}x" if rival in times else "-" for rival in ("eager", "compile")]
        lines.append(f"| {title} | {Spread.of(times['ganvas']).median:.1f} ms | {' | '.join(ratios)} |\n")
    for n, row in found["sampling"].items():
        rates = {name: Spread.of(values).median for name, values in row["tokens_per_s"].items()}
        texts = f"{n} text{'s' * (n != '1')} at a time, 4 layers of 128"
        lines.append(f"| {texts} | {rates['ganvas']:,.0f} tokens/s | {rates['ganvas'] / rates['eager']:.2f}x | - |\n")
    machine = found["machine"]
    where = f"{machine['cpu']}, {_cores(machine['threads'])}, {machine['instructions']}"
    return (
        "| | ganvas | speed relative to eager PyTorch | to torch.compile |\n|---|---|---|---|\n"
        f"{''.join(lines)}\n{where}, medians of rounds.\n"
    )


def _music(r: Results) -> str:
    if r.music is None:
        return "Not measured yet: `benches/quality/music.py`.\n"
    lines = []
    for name, row in r.music["rows"].items():
        runs = row["runs"]
        nats, pieces = (_spread([run[key] for run in runs]) for key in ("nats a frame", "mean of pieces"))
        seconds, cpu = (sum(run[key] for run in runs) / len(runs) for key in ("seconds", "cpu seconds"))
        counting = row["counting"]
        lines.append(
            f"| {name} | {nats} | {counting['best']:.2f}, {counting['order']}-grams | {pieces} | {len(runs)} | "
            f"{seconds:.0f} s, {cpu:.0f} s of one core |\n"
        )
    heads = ["nats a frame", "best n-grams", "mean of pieces", "seeds", "training"]
    return f"| | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n{''.join(lines)}"


def _harmony(r: Results) -> str:
    if r.harmony is None:
        return "Not measured yet: `benches/quality/harmony.py`.\n"
    found = r.harmony
    lines = []
    for name, rows in (("ganvas", found["runs"]), ("Bach", [found["bach"]]), ("parallel voices", [found["intervals"]])):
        kept, inside = (_percent(sum(row[key] for row in rows) / len(rows), 2) for key in ("melody kept", "in range"))
        fifths, octaves = (_spread([row[key] for row in rows]) for key in ("fifths", "octaves"))
        lines.append(f"| {name} | {kept} | {inside} | {fifths} | {octaves} |\n")
    heads = ["beats with the melody", "pitches in range", "parallel fifths", "parallel octaves"]
    return f"| | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n{''.join(lines)}"


def _captions(r: Results) -> str:
    if r.captions is None:
        return "Not measured yet: `benches/quality/captions.py`.\n"

    def line(name: str, rows: list[dict[str, Any]]) -> str:
        scores = [_spread([row[score] for row in rows]) for score in ("bleu", "self bleu")]
        copies = _percent(sum(row["copies"] for row in rows) / len(rows)) if "copies" in rows[0] else "-"
        return f"| {name} | {' | '.join(scores)} | {copies} |\n"

    rivals, ours = r.captions["rivals"].items(), r.captions["rows"].items()
    lines = [
        *(line(f"ganvas, {name}, seeds {_and([str(row['seed']) for row in rows])}", rows) for name, rows in ours),
        *(line(name, [scores]) for name, scores in rivals),
    ]
    return "| | BLEU-4 | self-BLEU-4 | copies |\n|---|---|---|---|\n" + "".join(lines)


def _minutes(row: dict[str, Any]) -> str:
    return f" ({row['seconds'] / 60:.0f} minutes)" if "seconds" in row else ""


def _percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"


def _threads(result: dict[str, Any]) -> str:
    return "one thread" if result["threads"] == 1 else f"{result['threads']} threads"


def _cores(count: int) -> str:
    return {1: "one core", 2: "two cores"}.get(count, f"{count} cores")


def _and(parts: list[str]) -> str:
    return " and ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else parts[0]


CLAIMS: dict[str, Callable[[Results], str]] = {
    "headline": _headline,
    "installed": _installed,
    "first": _first,
    "memory": _memory,
    "folder": _folder,
    "speed": _speed,
    "anomalies": _anomalies,
    "mnist28": _mnist28,
    "article": _article,
    "gans": _gans,
    "autoencoders": _autoencoders,
    "series": _series,
    "solids": _solids,
    "levels": _levels,
    "texts": _texts,
    "captions": _captions,
    "translation": _translation,
    "music": _music,
    "harmony": _harmony,
    "language": _language,
}
