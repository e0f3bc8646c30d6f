"""Numbers in the texts come from measurements: from a file in benches/results, inserted by a script in benches."""

import ast
import importlib
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BENCHES, RESULTS = ROOT / "benches", ROOT / "benches" / "results"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# Time, size, speed and quality, and scores with so many digits that they must be measured.
MEASURED = re.compile(
    r"\d+(?:[.,]\d+)*(?:x\b|\s?%|\s?(?:-?minutes?|hours?|seconds|s|ms|us|[kMG]i?B|nats|GFLOP(?:/s)?)\b)"
    r"|\b(?:a|one|two|three|four|five|ten|half an?|under an?) (?:minutes?|hours?)\b|\b\d\.\d{3,}|\d\.\d+ bits\b"
)
# Numbers that are settings, constants or formulas, and where they are defined.
SPECIFIED = {
    "ten hours": ("src/music/score.rs", "HOURS: f64 = 10.0"),
    "256 MB": ("src/data/reader.rs", "WINDOW: usize = 1 << 28"),
    "64 MB": ("src/py/reader.rs", "WINDOW: usize = 1 << 26"),
    "512 MB": ("python/ganvas/_data/streams.py", "_RESIDENT = 1 << 29"),
    "20 GB": ("benches/streams.py", "20 * 10**9"),
    "128 MB": ("python/ganvas/estimators/_autoencoder.py", "_BYTES = 1 << 27"),
    # The range of an image is two units of the networks.
    "100 nats": ("src/kind/encode.rs", "STEEP: f64 = 50.0"),
    "50 nats": ("src/kind/encode.rs", "STEEP: f64 = 50.0"),
    "0.1681": ("tests/reference/test_likelihoods.py", "== 0.1681"),
    "0.999": ("src/family/autoencoder/settings.rs", "= (0.9, 0.999)"),
    "3 %": ("python/ganvas/_run/guard/discriminator_wins.py", "_SHARE = 0.03"),
    "5 %": ("python/ganvas/_run/guard/lost_variety.py", "_SHARE = 0.05"),
    "0.0001": ("python/ganvas/_run/guard/vanishing_gradients.py", "_NORM = 1e-3, 1e-4"),
    "0.1 nats": ("python/ganvas/_run/guard/posterior_collapse.py", "_COLLAPSED, _STEPS = 0.1"),
    # Six figures in base64.
    "2 MB": ("python/ganvas/_judging/page.py", "_MOST = 190_000"),
    "95 %": ("python/ganvas/_judging/intervals.py", "= 1.96, (2.5, 97.5)"),
    "99 %": ("benches/quality/recognise.py", "WANTED = 0.99"),
    "50 ms": ("src/py/training.rs", "POLL: Duration = Duration::from_millis(50)"),
    "2 GiB": ("python/ganvas/data/idx.py", "max_bytes: int = 2**31"),
    "15 minutes": ("benches/quality/solids.py", "MINUTES = 2_000, 500, 32, 15"),
}
CLAIM = re.compile(r"<!-- (\w+):begin -->.*?<!-- \1:end -->", re.DOTALL)


@pytest.fixture(scope="module")
def scripts():
    """The modules of benches that write tables and sentences."""
    sys.path.insert(0, str(BENCHES))
    try:
        return importlib.import_module("table"), importlib.import_module("claims")
    finally:
        sys.path.remove(str(BENCHES))


def test_the_pages_say_what_the_results_say(scripts):
    table, claims = scripts
    assert table.pages() == PAGES
    for page in PAGES:
        text = page.read_text()
        assert claims.fill(text, RESULTS) == text, "python benches/table.py writes it anew"
        assert table.insert(text, table.tables(RESULTS)) == text, "python benches/table.py writes it anew"
    assert (RESULTS / "cpu.md").read_text() == table.tables(RESULTS)
    assert set().union(*(claims.marked(page.read_text()) for page in PAGES)) == {*claims.CLAIMS, "bench"}


def test_a_number_that_was_changed_by_hand_is_found(scripts):
    _, claims = scripts
    text = (ROOT / "docs" / "benchmarks.md").read_text()
    changed = text.replace("MiB of memory<!-- memory:end -->", "MiB of RAM<!-- memory:end -->")
    assert changed != text
    assert claims.fill(changed, RESULTS) == text


def test_what_has_not_been_measured_is_left_out(scripts, tmp_path):
    _, claims = scripts
    (tmp_path / "conditional.json").write_text((RESULTS / "conditional.json").read_text())
    results = claims.Results(tmp_path)
    assert claims.CLAIMS["first"](results) == ""
    assert not MEASURED.search(claims.CLAIMS["mnist28"](results))
    assert "from real digits" not in claims._conditional(results)
    (tmp_path / "first_run.json").write_text('{"seconds": 41.4, "machine": {"threads": 2}}')
    assert claims.CLAIMS["first"](results) == "Training takes 41 s on two cores.\n"


def test_the_sentences_on_mnist_are_made_of_the_run_and_of_its_judge(scripts, tmp_path):
    _, claims = scripts
    real = {"n": 10_000, "mean_confidence": 0.9941, "histogram": [1] * 10, "inception_score": 9.81}
    real |= {"entropy_bits": 3.3189, "most_entropy_bits": 3.3219}
    made = real | {"n": 2000, "histogram": list(range(10)), "inception_score": 7.001}
    runs = [{"seed": seed, "seconds": 601, "samples": 480_000.0, "clusters": 20.0, **made} for seed in (0, 2)]
    result = {"classifier_accuracy": 0.9941, "real": real, "runs": runs, "settings": {"epochs": 8}}
    (tmp_path / "mnist28.json").write_text(json.dumps(result | {"machine": {"threads": 1}}))
    said = claims.CLAIMS["mnist28"](claims.Results(tmp_path))
    assert "`epochs=8`: 20 clusters take the place of labels; 10 minutes of CPU time" in said
    assert "| samples, seed 2 | 0.994 | 7.00 | 3.319 |" in said
    assert "seeds 0 and 2" in said


def docstrings(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (text := ast.get_docstring(node)):
            yield text


def prose(path):
    """A text without code and without generated parts."""
    if path.suffix == ".py":
        return "\n".join(docstrings(path))
    if path.suffix == ".ipynb":
        cells = json.loads(path.read_text())["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    text = CLAIM.sub("", path.read_text())
    return re.sub(r"^```(?!$).*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


TEXTS = [
    *PAGES,
    BENCHES / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "notebooks" / "README.md",
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
]
TEXTS += [path for folder in ("python", "benches", "examples") for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_number_is_without_a_record(path):
    found = [number for number in MEASURED.findall(prose(path)) if number not in SPECIFIED]
    assert not found, "what was measured belongs into benches/claims.py; what is a constant, into SPECIFIED"


@pytest.mark.parametrize("number", SPECIFIED)
def test_numbers_that_are_settings_are_those_of_the_code(number):
    file, text = SPECIFIED[number]
    assert text in (ROOT / file).read_text()
