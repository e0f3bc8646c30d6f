"""Sentences and tables of the project's pages, generated from ``results`` and the goals in ``wanted.json``.

In a text they are enclosed by ``<!-- name:begin -->`` and ``<!-- name:end -->``. Missing measurements are omitted.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import claims_pictures
import claims_sequences
import wording
from ratios import Spread, faster, quotients
from wording import percent

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


def _spoils(r: Results) -> str:
    """Compare spoiled images with real ones."""
    if r.judging is None:
        return "Not measured yet: `benches/quality/judging.py`.\n"
    heads = {"frechet": 2, "kernel": 3, "precision": 2, "recall": 2, "coverage": 2}
    lines = [
        f"| {name} | " + " | ".join(f"{row[head]:.{digits}f}" for head, digits in heads.items()) + " |\n"
        for name, row in r.judging["spoils"].items()
    ]
    titles = "Fréchet distance | kernel distance | precision | recall | coverage"
    return f"| {r.judging['few']:,} images that are | {titles} |\n|---|{'---|' * len(heads)}\n{''.join(lines)}"


def _judging(r: Results) -> str:
    """Say what judging costs."""
    if r.judging is None:
        return "Not measured yet: `benches/quality/judging.py`.\n"
    cost, watching = r.judging["cost"], r.judging["watching"]
    seconds = dict(cost["seconds"])
    encoder, slow = seconds.pop("encoder"), [seconds.pop(name) for name in ("two_sample_test", "train_on_synthetic")]
    longest = max(seconds, key=lambda name: seconds[name])
    share = watching["measurement"] / watching["epoch"]
    return (
        f"Of {r.judging['many']:,} images against as many, the encoder takes {encoder:.0f} s, all functions but "
        f"two {sum(seconds.values()):.0f} s together (`{longest}` {seconds[longest]:.0f} s), "
        f"`two_sample_test` {slow[0]:.0f} s and `train_on_synthetic` {slow[1]:.0f} s; the process needs at most "
        f"{cost['peak GiB']:.1f} GB. "
        f"`Evaluate` adds {100 * share:.1f} % to an epoch of the default GAN on MNIST.\n"
    )


def _installed(r: Results) -> str:
    return f"{r.installed['gb']:.1f} GB"


def _first(r: Results) -> str:
    if r.first_run is None:
        return ""
    found = r.first_run
    return f"Training takes {found['seconds']:.0f} s on {wording.cores(found['machine']['threads'])}.\n"


def _memory(r: Results) -> str:
    found = r.streams["memory"]
    return f"{found['steps']} steps on a file of {found['bytes'] / 1e9:.0f} GB add {found['more_mb']:.0f} MiB of memory"


def _folder(r: Results) -> str:
    found = r.streams["folder"]
    spread = Spread.of(found["ratios"])
    return (
        f"{spread.median:.2f} of the speed with the same images in memory (median; {spread.low:.2f} to "
        f"{spread.high:.2f} in {len(found['ratios'])} rounds, on {wording.cores(found['machine']['threads'])})"
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
    said = [f"{names[contender]} {wording.listed(found)}" for contender, found in missed.items() if found]
    said += _slowed(r)
    cores = wording.cores(r.cpu["machine"]["threads"])
    return f"Goals not reached on these {cores}: {'; '.join(said)}.\n" if said else ""


def _slowed(r: Results) -> list[str]:
    """List the steps that take too much longer beside a busy process."""
    titles = {goal["workload"]: goal["name"] for goal in WANTED["speed"]}
    found = []
    for workload, goal in WANTED["load"].items() if r.load else ():
        times = r.load["workloads"][workload]["ms_per_step"]["ganvas"]
        slower = Spread.of(quotients(times["beside"], times["quiet"])).median
        if slower > goal:
            found.append(f"beside a busy process, a step at most {goal} times as long on {titles[workload]}")
    return found


def _headline(r: Results) -> str:
    workload, grid, judged = r.cpu["workloads"]["dcgan"], r.modes["grid"], r.conditional
    times = workload["ms_per_step"]
    rivals = [
        f"{workload['contenders'][name]} {Spread.of(times[name]).median:.1f} ms ({faster(times, name).median:.2f}x)"
        for name in ("tuned", "script")
    ]
    real = f"real digits {percent(r.substitute_real['cnn'])}" if r.substitute_real else ""
    perfect = percent(r.modes["perfect"]["grid"]["high_quality"])
    found = f"{grid['mean']['modes']:.1f}, {percent(grid['mean']['high_quality'])}"
    return (
        "| | ganvas | compared with |\n|---|---|---|\n"
        f"| training step, {workload['title']}, {wording.cores(r.cpu['machine']['threads'])} | "
        f"{Spread.of(times['ganvas']).median:.1f} ms | {', '.join(rivals)} |\n"
        f"| GAN on 25 Gaussians, {len(grid['scores'])} seeds: modes found, samples within 3 standard deviations | "
        f"{found} | the true distribution: {perfect} |\n"
        f"| accuracy on real MNIST of a CNN trained on generated digits only, seed {judged['seed']} | "
        f"{percent(judged['cnn'])} | {real} |\n"
    )


def _anomalies(r: Results) -> str:
    found = sorted({f"{r.one_class['means'][name]:.3f}" for name in ("PCA-32", "3-NN")})
    return f"{found[0]} both" if len(found) == 1 else " and ".join(found)


def _mnist28(r: Results) -> str:
    found = r.mnist28
    text = "MNIST at 28 px, default settings, seed 0: the first 144 of 2,000 samples of `benches/quality/mnist28.py`.\n"
    if found is None or "runs" not in found:
        return text
    runs, real = found["runs"], found["real"]
    seeds = f"seed{'s' * (len(runs) > 1)} " + wording.listed([str(run["seed"]) for run in runs])
    minutes = sum(run["seconds"] for run in runs) / len(runs) / 60
    text += (
        f"\nDefault settings but for `epochs={found['settings']['epochs']}`: {runs[0]['clusters']:.0f} clusters take "
        f"the place of labels; {minutes:.0f} minutes of CPU time. A classifier with "
        f"{found['classifier_accuracy']:.1%} accuracy on the real test set, trained and run by code that does not "
        f"import ganvas, reports for 2,000 samples of {seeds}:\n\n"
        "| | mean confidence | inception score (1 to 10) | entropy of the ten classes (at most "
        f"{real['most_entropy_bits']:.2f} bits) |\n|---|---|---|---|\n"
    )
    titled = [(f"{real['n']:,} real test images", real)]
    titled += [(f"samples, seed {run['seed']}", run) for run in runs]
    for title, row in titled:
        text += (
            f"| {title} | {row['mean_confidence']:.3f} | {row['inception_score']:.2f} | {row['entropy_bits']:.3f} |\n"
        )
    return text


def _article(r: Results) -> str:
    found, first = r.article, r.article["epochs"][0]
    return (
        f"takes {first['seconds'] / 60:.1f} minutes per epoch on {wording.cores(found['machine']['threads'])} "
        f"({first['seconds']:.0f} s of training, {found['peak_resident_mb'] / 1024:.1f} GiB of peak memory)"
    )


def _gans(r: Results) -> str:
    rows = [_modes(r, "ring", "ring of 8 Gaussians"), _modes(r, "grid", "grid of 25 Gaussians"), _conditional(r)]
    found, goal = r.stacked["scores"]["0"], WANTED["stacked"]
    epochs, channels = r.stacked["settings"]["epochs"], r.stacked["settings"]["base_channels"]
    rows.append(
        "| Stacked MNIST (28x28x3, three digits in the channels), 1,000 modes, seed 0, "
        f"{found['n']:,} samples, DCGAN of {channels} channels, {epochs} epochs, {found['minutes']:.0f} minutes on "
        f"{wording.cores(r.stacked['cores'])}: modes, KL divergence | {goal['modes']}, {goal['kl']} | "
        f"{found['modes']:,}, {found['kl']:.3f} |\n"
    )
    return _HEAD + "".join(rows)


def _modes(r: Results, name: str, title: str) -> str:
    found, mean, goal = r.modes[name], r.modes[name]["mean"], WANTED[name]
    widths = [score["width"] for score in found["scores"].values()]
    minutes = sum(score["seconds"] for score in found["scores"].values()) / 60
    perfect = r.modes["perfect"][name]
    return (
        f"| {title}, {len(found['scores'])} seeds, 2,500 samples each: modes, samples within 3 standard deviations, "
        f"KL divergence from equal shares | {goal['modes']}, {percent(goal['high_quality'], 0)}, {goal['kl']} | "
        f"{mean['modes']:.1f}, {percent(mean['high_quality'])}, {mean['kl']:.3f} (a perfect sampler "
        f"{percent(perfect['high_quality'])}, {perfect['kl']:.3f}); width of the modes {min(widths):.2f} to "
        f"{max(widths):.2f} of the true one; {minutes:.0f} minutes on {wording.cores(found['cores'])} in total |\n"
    )


def _conditional(r: Results) -> str:
    found, real, goal = r.conditional, r.substitute_real, WANTED["conditional"]
    said = [", ".join(percent(of[name], digits) for name in goal) for of, digits in ((goal, 0), (found, 1))]
    from_real = f" (from real digits {', '.join(percent(real[name]) for name in goal)})" if real else ""
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
    remark = f" ({iwae['remark']})" if "remark" in iwae else f" on {wording.threads(iwae)}"
    return _HEAD + (
        "| importance-weighted MLP 784-200-200-50, five draws, dynamically binarised: negative log likelihood of the "
        f"{iwae['images']:,} test images, {iwae['draws']:,} draws | {goal['iwae']:.1f} nats | {said[0]} after "
        f"{epochs[0]} epochs, {minutes[0]:.0f} minutes{remark} |\n"
        f"| convolutional VAE with a VampPrior, as above, {conv['draws']:,} draws (more draws lower the value) | "
        f"{goal['conv']:.1f} nats | {said[1]} after {epochs[1]} epochs, {minutes[1]:.0f} minutes on "
        f"{wording.threads(conv)} |\n"
        "| one-class: trained on one digit, area under the ROC curve over the first "
        f"{r.one_class['tested']:,} test images, mean of ten digits, seeds 0 to {seeds - 1} | {WANTED['one_class']} | "
        f"{'; '.join(f'{name} {wording.listed(found)}' for name, found in areas.items())} |\n"
        f"| conditional VAE (MLP {'-'.join(map(str, r.augment['settings']['hidden']))}, {r.augment['epochs']} epochs): "
        f"accuracy of a CNN trained on {r.augment['images']:,} generated digits only, on the 10,000 real test images | "
        f"{percent(WANTED['augment'], 0)} | {percent(r.augment['accuracy'])}, seed {r.augment['seed']} |\n"
    )


def _series(r: Results) -> str:
    found = r.series
    areas = found["areas"]
    faults = list(found["faults"])
    rows = "".join(
        f"| {name} | " + " | ".join(wording.spread(areas[fault][name]) for fault in faults) + " |\n"
        for name in areas[faults[0]]
    )
    return f"| | {' | '.join(faults)} |\n|---|{'---|' * len(faults)}\n{rows}"


def _solids(r: Results) -> str:
    rows = "".join(
        f"| {name}{wording.minutes(row)} | {row['coverage']:.3f} | {row['best']:.3f} | "
        f"{percent(row['one piece'], 0)} |\n"
        for name, row in r.solids["rows"].items()
    )
    return "| | coverage | best IoU | in one piece |\n|---|---|---|---|\n" + rows


def _levels(r: Results) -> str:
    rules = ["whole pipes", "jumpable gaps", "standing enemies", "all rules"]
    sizes = [name for name in next(iter(r.levels["rows"].values())) if name.startswith("divergence")]
    rows = "".join(
        f"| {name}{wording.minutes(row)} | "
        + " | ".join([*(percent(row[rule], 0) for rule in rules), *(f"{row[size]:.4f}" for size in sizes)])
        + " |\n"
        for name, row in r.levels["rows"].items()
    )
    heads = [*rules, *(f"KL of {size[-1]}x{size[-1]}" for size in sizes)]
    return f"| | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n{rows}"


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
    "flows": claims_pictures.flows,
    "pictures": claims_pictures.pictures,
    "style": claims_pictures.style,
    "textures": claims_pictures.textures,
    "texts": claims_sequences.texts,
    "captions": claims_sequences.captions,
    "translation": claims_sequences.translation,
    "answers": claims_sequences.answers,
    "dialogue": claims_sequences.dialogue,
    "music": claims_sequences.music,
    "rolls": claims_sequences.rolls,
    "harmony": claims_sequences.harmony,
    "melodies": claims_sequences.melodies,
    "sentences": claims_sequences.sentences,
    "chorale_latents": claims_sequences.chorale_latents,
    "taste": claims_sequences.taste,
    "language": claims_sequences.language,
    "spoils": _spoils,
    "judging": _judging,
}
