"""A new member is one file and its lines in the registry: no other place lists the members."""

import ast
import re
from pathlib import Path

import pytest
from registries import names

import ganvas
from ganvas._docs import with_members

ROOT = Path(__file__).parents[1]
REGISTRIES = ("objective", "penalty", "net", "bottleneck", "prior", "likelihood", "bound")
# Formulas are written out for each member that is compared with one.
FORMULAS = ROOT / "tests" / "reference" / "formulas.py"
PYTHON = [path for folder in ("python", "tests", "benches") for path in sorted((ROOT / folder).rglob("*.py"))]
RUST = sorted((ROOT / "src").rglob("*.rs"))
# Names with commas between them, in quotes or not.
SERIES = re.compile(r"""["'`]?\w+["'`]?(?:,\s+["'`]?\w+["'`]?)+""")


def listed(text):
    """Sets of names in a series in a text."""
    return [set(re.findall(r"\w+", match)) for match in SERIES.findall(text)]


def collections(path):
    """Sets of strings in a list, tuple, set, dictionary or string of a Python file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
            elements = node.keys if isinstance(node, ast.Dict) else node.elts
            yield {element.value for element in elements if isinstance(element, ast.Constant)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from listed(node.value)


def test_no_list_of_all_members_is_written_by_hand():
    members = {registry: set(names(registry)) for registry in REGISTRIES}
    members |= {family: set(names("net", family)) for family in ("gan", "autoencoder")}
    found = [(path, one) for path in PYTHON if path != FORMULAS for one in collections(path)]
    texts = [(path, text) for path in RUST for text in re.findall(r'"((?:\\.|[^"\\])*)"', path.read_text())]
    found += [(path, one) for path, text in texts for one in listed(text.replace('\\"', ""))]
    by_hand = {(str(path.relative_to(ROOT)), name) for path, one in found for name in members if members[name] <= one}
    assert not by_hand


@pytest.mark.parametrize("estimator", ["GanTrainer", "VaeTrainer", "AutoencoderTrainer", "VqVaeTrainer"])
def test_docstrings_have_the_lists_filled_in(estimator):
    text = getattr(ganvas, estimator).__doc__
    assert "members(" not in text
    for name in names("objective" if estimator == "GanTrainer" else "likelihood"):
        assert f'"{name}"' in text


def test_a_list_that_is_too_long_for_a_line_is_wrapped_with_its_indent():
    plain, typed = with_members('    one of {members("penalty")}:\n    loss : {members("penalty")} or None').split(
        "\n    loss"
    )
    assert all(line.startswith("    ") and len(line) <= 120 for line in plain.split("\n"))
    assert [name for name in re.findall(r'"(\w+)"', plain)] == re.findall(r'"(\w+)"', typed) == names("penalty")
    assert "\n" not in typed
    assert with_members("nothing to fill") == "nothing to fill"
