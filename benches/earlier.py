"""Runs that a results file already has."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def read(path: Path) -> dict[str, Any]:
    """Read a results file; empty if there is none."""
    return dict(json.loads(path.read_text())) if path.is_file() else {}


def runs(found: dict[str, Any], settings: dict[str, Any], seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Return the runs of other seeds, if they were made with the same settings."""
    kept = found.get("runs", []) if found.get("settings") == json.loads(json.dumps(settings)) else []
    return [run for run in kept if run["seed"] not in seeds]


def by_seed(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order runs by their seeds."""
    return sorted(made, key=lambda run: run["seed"])
