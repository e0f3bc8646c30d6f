"""Tables of flows and of pictures from pictures in the project's pages; `r` has the JSON files of results by name."""

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


def _spread(runs: list[dict[str, float]], key: str, digits: int = 3) -> str:
    return wording.spread([run[key] for run in runs], digits)


def _seeds(runs: list[dict[str, Any]]) -> str:
    return wording.listed([str(run["seed"]) for run in runs])
