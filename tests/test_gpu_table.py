"""The CUDA benchmark: its contenders, and the table made from its results."""

import importlib
import sys
from pathlib import Path

import pytest

BENCHES = Path(__file__).parents[1] / "benches"


@pytest.fixture(scope="module")
def scripts():
    # Other tests may import modules of the same names.
    names = {path.stem for path in BENCHES.iterdir()}
    others = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in names}
    sys.path.insert(0, str(BENCHES))
    try:
        yield importlib.import_module("gpu"), importlib.import_module("table")
    finally:
        sys.path.remove(str(BENCHES))
        for name in [name for name in sys.modules if name.partition(".")[0] in names]:
            del sys.modules[name]
        sys.modules.update(others)


def rows(table):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"][2:]


def test_the_table_compares_equal_precisions_by_medians_and_names_what_failed(scripts):
    _, table = scripts
    workload = {
        "title": "toy",
        "flop_per_step": 4e9,
        "entries": [
            *(["ganvas", "ganvas", precision] for precision in ("bf16", "tf32")),
            *(["tuned", "eager", precision] for precision in ("bf16", "tf32")),
            ["compile", "compiled", "tf32"],
        ],
        "ms_per_step": {
            "ganvas bf16": [1.0, 2.0, 9.0],
            "ganvas tf32": [4.0, 4.0, 4.0],
            "tuned bf16": [2.0, 4.0, 18.0],
            "tuned tf32": [2.0, 6.0, 8.0],
        },
        "failed": {"compile tf32": "OutOfMemoryError: CUDA out of memory"},
    }
    machine = {"torch": "2", "date": "today"}
    result = {"workloads": {"toy": workload}, "bf16_tflop_per_s": 10.0, "card": "card", "machine": machine}
    assert rows(table._gpu(result)) == [
        ["toy", "ganvas", "bf16", "2.00 (1.00 to 9.00)", ""],
        ["toy", "ganvas", "tf32", "4.00 (4.00 to 4.00)", ""],
        ["toy", "eager", "bf16", "4.00 (2.00 to 18.0)", "2.00x (2.00 to 2.00)"],
        ["toy", "eager", "tf32", "6.00 (2.00 to 8.00)", "1.50x (0.50 to 2.00)"],
        ["toy", "compiled", "tf32", "failed: OutOfMemoryError: CUDA out of memory", ""],
        # 4e9 operations in 2 ms.
        ["toy", "ganvas", "bf16", "20% of torch.mm's rate", ""],
    ]


def test_a_contender_that_fails_in_any_round_is_listed_with_the_reason(scripts, one_thread):
    gpu, table = scripts

    class Fails(gpu.gan.contenders.Tuned):
        name, title, left = "fails", "fails", 2

        def epoch(self):
            Fails.left -= 1
            if Fails.left < 0:
                raise RuntimeError("no more\nframes")

    entries = [gpu.Entry(kind, "fp32") for kind in (gpu.contenders.Ganvas, gpu.gan.contenders.Tuned, Fails)]
    result = gpu.measure(gpu.points(2), entries, 2)
    assert result["failed"] == {"fails fp32": "RuntimeError: no more"}
    assert {name: len(times) for name, times in result["ms_per_step"].items()} == {"ganvas fp32": 2, "tuned fp32": 2}
    machine = {"torch": "2", "date": "today"}
    made = rows(table._gpu({"workloads": {"ring": result}, "machine": machine}))
    assert [row[1] for row in made] == ["ganvas", "tuned eager PyTorch", "fails"]
    assert made[2][3] == "failed: RuntimeError: no more"


def test_all_contenders_are_timed_in_the_precisions_of_ganvas(scripts):
    gpu, _ = scripts
    for _, _, entries in gpu.WORKLOADS.values():
        ours = {entry.precision for entry in entries if entry.kind is gpu.contenders.Ganvas}
        assert {entry.precision for entry in entries} == ours
