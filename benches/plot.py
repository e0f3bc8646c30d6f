"""Plot the measured numbers: speed relative to other contenders, and scaling of training."""

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator
from ratios import Spread, faster

# Okabe and Ito's palette for colour-blind readers.
COLOURS = {"script": "#D55E00", "tuned": "#0072B2", "compile": "#56B4E9", "pythae": "#CC79A7"}
LABELS = {"script": "script", "tuned": "tuned eager PyTorch", "compile": "tuned, torch.compile", "pythae": "pythae"}
SIDES = ("#009E73", "#0072B2", "#D55E00")
GREY, LIGHT = "#9A9A9A", "#E3E3E3"
TICKS = (1, 1.5, 2, 3, 4, 5, 7, 10)
STYLE: Any = {"font.size": 8, "axes.titlesize": 9, "axes.titlelocation": "left", "legend.fontsize": 8}
# Thickness of a bar relative to the distance of bars, and gap between groups.
THICK, GAP = 0.8, 1.0

Groups = list[tuple[str, dict[str, list[float]]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results", help="folder of the results")
    folder = parser.parse_args().results
    groups = _groups(json.loads((folder / "cpu.json").read_text())["workloads"])
    growth = folder / "scaling.json"
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(9.0, 0.8 + 0.13 * _bars(groups)), layout="constrained")
        if growth.exists():
            left, right = figure.subplots(1, 2, width_ratios=(4, 3))
            _growth(right, json.loads(growth.read_text()))
        else:
            left = figure.subplots()
        _faster(left, groups)
        figure.savefig(folder / "cpu.png", dpi=200)


def _groups(workloads: dict[str, Any]) -> Groups:
    """Return the times by contender of every workload, and of sampling."""
    groups = []
    for workload in workloads.values():
        title, _, batch = workload["title"].rpartition(", ")
        groups.append((_lines(title, batch), workload["ms_per_step"]))
    for workload in workloads.values():
        for n, times in workload.get("ms_per_call", {}).items():
            groups.append((f"{int(n):,} sample{'s'[: n != '1']}", times))
    return groups


def _lines(title: str, batch: str) -> str:
    """Break a long title after its second part; the batch has a line of its own."""
    parts = title.split(", ")
    return "\n".join([*filter(None, (", ".join(parts[:2]), ", ".join(parts[2:]))), batch])


def _bars(groups: Groups) -> float:
    """Count bars and gaps between groups, in bars."""
    return sum(len(times) - 1 + GAP for _, times in groups)


def _faster(ax: Axes, groups: Groups) -> None:
    _quiet(ax, "x")
    ax.set_title("ganvas is faster by (median and range of rounds)")
    place, places = 0.0, []
    for _, times in groups:
        rivals = [rival for rival in COLOURS if rival in times]
        places.append(place + (len(rivals) - 1) / 2)
        for rival in rivals:
            ratio = faster(times, rival)
            ax.barh(place, ratio.median - 1, THICK, left=1, color=COLOURS[rival])
            ax.errorbar(ratio.median, place, xerr=[[arm] for arm in ratio.arms], color="black", lw=0.8, capsize=1.5)
            _label(ax, f"{ratio.median:.2f}x", (max(ratio.high, 1), place))
            place += 1
        place += GAP
    ax.set_yticks(places, [name for name, _ in groups])
    ax.set_ylim(place - GAP, -1)
    ax.axvline(1, color="black", linewidth=0.8)
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    ax.set_xticks(TICKS, [f"{tick:g}x" for tick in TICKS])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlim(low, high * 1.15)
    used = [rival for rival in COLOURS if any(rival in times for _, times in groups)]
    patches = [plt.Rectangle((0, 0), 1, 1, color=COLOURS[rival]) for rival in used]
    ax.legend(patches, [LABELS[rival] for rival in used], loc="upper right", frameon=False, handlelength=1)


def _growth(ax: Axes, scaling: dict[str, Any]) -> None:
    """Plot one colour per side; dashed for one thread."""
    _quiet(ax, "both")
    ax.set_title("samples a second in training")
    points = scaling["samples_per_s"]
    batches, sides, threads = (sorted({point[axis] for point in points}) for axis in ("batch", "side", "threads"))
    for side, colour in zip(sides, SIDES, strict=False):
        for count in threads:
            curve = [point for point in points if (point["side"], point["threads"]) == (side, count)]
            rates = [Spread.of(point["rounds"]) for point in curve]
            ends = list(zip(*(rate.arms for rate in rates), strict=True))
            line = "-" if count == threads[-1] else "--"
            ax.errorbar(batches, [rate.median for rate in rates], ends, color=colour, ls=line, marker="o", ms=3, lw=1.4)
            text = f"{side} px, {count} thread{'s'[: count != 1]}"
            _label(ax, text, (batches[-1], rates[-1].median), colour)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set_xticks(batches, [str(batch) for batch in batches])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlim(batches[0] / 1.3, batches[-1] * 5)
    ax.set_xlabel(f"batch ({scaling['title']})")


def _label(ax: Axes, text: str, beside: tuple[float, float], colour: str = "black") -> None:
    ax.annotate(text, beside, (5, 0), textcoords="offset points", va="center", color=colour, size=7)


def _quiet(ax: Axes, axis: Any) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(GREY)
    ax.tick_params(color=GREY)
    ax.grid(axis=axis, color=LIGHT, linewidth=0.8)
    ax.set_axisbelow(True)


if __name__ == "__main__":
    main()
