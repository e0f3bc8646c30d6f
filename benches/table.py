"""Write the measured numbers as a Markdown table, and put it into the project's README."""

import argparse
import json
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def markdown(result: dict[str, Any]) -> str:
    """Turn the content of ``cpu.json`` into tables."""
    parts = [_steps(result["workloads"])]
    for workload in result["workloads"].values():
        if "ms_per_call" in workload:
            parts.append(_calls(workload))
    parts.append(_notes(result))
    return "\n".join(parts)


def _steps(workloads: dict[str, Any]) -> str:
    rows = []
    for workload in workloads.values():
        times = workload["ms_per_step"]
        for contender in times:
            rows.append([workload["title"], workload["contenders"][contender], *_cells(times, contender)])
        for contender, reason in workload["unavailable"].items():
            rows.append([workload["title"], workload["contenders"][contender], f"not available ({reason})", ""])
    return _table(["one training step", "contender", "ms (fastest to slowest round)", "ganvas is faster by"], rows)


def _calls(workload: dict[str, Any]) -> str:
    rows = []
    for n, times in workload["ms_per_call"].items():
        for contender in times:
            rows.append([f"{int(n):,}", workload["contenders"][contender], *_cells(times, contender)])
    title = f"images sampled ({workload['title'].rpartition(',')[0]})"
    return _table([title, "contender", "ms (fastest to slowest round)", "ganvas is faster by"], rows)


def _cells(times: dict[str, list[float]], contender: str) -> list[str]:
    own = times[contender]
    spread = f"{_number(median(own))} ({_number(min(own))} to {_number(max(own))})"
    if contender == "ganvas":
        return [spread, ""]
    ratios = [a / b for a, b in zip(own, times["ganvas"], strict=True)]
    return [spread, f"{median(ratios):.2f}x ({min(ratios):.2f} to {max(ratios):.2f})"]


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _notes(result: dict[str, Any]) -> str:
    machine = result["machine"]
    counts = sorted({len(workload["ms_per_step"]["ganvas"]) for workload in result["workloads"].values()})
    rounds = " to ".join(map(str, sorted({counts[0], counts[-1]})))
    text = (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['threads']} threads, torch {machine['torch']}, "
        f"{machine['date']}. {rounds} rounds, all contenders in turn in one process; a ratio is the median of the "
        "rounds' ratios. "
    )
    for workload in result["workloads"].values():
        parity = workload["parity"]
        unit = " of their value" if parity.get("relative") else ""
        text += (
            f"Losses of {workload['title'].partition(', batch')[0]} over {parity['steps']} steps from the same "
            f"weights, batches and noise differ by at most {max(parity['difference'].values()):.1e}{unit}. "
        )
    if "startup_s" in result:
        seconds = {package: median(times) for package, times in result["startup_s"].items()}
        text += f"Importing ganvas takes {seconds['ganvas']:.1f} s, of which torch {seconds['torch']:.1f} s. "
    return text.rstrip() + "\n"


def insert(text: str, tables: str) -> str:
    """Replace what stands between the markers in `text`."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"expected {BEGIN} and {END}, got a file without them")
    return f"{before}{BEGIN}\n{tables}{END}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=ROOT / "benches" / "results" / "cpu.json")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md")
    arguments = parser.parse_args()
    text = arguments.readme.read_text()
    arguments.readme.write_text(insert(text, markdown(json.loads(arguments.results.read_text()))))


if __name__ == "__main__":
    main()
