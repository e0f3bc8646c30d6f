"""Architecture rules, checked by reading the source."""

import re
from pathlib import Path

import pytest

from ganvas import _core

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src"

# Allowed dependencies of each layer; `error`, `registry` and `settings` are open to all.
USES = {
    "base": "",
    "layer": "base",
    "kind": "vocabulary layer base",
    "objective": "base",
    "penalty": "base",
    "likelihood": "base",
    "prior": "kind base",
    "bound": "base",
    "corruption": "kind base",
    "data": "kind base",
    "vocabulary": "",
    "counting": "",
    "music": "vocabulary",
    "style": "layer base",
    "native": "layer base",
    "net": "native layer kind base",
    "bottleneck": "layer base",
    "family": "net native layer objective penalty bottleneck prior likelihood bound corruption data kind vocabulary "
    "base",
    "engine": "family net layer corruption data kind base",
    "py": "engine family net layer objective penalty bottleneck prior likelihood bound corruption data kind base "
    "counting vocabulary music style",
    "registry": "",
    "settings": "",
    "error": "",
}
OPEN = {"error", "registry", "settings"}
# Files that are not members of their folder's registry.
HELPERS = {
    "net": {
        "choice",
        "coder",
        "conditioning",
        "network",
        "feed",
        "fold",
        "levels",
        "norm",
        "patch",
        "recurrent",
        "request",
    },
    "kind": {"binary", "columns", "encode", "labels", "range", "ruler", "scale", "shape", "sided", "symbols"},
    "objective": {"smooth"},
    "penalty": {"slope"},
    "layer": {"chain", "given", "memory"},
    "likelihood": {"pairs"},
    "bottleneck": {"code"},
    "bound": {"terms"},
    "style/feature": {"net", "outside"},
}
MEMBERS = ["objective", "penalty", "bottleneck", "prior", "likelihood", "bound", "style/feature", "style/distance"]
TEST = re.compile(r"#\[cfg\(test\)\]\s*(?:pub )?mod \w+ \{")


def code(path):
    """Rust without comments, strings and unit tests."""
    text = path.read_text()
    test = TEST.search(text)
    text = text[: test.start()] if test else text
    text = re.sub(r'"(?:\\.|[^"\\])*"', '""', text)
    return re.sub(r"//.*", "", text)


def used(text, start):
    """Names that follow ``start::``, including groups in braces."""
    groups = re.findall(rf"\b{start}::\{{([^;]*?)\}};", text, re.DOTALL)
    return set(re.findall(rf"\b{start}::(\w+)", text)) | {
        name for group in groups for name in re.findall(r"(?:^|,)\s*(\w+)", group)
    }


RUST = sorted(SRC.rglob("*.rs"))
FILES = [path for folder in ("src", "python", "tests", "benches") for path in sorted((ROOT / folder).rglob("*.*"))]
FOLDERS = sorted(path.name for path in SRC.iterdir() if path.is_dir())


def layer(path):
    return path.relative_to(SRC).parts[0].removesuffix(".rs")


def named(path):
    return str(path.relative_to(ROOT))


def test_every_folder_has_its_place_in_the_layers():
    assert {layer(path) for path in RUST} - {"lib"} == set(USES)


@pytest.mark.parametrize("path", [path for path in RUST if path.name != "lib.rs"], ids=named)
def test_layers_depend_only_on_those_below(path):
    allowed = {layer(path), *USES[layer(path)].split(), *OPEN}
    if layer(path) == "error":
        allowed -= {"registry"}
    modules = used(code(path), "crate") & set(USES)
    assert modules <= allowed


@pytest.mark.parametrize("path", [path for path in RUST if layer(path) not in ("py", "lib")], ids=named)
def test_pyo3_is_used_in_src_py_only(path):
    assert not re.search(r"pyo3|numpy|Python<|PyResult|PyErr|crate::py\b", code(path), re.IGNORECASE)


@pytest.mark.parametrize("folder", ["kind", "layer", "net", *MEMBERS])
def test_members_of_a_folder_do_not_know_each_other(folder):
    files = {path.stem for path in (SRC / folder).glob("*.rs")} - {"mod"} - HELPERS.get(folder, set())
    for name in files:
        text = code(SRC / folder / f"{name}.rs")
        assert not (used(text, "super") | used(text, "crate::" + folder.replace("/", "::"))) & (files - {name}), name


@pytest.mark.parametrize("folder", ["kind", "net", *MEMBERS])
def test_a_member_is_a_file_and_a_line_in_the_registry(folder):
    files = {path.stem for path in (SRC / folder).glob("*.rs")} - {"mod"} - HELPERS.get(folder, set())
    assert {name for name, _ in _core.members(folder.split("/")[-1])} == files


@pytest.mark.parametrize("path", [path for path in RUST if layer(path) != "kind"], ids=named)
def test_no_kind_of_data_is_named_outside_its_folder(path):
    names = {name.capitalize() for name, _ in _core.members("kind")}
    assert not used(code(path), "crate::kind") & names
    assert not set(re.findall(r"\bkind::(\w+)", code(path))) & names


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_has_a_mod_and_members(folder):
    names = {path.stem for path in (SRC / folder).iterdir()}
    assert "mod" in names
    assert len(names) > 1


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix in (".rs", ".py")], ids=named)
def test_files_have_at_most_450_lines(path):
    assert len(path.read_text().splitlines()) <= 450


PANICS = re.compile(r"\.unwrap\(\)|\.expect\(|\b(?:panic|todo|unimplemented|unreachable|assert|assert_eq)!")


@pytest.mark.parametrize("path", RUST, ids=named)
def test_nothing_panics(path):
    text = code(path)
    if path.name == "mod.rs" and layer(path) == "py":
        text = text.replace('|| panic!("")', "", 1)
    assert not PANICS.findall(text)
    assert "clippy::unwrap_used" in (SRC / "lib.rs").read_text()


def test_the_families_name_no_objective_and_no_paper():
    names = {name for name, _ in _core.members("objective")}
    for path in (SRC / "family").rglob("*.rs"):
        text = re.sub(r"//.*", "", TEST.split(path.read_text())[0])
        found = {name for name in names if f'"{name}"' in text}
        # The settings define the default.
        assert found <= ({"non_saturating"} if path.name == "spec.rs" else set()), path


@pytest.mark.parametrize("path", [path for path in RUST if layer(path) == "engine"], ids=named)
def test_the_engine_knows_no_family(path):
    families = {folder.name for folder in (SRC / "family").iterdir() if folder.is_dir()}
    words = "|".join([*families, "generator", "discriminator", "encoder", "decoder", "pac"])
    assert not re.search(rf"\b(?:{words})s?\b", re.sub(r"//.*", "", path.read_text()), re.IGNORECASE)


@pytest.mark.parametrize("path", sorted((ROOT / "python/ganvas/estimators").glob("*.py")), ids=named)
def test_estimators_have_types_and_no_json_of_the_core(path):
    text = path.read_text()
    assert not re.search(r"def __getattr__\(.*Any", text)
    # The text of a saved estimator is read in one place.
    assert text.count("json.loads(") == (path.name == "_files.py")
