"""Write the measured numbers as Markdown tables, and insert tables and claims into the project's pages."""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

import claims
from ratios import Spread, faster, quotients, share

ROOT = Path(__file__).resolve().parent.parent
# Contenders in the table of limits.
_BOTH = {"ganvas": "ganvas", "tuned": "tuned eager PyTorch"}
_FASTER = "ganvas is faster by"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def write(folder: Path) -> str:
    """Write the tables to ``cpu.md`` in `folder`, and return them."""
    made = tables(folder)
    (folder / "cpu.md").write_text(made)
    return made


def tables(folder: Path) -> str:
    """Convert the results in `folder` to tables."""
    names = ("scaling.json", "memory.json", "load.json", "gpu.json")
    scaling, memory, load, gpu = (_read(folder / name) for name in names)
    cpu = json.loads((folder / "cpu.json").read_text())
    language = _read(folder / "language.json")
    parts = [markdown(cpu, scaling, memory, load), *([_language(language)] if language else []), _gpu(gpu)]
    return "\n".join(parts)


def _read(file: Path) -> dict[str, Any] | None:
    return json.loads(file.read_text()) if file.exists() else None


def markdown(result: dict[str, Any], *more: dict[str, Any] | None) -> str:
    """Convert the content of ``cpu.json``, and of the other files if they exist, to tables."""
    scaling, memory, load = more
    parts = [_steps(result["workloads"])]
    for workload in result["workloads"].values():
        if "ms_per_call" in workload:
            parts.append(_calls(workload))
    rows = [*_shares(result["workloads"]), *(_memory(memory) if memory else []), *(_load(load) if load else [])]
    if rows:
        parts.append(_table(["limits", *_BOTH.values()], rows))
    if scaling:
        parts.append(_scaling(scaling))
    measured = [*result["workloads"].values(), *(other["machine"] for other in more if other)]
    dates = sorted({one["date"] for one in measured})
    parts.append(_notes(result, " to ".join(dict.fromkeys((dates[0], dates[-1])))))
    return "\n".join(parts)


def _language(result: dict[str, Any]) -> str:
    """Make one table of training steps and one of sampling."""
    names, steps, rates = result["contenders"], [], []
    for title, workload in result["steps"].items():
        for contender in workload["ms_per_step"]:
            steps.append([title, names[contender], *_cells(workload["ms_per_step"], contender)])
        for contender, reason in workload["unavailable"].items():
            steps.append([title, names[contender], f"not available ({reason})", ""])
    for n, workload in result["sampling"].items():
        found = workload["tokens_per_s"]
        for contender, own in found.items():
            ratio = "" if contender == "ganvas" else _ratio(Spread.of(quotients(found["ganvas"], own)))
            rates.append([n, names[contender], f"{median(own):,.0f}", ratio])
    first = _table(
        ["one training step of a language model", "contender", "ms (fastest to slowest round)", _FASTER], steps
    )
    second = _table(["texts written together", "contender", "tokens per second", _FASTER], rates)
    machine = result["machine"]
    note = f"{machine['cpu']}, {machine['threads']} threads, torch {machine['torch']}, {machine['date']}."
    return f"{first}\n{second}\n{note}\n"


def _gpu(result: dict[str, Any] | None) -> str:
    """Make one row per contender and precision, with the ratio to ganvas in the same precision."""
    head = ["one training step on CUDA", "contender", "precision", "ms (fastest to slowest round)", _FASTER]
    if result is None:
        return _table(head, [["all", "", "", "not run: no CUDA device available; run `make gpu`", ""]])
    rows = []
    for workload in result["workloads"].values():
        times = workload["ms_per_step"]
        for contender, title, precision in workload["entries"]:
            name, ours = f"{contender} {precision}", f"ganvas {precision}"
            if name in workload["failed"]:
                rows.append([workload["title"], title, precision, f"failed: {workload['failed'][name]}", ""])
                continue
            known = contender != "ganvas" and ours in times
            ratio = _ratio(Spread.of(quotients(times[name], times[ours]))) if known else ""
            rows.append([workload["title"], title, precision, _spread(times[name]), ratio])
        if "ganvas bf16" in times and "bf16_tflop_per_s" in result:
            rate = workload["flop_per_step"] / median(times["ganvas bf16"]) / 1e9
            part = f"{rate / result['bf16_tflop_per_s']:.0%} of torch.mm's rate"
            rows.append([workload["title"], "ganvas", "bf16", part, ""])
    machine = result["machine"]
    card = result.get("card", "no card")
    return _table(head, rows) + f"\n{card}, torch {machine['torch']}, {machine['date']}; medians of rounds.\n"


def _steps(workloads: dict[str, Any]) -> str:
    rows = []
    for workload in workloads.values():
        times = workload["ms_per_step"]
        for contender in times:
            rows.append([workload["title"], workload["contenders"][contender], *_cells(times, contender)])
        for contender, reason in workload["unavailable"].items():
            rows.append([workload["title"], workload["contenders"][contender], f"not available ({reason})", ""])
    return _table(["one training step", "contender", "ms (fastest to slowest round)", _FASTER], rows)


def _calls(workload: dict[str, Any]) -> str:
    rows = []
    for n, times in workload["ms_per_call"].items():
        for contender in times:
            rows.append([f"{int(n):,}", workload["contenders"][contender], *_cells(times, contender)])
    title = f"images sampled ({workload['title'].rpartition(',')[0]})"
    return _table([title, "contender", "ms (fastest to slowest round)", _FASTER], rows)


def _cells(times: dict[str, list[float]], contender: str) -> list[str]:
    return [_spread(times[contender]), "" if contender == "ganvas" else _ratio(faster(times, contender))]


def _shares(workloads: dict[str, Any]) -> Iterable[list[str]]:
    for workload in workloads.values():
        if "gemm_gflop_per_s" in workload:
            shares = [share(workload, contender) for contender in _BOTH]
            cells = [f"{s.median:.0%} ({s.low:.0%} to {s.high:.0%})" for s in shares]
            flop = _number(workload["flop_per_step"] / 1e9)
            yield [f"share of torch.mm's rate: {workload['title']}, {flop} GFLOP per step", *cells]


def _memory(memory: dict[str, Any]) -> Iterable[list[str]]:
    for name, moment in {"peak": "peak", "after training": "now"}.items():
        runs = (memory["mib"][contender] for contender in _BOTH)
        taken = [median(run["trained"][moment] - run["imported"][moment] for run in rounds) for rounds in runs]
        yield [f"memory, {name}: {memory['title']}", *(f"{mib:.0f} MiB" for mib in taken)]


def _load(load: dict[str, Any]) -> Iterable[list[str]]:
    for workload in load["workloads"].values():
        found = (workload["ms_per_step"][contender] for contender in _BOTH)
        cells = [_ratio(Spread.of(quotients(times["beside"], times["quiet"]))) for times in found]
        yield [f"time of a step beside a busy process: {workload['title']}", *cells]


def _scaling(scaling: dict[str, Any]) -> str:
    """Make one row per axis; a ratio of two sides is in the column of the larger one."""
    ratios, sides = scaling["ratios"], sorted({point["side"] for point in scaling["samples_per_s"]})
    threads = max(point["threads"] for point in scaling["samples_per_s"])
    names = {
        "batch": "time for twice the batch",
        "side": "time for twice the side",
        "threads": f"speed of {threads} threads over 1",
    }
    rows = []
    for axis, name in names.items():
        found = [[ratio["median"] for ratio in ratios[axis] if ratio["side"] == side] for side in sides]
        rows.append([name, *(_ratio(Spread.of(medians)) if medians else "" for medians in found)])
    return _table([f"scaling ({scaling['title']})", *(f"{side} px" for side in sides)], rows)


def _spread(times: list[float]) -> str:
    own = Spread.of(times)
    return f"{_number(own.median)} ({_number(own.low)} to {_number(own.high)})"


def _ratio(spread: Spread) -> str:
    return f"{spread.median:.2f}x ({spread.low:.2f} to {spread.high:.2f})"


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _notes(result: dict[str, Any], dates: str) -> str:
    machine = result["machine"]
    counts = sorted({len(workload["ms_per_step"]["ganvas"]) for workload in result["workloads"].values()})
    rounds = " to ".join(map(str, sorted({counts[0], counts[-1]})))
    text = (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['threads']} threads, torch {machine['torch']}, "
        f"{dates}. {rounds} rounds, all contenders in turn in one process; a ratio is the median of the "
        "rounds' ratios. "
    )
    for workload in result["workloads"].values():
        parity = workload["parity"]
        unit = " of their value" if parity.get("relative") else ""
        text += (
            f"Losses of {workload['title'].partition(', batch')[0]} over {parity['steps']} steps from the same "
            f"weights, batches and noise differ by at most {max(parity['difference'].values()):.1e}{unit}. "
        )
    rates = [rate for workload in result["workloads"].values() for rate in workload.get("gemm_gflop_per_s", [])]
    if rates:
        text += f"Large matrix multiplies by torch.mm run at {median(rates):.0f} GFLOP/s. "
    if "startup_s" in result:
        seconds = {package: median(times) for package, times in result["startup_s"].items()}
        text += f"Importing ganvas takes {seconds['ganvas']:.1f} s, of which torch {seconds['torch']:.1f} s. "
    return text.rstrip() + "\n"


def pages(root: Path = ROOT) -> list[Path]:
    """List the texts with markers for numbers."""
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def insert(text: str, tables: str) -> str:
    """Replace the text between the markers in `text`, if it has them."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables}{END}{after}" if begin and end else text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=ROOT / "benches" / "results", help="folder of the results")
    arguments = parser.parse_args()
    made = write(arguments.results)
    for page in pages():
        text = claims.fill(page.read_text(), arguments.results)
        page.write_text(insert(text, made))


if __name__ == "__main__":
    main()
