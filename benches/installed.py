"""Measure the installed size of torch and all its requirements.

python benches/installed.py
"""

import importlib.metadata
import json
from collections.abc import Iterable
from pathlib import Path

import machine
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OUT = Path(__file__).parent / "results" / "installed.json"


def main() -> None:
    sizes = {name: size(name) for name in sorted(required("torch"))}
    result = {"gb": sum(sizes.values()) / 1e9, "bytes": sizes, "machine": machine.describe()}
    OUT.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{result['gb']:.2f} GB in {len(sizes)} packages")


def required(name: str, extras: Iterable[str] = (), known: frozenset[str] = frozenset()) -> set[str]:
    """List a package and all its installed requirements."""
    found = {canonicalize_name(name)}
    for line in importlib.metadata.requires(name) or []:
        other = Requirement(line)
        wanted = other.marker is None or any(other.marker.evaluate({"extra": extra}) for extra in ("", *extras))
        if wanted and canonicalize_name(other.name) not in known | found and _installed(other.name):
            found |= required(other.name, other.extras, known | found)
    return found


def _installed(name: str) -> bool:
    return any(True for _ in importlib.metadata.distributions(name=name))


def size(name: str) -> int:
    """Return the total size of a package's files in bytes."""
    files = [Path(str(file.locate())) for file in importlib.metadata.files(name) or []]
    return sum(file.stat().st_size for file in files if file.is_file())


if __name__ == "__main__":
    main()
