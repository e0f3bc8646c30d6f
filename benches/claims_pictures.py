"""Tables of flows, translations and styles in the project's pages; `r` has the JSON files of results by name."""

from typing import Any

import wording


def flows(r: Any) -> str:
    """Flows of digits and of points, beside Gaussians."""
    if r.flows is None:
        return "Not measured yet: `benches/quality/flows.py`.\n"
    made = ""
    if "mnist" in r.flows:
        runs = r.flows["mnist"]["runs"]
        minutes = sum(run["seconds"] for run in runs) / len(runs) / 60
        made += (
            "| MNIST | mean confidence | inception score | entropy of the classes, bits | seeds | CPU time |\n"
            f"|---|---|---|---|---|---|\n| samples | {_spread(runs, 'mean_confidence')} | "
            f"{_spread(runs, 'inception_score', 2)} | {_spread(runs, 'entropy_bits')} | {_seeds(runs)} | "
            f"{minutes:.0f} minutes |\n"
        )
        real = r.mnist28["real"]
        made += (
            f"| {real['n']:,} real test images | {real['mean_confidence']:.3f} | {real['inception_score']:.2f} | "
            f"{real['entropy_bits']:.3f} | | |\n\n"
        )
    made += "| points | distance | of a Gaussian | seeds | CPU time |\n|---|---|---|---|---|\n"
    titles = {"ring": "ring of 8 Gaussians", "grid": "grid of 25 Gaussians", "swiss_roll": "spiral"}
    for name, title in titles.items():
        if name in r.flows:
            runs = r.flows[name]["runs"]
            seconds = sum(run["seconds"] for run in runs) / len(runs)
            made += (
                f"| {title} | {_spread(runs, 'ratio', 2)} | {_spread(runs, 'gaussian_ratio', 1)} | {_seeds(runs)} | "
                f"{seconds:.0f} s |\n"
            )
    return made


def pictures(r: Any) -> str:
    """Repaired, enlarged and coloured pictures, beside rivals without a network."""
    if r.pictures is None:
        return "Not measured yet: `benches/quality/pictures.py`.\n"
    titles = {
        "hole": "centre of 12x12 filled in",
        "half": "right half filled in",
        "double": "enlarged twice",
        "quadruple": "enlarged four times",
        "colours": "coloured",
    }
    made = "| | PSNR, dB | SSIM | rivals: PSNR, SSIM | seeds | CPU time |\n|---|---|---|---|---|---|\n"
    for name, title in titles.items():
        if name not in r.pictures["tasks"]:
            made += f"| {title} | not measured yet | | | | |\n"
            continue
        row = r.pictures["tasks"][name]
        runs = row["runs"]
        rivals = "; ".join(f"{who} {score['psnr']:.2f}, {score['ssim']:.3f}" for who, score in row["rivals"].items())
        # The right half is filled in by the model of the centre.
        minutes = sum(run["seconds"] for run in runs) / len(runs) / 60
        time = "the same model" if name == "half" else f"{minutes:.0f} minutes"
        made += (
            f"| {title} | {_spread(runs, 'psnr', 2)} | {_spread(runs, 'ssim')} | {rivals} | {_seeds(runs)} | {time} |\n"
        )
    return made


def textures(r: Any) -> str:
    """Compare textures with repeated crops, of photos and of floors."""
    photos = ("brick", "grass", "gravel")
    groups: dict[str, list[Any]] = {"photos": [], "floors": []}
    for name, row in r.textures["rows"].items():
        groups["photos" if name in photos else "floors"].append(row)
    made = ""
    for group, rows in groups.items():
        runs = [run for row in rows for run in row["runs"]]
        seeds = wording.listed(sorted({str(run["seed"]) for run in runs}))
        for who, found in ((f"StyleTrainer, seeds {seeds}", runs), ("tiled", [row["tiled"] for row in rows])):
            far, halves, seam = (_mean(found, key) for key in ("distance", "real halves", "seam"))
            made += f"| {len(rows)} {group} | {who} | {far:.3f} | {halves:.3f} | {far / halves:.2f} | {seam:.2f} |\n"
    heads = "| | | distance | of halves | ratio | step at the edge |\n|---|---|---|---|---|---|\n"
    return heads + made


def style(r: Any) -> str:
    """Compare styles with the photo and with its colours moved."""
    rows = [(name, [row]) for name, row in r.style["rows"].items()]
    for name, settings in r.style["settings"].items():
        rows.append((_title(settings), [run for run in r.style["runs"] if run["name"] == name]))
    made = ""
    for title, runs in rows:
        style, content = (_mean(runs, key) for key in ("style", "content"))
        made += f"| {title} | {style:.3f} | {content:.3f} |\n"
    return f"| | style | content |\n|---|---|---|\n{made}"


def _mean(runs: list[dict[str, float]], key: str) -> float:
    return sum(run[key] for run in runs) / len(runs)


def _title(settings: dict[str, Any]) -> str:
    more = {key.replace("_", " "): value for key, value in settings.items() if key not in ("features", "steps")}
    said = [f"{settings['steps']} steps", *(f"{key} {value:g}" for key, value in more.items())]
    return f"StyleTrainer, {settings['features']} ({', '.join(said)})"


def _spread(runs: list[dict[str, float]], key: str, digits: int = 3) -> str:
    return wording.spread([run[key] for run in runs], digits)


def _seeds(runs: list[dict[str, Any]]) -> str:
    return wording.listed([str(run["seed"]) for run in runs])
