"""The documentation is complete, matches the signatures, and its examples run."""

import doctest
import functools
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import ganvas

pytestmark = pytest.mark.usefixtures("one_thread")

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    info.name for info in pkgutil.walk_packages(ganvas.__path__, "ganvas.") if info.name not in ("ganvas._core",)
)
PUBLIC = ["ganvas", *(name for name in MODULES if not any(part.startswith("_") for part in name.split(".")))]


@pytest.mark.parametrize("name", ["ganvas", *MODULES])
def test_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0


def members():
    """Public classes, functions and methods of the public modules, each once."""
    found = {}
    for name in PUBLIC:
        module = importlib.import_module(name)
        assert module.__doc__, name
        for attribute, value in vars(module).items():
            own = getattr(value, "__module__", None) == name
            said = attribute in getattr(module, "__all__", [attribute]) and not attribute.startswith("_")
            if not own or not said or not (inspect.isclass(value) or inspect.isfunction(value)):
                continue
            found[f"{name}.{attribute}"] = value
            for method, function in vars(value).items() if inspect.isclass(value) else ():
                plain = getattr(function, "fget", None) or getattr(function, "__func__", function)
                if not method.startswith("_") and inspect.isfunction(plain):
                    found[f"{name}.{attribute}.{method}"] = plain
    return found


MEMBERS = members()
INHERITED = {
    f"ganvas.estimators.gan.GanTrainer.{name}": getattr(ganvas.GanTrainer, name)
    for name in ("fit", "partial_fit", "save", "load")
}


def sections(text):
    """Map each heading of a numpydoc text to its lines."""
    lines = inspect.cleandoc(text).splitlines()
    heads = [i for i, line in enumerate(lines[1:]) if line and set(line) == {"-"} and len(line) == len(lines[i])]
    ends = [*heads[1:], len(lines)][: len(heads)]
    return {lines[head]: lines[head + 2 : end] for head, end in zip(heads, ends, strict=True)}


def documented(text):
    """Names in the section Parameters, in their order."""
    lines = sections(text).get("Parameters", [])
    named = [line.split(" : ")[0] for line in lines if line and not line.startswith(" ")]
    return [name.strip() for names in named for name in names.split(",")]


def parameters(value):
    try:
        signature = inspect.signature(value)
    except ValueError:
        return []
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in signature.parameters.values() if p.name not in ("self", "cls") and p.kind not in kinds]


@pytest.mark.parametrize("name", [*MEMBERS, *INHERITED])
def test_everything_public_is_documented_as_it_is(name):
    value = {**MEMBERS, **INHERITED}[name]
    text = inspect.getdoc(value)
    assert text, "no docstring"
    summary, *rest = text.splitlines()
    assert len(summary) <= 72, f"{len(summary)} characters in: {summary}"
    assert summary.endswith("."), "the first line is no sentence"
    assert not rest or not rest[0], "no empty line after the first"
    said, there = documented(text), parameters(value)
    assert not said or said == there
    exception = inspect.isclass(value) and issubclass(value, BaseException)
    method = name.count(".") > 2 and not inspect.isclass(value) and name.split(".")[-2][0].isupper()
    if there and not exception and not method:
        assert said == there, "the section Parameters is missing"


@pytest.mark.parametrize("name", ganvas.objectives.names())
def test_objectives_have_a_text_with_their_parameters(name):
    function = getattr(ganvas.objectives, name)
    assert isinstance(function, functools.partial)
    assert documented(function.__doc__) == ["real_scores", "fake_scores", "label_smoothing"]


def test_the_rust_example_is_the_file_that_the_rust_tests_compile():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    (code,) = re.findall(r"^```rust\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert code == (ROOT / "tests" / "examples" / "total_variation.rs").read_text()


def blocks(page):
    """Python blocks of a page with the line each begins on."""
    text = page.read_text()
    found = re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(text[: match.start(1)].count("\n"), match[1]) for match in found if "# not run" not in match[1]]


@pytest.mark.parametrize("page", ["README.md", "docs/guide.md"])
def test_a_page_runs_from_top_to_bottom(page, tmp_path, monkeypatch, capsys):
    from matplotlib import pyplot

    assert blocks(ROOT / page)
    monkeypatch.chdir(tmp_path)
    space = {"__name__": "__main__"}
    for line, code in blocks(ROOT / page):
        # Leading empty lines make the line numbers of a traceback match the page.
        exec(compile("\n" * line + code, page, "exec"), space)
    pyplot.close("all")
