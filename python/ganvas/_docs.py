"""Lists of registry members in docstrings, generated from the registries."""

import re
import textwrap

from . import _core

_LIST = re.compile(r'\{members\("(\w+)"(?:, "(\w+)")?\)\}')
_WIDTH = 120


def with_members(text: str) -> str:
    """Replace each ``{members("objective")}`` by the names in that registry, ``{"hinge", ...}``.

    For nets, the family is a second argument: ``{members("net", "gan")}``.
    """
    lines = []
    for line in text.split("\n"):
        filled = _LIST.sub(_names, line)
        indent = line[: len(line) - len(line.lstrip())]
        # A parameter and its type stay on one line, as numpydoc requires.
        wrap = filled != line and " : " not in line and len(filled) > _WIDTH
        lines.append(textwrap.fill(filled, _WIDTH, subsequent_indent=indent) if wrap else filled)
    return "\n".join(lines)


def _names(match: re.Match[str]) -> str:
    return "{" + ", ".join(f'"{name}"' for name, _ in _core.members(match[1], match[2])) + "}"
