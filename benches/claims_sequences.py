"""Tables of texts and music in the project's pages; `r` has the JSON files of results by name."""

from typing import Any

import wording
from ratios import Spread, faster
from wording import percent


def texts(r: Any) -> str:
    """Language models beside n-grams."""
    counted = r.counting["rows"]
    rivals = {"characters": counted["shakespeare"], "byte pairs": None, "names": counted["names"]}
    lines = []
    for name, row in r.texts["rows"].items():
        rival, made = rivals[name], row["runs"]
        bits = [run["bits per byte"] for run in made]
        grams = f"{min(rival['nats']):.3f}" if rival else "-"
        # The first runs have no CPU time.
        cpu = [run["cpu seconds"] for run in made if "cpu seconds" in run]
        seconds = f"{sum(cpu) / len(cpu):.0f} s of one core" if cpu else f"{_seconds(made):.0f} s"
        lines.append(
            f"| {name} | {wording.spread([run['nats'] for run in made])} | {grams} | {wording.spread(bits)} | "
            f"{len(made)} | {seconds} |\n"
        )
    lowest = min(r.counting["bits per byte"]["n-grams"])
    xz = r.counting["bits per byte"]["xz"]["last tenth after the others"]
    heads = ["nats a token", "best n-grams", "bits a byte", "seeds", "training"]
    table = f"| | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n{''.join(lines)}"
    return table + f"\nOf tiny Shakespeare, n-grams of characters need {lowest:.2f} bits a byte, xz {xz:.2f}.\n"


def _seconds(runs: list[dict[str, Any]]) -> float:
    return float(sum(run["seconds"] for run in runs) / len(runs))


def translation(r: Any) -> str:
    """Compare translations with the nearest sentences."""
    if r.translation is None:
        return ""
    found, rows = r.translation, r.translation["runs"]
    names = ("bleu", "cased", "chrf")
    ours, rival = (
        " | ".join(wording.spread([row[name] for row in scored], 1) for name in names)
        for scored in (rows, [found["nearest"]])
    )
    seconds = sum(row["seconds"] for row in rows) / len(rows)
    threads = f"{found['threads']} thread" + "s" * (found["threads"] != 1)
    return (
        "| | BLEU, lower case | BLEU | chrF | seeds | training |\n|---|---|---|---|---|---|\n"
        f"| ganvas | {ours} | {len(rows)} | {seconds:.0f} s, {threads} |\n"
        f"| nearest sentence | {rival} | - | - |\n"
    )


def language(r: Any) -> str:
    """Speed of language models."""
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
    where = f"{machine['cpu']}, {wording.cores(machine['threads'])}, {machine['instructions']}"
    return (
        "| | ganvas | speed relative to eager PyTorch | to torch.compile |\n|---|---|---|---|\n"
        f"{''.join(lines)}\n{where}, medians of rounds.\n"
    )


def music(r: Any) -> str:
    """Models of music beside n-grams."""
    if r.music is None:
        return "Not measured yet: `benches/quality/music.py`.\n"
    lines = []
    for name, row in r.music["rows"].items():
        runs = row["runs"]
        nats, pieces = (wording.spread([run[key] for run in runs]) for key in ("nats a frame", "mean of pieces"))
        # Runs beside others take longer, but no more time of the processor.
        cpu = sum(run["cpu seconds"] for run in runs) / len(runs)
        counting = row["counting"]
        lines.append(
            f"| {name} | {nats} | {counting['best']:.2f}, {counting['order']}-grams | {pieces} | {len(runs)} | "
            f"{cpu:.0f} s of one core |\n"
        )
    heads = ["nats a frame", "best n-grams", "mean of pieces", "seeds", "training"]
    return f"| | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n{''.join(lines)}"


def harmony(r: Any) -> str:
    """Harmonies beside Bach's."""
    if r.harmony is None:
        return "Not measured yet: `benches/quality/harmony.py`.\n"
    found = r.harmony
    lines = []
    runs = found["runs"]
    for name, rows in (
        ("ganvas", runs),
        ("ganvas, parallels=True", [run["parallels allowed"] for run in runs]),
        ("Bach", [found["bach"]]),
        ("parallel voices", [found["intervals"]]),
    ):
        kept, inside = (percent(sum(row[key] for row in rows) / len(rows), 2) for key in ("melody kept", "in range"))
        fifths, octaves = (wording.spread([row[key] for row in rows]) for key in ("fifths", "octaves"))
        lines.append(f"| {name} | {kept} | {inside} | {fifths} | {octaves} |\n")
    heads = ["beats with the melody", "pitches in range", "parallel fifths", "parallel octaves"]
    return f"| | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n{''.join(lines)}"


def captions(r: Any) -> str:
    """Captions beside other generators."""
    if r.captions is None:
        return "Not measured yet: `benches/quality/captions.py`.\n"

    def line(name: str, rows: list[dict[str, Any]]) -> str:
        scores = [wording.spread([row[score] for row in rows]) for score in ("bleu", "self bleu")]
        copies = percent(sum(row["copies"] for row in rows) / len(rows)) if "copies" in rows[0] else "-"
        return f"| {name} | {' | '.join(scores)} | {copies} |\n"

    rivals, ours = r.captions["rivals"].items(), r.captions["rows"].items()
    lines = [
        *(
            line(f"ganvas, {name}, seeds {wording.listed([str(run['seed']) for run in row['runs']])}", row["runs"])
            for name, row in ours
        ),
        *(line(name, [scores]) for name, scores in rivals),
    ]
    return "| | BLEU-4 | self-BLEU-4 | copies |\n|---|---|---|---|\n" + "".join(lines)


def melodies(r: Any) -> str:
    """Compare rebuilt melodies and paths with PCA, nearest neighbours and crossfades."""
    if r.melodies is None:
        return "Not measured yet: `benches/quality/melodies.py`.\n"
    runs, rivals = r.melodies["runs"], r.melodies["rivals"]
    lines = []
    for name, rows in (
        ("ganvas", [run["rebuilt"] for run in runs]),
        ("PCA of as many components", [rivals["PCA"]]),
        ("nearest training melody", [rivals["nearest"]]),
    ):
        shares = (percent(sum(row[key] for row in rows) / len(rows)) for key in ("tokens", "steps", "whole"))
        lines.append(f"| {name} | {' | '.join(shares)} |\n")
    key = "paths whose neighbours are all nearer than their ends"
    ours, fade = [run["paths"] for run in runs], rivals["crossfade"]["paths"]
    nearer = percent(sum(path[key] for path in ours) / len(ours))
    nats = {name: wording.spread([run["nats a step"][name] for run in runs]) for name in ("samples", "between")}
    seconds = sum(run["cpu seconds"] for run in runs) / len(runs)
    return (
        f"| | tokens rebuilt | steps | whole melodies |\n|---|---|---|---|\n{''.join(lines)}\n"
        f"Seed{'s' * (len(runs) > 1)} {wording.listed([str(run['seed']) for run in runs])}, {seconds:.0f} s of one "
        "core each. On "
        f"{nearer} of the paths, all neighbours are nearer to each other than the ends are ({percent(fade[key])} of "
        "crossfades, which replace one step after another). Surprise under 5-grams, in nats a step: melodies between "
        f"the ends {nats['between']}, crossfades {rivals['crossfade']['nats a step']:.3f}, samples of the prior "
        f"{nats['samples']}, real melodies {rivals['real nats a step']:.3f}.\n"
    )


def sentences(r: Any) -> str:
    """Compare bounds of captions with what a language model needs."""
    if r.sentences is None:
        return "Not measured yet: `benches/quality/sentences.py`.\n"
    runs = r.sentences["runs"]
    lines = []
    for name, ours, key, at in (
        ("language model", "language model", None, 0),
        ("autoencoder, bound of one draw", "nats", "divergence", 1),
        (
            f"autoencoder, bound of {r.sentences['importance']} draws, of {r.sentences['few']} captions",
            "importance-weighted nats of a few",
            None,
            1,
        ),
        (f"language model, of {r.sentences['few']} captions", "language model of a few", None, 0),
    ):
        divergence, units = "-", "-"
        if key is not None:
            divergence = wording.spread([run[key] for run in runs])
            units = wording.listed([str(run["active units"]) for run in runs])
        seconds = sum(run["seconds"][at] for run in runs) / len(runs)
        lines.append(
            f"| {name} | {wording.spread([run[ours] for run in runs])} | {divergence} | {units} | {len(runs)} | "
            f"{seconds:.0f} s |\n"
        )
    heads = ["nats a caption", "of these divergence", "active units", "seeds", "training"]
    return f"| | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n{''.join(lines)}"


def chorale_latents(r: Any) -> str:
    """Compare bounds of chorales with n-grams."""
    if r.chorale_latents is None:
        return "Not measured yet: `benches/quality/chorale_latents.py`.\n"
    found = r.chorale_latents
    runs, counting = found["runs"], found["counting"]
    bounds = [run["importance-weighted nats"] for run in runs]
    single, divergence = (wording.spread([run[key] for run in runs]) for key in ("nats", "divergence"))
    seconds = sum(run["cpu seconds"] for run in runs) / len(runs)
    return (
        "| | nats a frame | of these divergence | seeds | training |\n|---|---|---|---|---|\n"
        f"| bound of {found['draws']} draws | {wording.spread(bounds)} | - | {len(runs)} | "
        f"{seconds:.0f} s of one core |\n"
        f"| bound of one draw | {single} | {divergence} | {len(runs)} | |\n"
        f"| best n-grams | {counting['best']:.2f}, {counting['order']}-grams | - | - | - |\n"
    )


def rolls(r: Any) -> str:
    """Compare phrases of a GAN with real ones."""
    if r.rolls is None:
        return "Not measured yet: `benches/quality/rolls.py`.\n"
    found = r.rolls
    heads = {
        "pitch classes": 2,
        "polyphony": 2,
        "three or more": 3,
        "in scale": 3,
        "held": 3,
        "clashes": 3,
        "melody": 2,
        "empty bars": 3,
        "distinct": 3,
        "nearest": 3,
    }
    rows = found["rows"] | {f"GAN, seed {run['seed']}{wording.minutes(run)}": run for run in found["runs"]}
    lines = [
        f"| {name} | " + " | ".join(f"{row[head]:.{digits}f}" for head, digits in heads.items()) + " |\n"
        for name, row in rows.items()
    ]
    return f"| | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n{''.join(lines)}"


def answers(r: Any) -> str:
    """Compare exact answers with those of the nearest source."""
    if r.answers is None:
        return "Not measured yet: `benches/quality/answers.py`.\n"
    lines = []
    for name, row in r.answers["rows"].items():
        shares = [100 * run["exact"] for run in row["runs"]]
        lowest = f" ({min(shares):.1f} to {max(shares):.1f})" if len(shares) > 1 else ""
        seconds = sum(run["cpu seconds"] for run in row["runs"]) / len(shares)
        rivals = (percent(row["rivals"][rival]) for rival in ("nearest", "named last", "most frequent"))
        lines.append(
            f"| {name} | {sum(shares) / len(shares):.1f} %{lowest} | {' | '.join(rivals)} | {len(shares)} | "
            f"{seconds:.0f} s of one core |\n"
        )
    heads = ["exact", "nearest source", "named last", "most frequent answer", "seeds", "training"]
    return f"| | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n{''.join(lines)}"


def dialogue(r: Any) -> str:
    """Compare answers in conversations with those of the nearest question."""
    if r.dialogue is None:
        return "Not measured yet: `benches/quality/dialogue.py`.\n"
    found, runs = r.dialogue, r.dialogue["runs"]
    # The rival is the best one, chosen on what is scored.
    best = max(found["rivals"], key=lambda name: found["rivals"][name]["chrf"])
    rivals = {name: [found["rivals"][name]] for name in (best, "most frequent")}
    seconds = sum(run["cpu seconds"] for run in runs) / len(runs)
    lines = []
    for name, rows in {"ganvas": runs, **rivals, "the answers themselves": [found["real"]]}.items():
        chrf, own = (wording.spread([row[key] for row in rows], 1) for key in ("chrf", "mean of answers"))
        distinct = wording.spread([row["distinct-2"] for row in rows], 2)
        trained = f"{len(runs)} | {seconds:.0f} s of one core" if rows is runs else "- | -"
        lines.append(f"| {name} | {chrf} | {own} | {distinct} | {trained} |\n")
    memorised = wording.listed([percent(run["memorised"]) for run in runs])
    seeds = wording.listed([str(run["seed"]) for run in runs])
    heads = ["chrF", "mean of answers", "distinct-2", "seeds", "training"]
    return (
        f"| | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n{''.join(lines)}\n"
        f"{found['pairs']:,} pairs of {found['trained'] + found['tested']:,} questions, of which {found['tested']} are "
        f"held out. Of the training questions, {memorised} are answered letter for letter (seeds {seeds}).\n"
    )


def taste(r: Any) -> str:
    """Compare the ranks of a learnt taste with those by pitch classes."""
    if r.taste is None:
        return "Not measured yet: `benches/quality/taste.py`.\n"
    runs, lines = r.taste["runs"], []
    for name in runs[0]["tastes"]:
        rows = [run["tastes"][name] for run in runs]
        ours, rival = (wording.spread([row[key] for row in rows]) for key in ("area", "area of pitch classes"))
        shares = (
            percent(sum(row[key] for row in rows) / len(rows), 0)
            for key in ("of the ranked", "composed before", "composed after")
        )
        seconds = sum(row["cpu seconds"] for row in rows) / len(rows)
        lines.append(
            f"| {name} | {ours} | {rival} | {' | '.join(shares)} | {len(runs)} | {seconds:.0f} s of one core |\n"
        )
    heads = ["area under the ROC curve", "by pitch classes", "of the test chorales", "composed before", "after"]
    heads += ["seeds", "training on the twenty"]
    return f"| taste | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}\n{''.join(lines)}"
