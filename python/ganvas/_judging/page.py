"""A page of HTML in one file: tables, figures, and the file itself."""

import base64
import html
import io
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Most bytes of a figure before base64: seven of them leave the page below 2 MB.
_MOST = 190_000
# Resolutions of a figure in dots per inch, the first that is small enough is used.
_RESOLUTIONS = (130, 100, 75, 50, 35)

# Figures have a white background in both colour schemes, because matplotlib draws text in black.
_STYLE = """
:root { color-scheme: light dark; --ink: #1d2126; --soft: #5a636d; --page: #ffffff; --line: #d9dde2; --band: #f4f6f8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7ea; --soft: #a3adb7; --page: #16191d; --line: #363d45; --band: #1f242a; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI",
  Roboto, "Helvetica Neue", sans-serif; }
main { max-width: 58rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .6rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
p { margin: .5rem 0; overflow-wrap: anywhere; }
ul { margin: .5rem 0; padding-left: 1.3rem; }
li { margin: .25rem 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.soft, figcaption { color: var(--soft); font-size: .9rem; }
.missing { color: var(--soft); font-style: italic; }
.verdict { padding: .5rem .8rem; border-left: 4px solid #009e73; background: var(--band); }
.verdict.bad { border-color: #d55e00; }
.wide { overflow-x: auto; margin: .6rem 0; }
.report table { display: block; overflow-x: auto; margin: .6rem 0; }
.report td { white-space: nowrap; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .3rem .9rem .3rem .3rem;
  border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 500; white-space: nowrap; }
.facts td { overflow-wrap: anywhere; min-width: 12rem; }
.said td { white-space: pre-wrap; }
figure { margin: .8rem 0; }
figure img { display: block; max-width: 100%; height: auto; background: #ffffff; padding: .5rem; border-radius: 6px;
  border: 1px solid var(--line); }
figcaption { margin-top: .35rem; }
@media (max-width: 40rem) {
  main { padding: 1.25rem .9rem 2rem; }
  .facts th { white-space: normal; min-width: 6.5rem; }
  .facts td { min-width: 0; }
}
"""


def page(name: str, parts: Sequence[str]) -> str:
    """Return a page with this name of these parts of HTML."""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    head += f"<title>{html.escape(name)}</title><style>{_STYLE}</style>"
    body = "\n".join(parts)
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body><main>\n{body}\n</main></body></html>\n'


def title(text: str, about: str) -> str:
    """Return the title of the page, and a line below it."""
    return f"<h1>{html.escape(text)}</h1>{paragraph(about, 'soft')}"


def heading(text: str) -> str:
    """Return the heading of a section."""
    return f"<h2>{html.escape(text)}</h2>"


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph; `kind` is a class of the style."""
    return f"<p{_kind(kind)}>{html.escape(text)}</p>"


def bullets(texts: Sequence[str]) -> str:
    """Return a list."""
    return f"<ul>{''.join(f'<li>{html.escape(text)}</li>' for text in texts)}</ul>"


def facts(rows: Mapping[str, str | None], kind: str = "facts") -> str:
    """Return a table of names and values; None is shown as "not stated"."""
    missing = '<td class="missing">not stated</td>'
    cells = (
        f"<tr><th>{html.escape(name)}</th>{missing if value is None else f'<td>{html.escape(value)}</td>'}</tr>"
        for name, value in rows.items()
    )
    return f'<div class="wide"><table class="{kind}"><tbody>{"".join(cells)}</tbody></table></div>'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose first column has the names of the rows."""
    top = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    body = "".join(
        f"<tr><th>{html.escape(first)}</th>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"
        for first, *cells in rows
    )
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def figure(draw: Callable[["Figure"], Any], size: tuple[float, float], about: str) -> str:
    """Return a figure as a picture inside the page.

    Parameters
    ----------
    draw : callable
        Draws on an empty figure.
    size : (width, height)
        Size in inches; empty margins are cut off.
    about : str
        Caption, which is also the text for those who do not see the picture.
    """
    data = picture(draw, size, _MOST)
    source = f"data:image/png;base64,{base64.b64encode(data).decode('ascii')}"
    said = html.escape(about)
    return f'<figure><img src="{source}" alt="{said}"><figcaption>{said}</figcaption></figure>'


def picture(draw: Callable[["Figure"], Any], size: tuple[float, float], most: int) -> bytes:
    """Draw a figure and return it as PNG, in the highest resolution that has at most `most` bytes.

    Parameters
    ----------
    draw, size
        As for `figure`.
    most : int
        The lowest resolution may have more bytes.
    """
    from matplotlib.figure import Figure

    # Not created by pyplot, so that a notebook does not display it.
    drawn = Figure(figsize=size, layout="constrained")
    draw(drawn)
    data = b""
    for resolution in _RESOLUTIONS:
        content = io.BytesIO()
        drawn.savefig(content, format="png", dpi=resolution, bbox_inches="tight", pad_inches=0.05, facecolor="white")
        data = content.getvalue()
        if len(data) <= most:
            break
    return data


def free_path(path: str | Path) -> Path:
    """Return the path of a file that can be written.

    Raises
    ------
    IsADirectoryError, FileNotFoundError
    """
    path = Path(path).expanduser()
    if path.is_dir():
        raise IsADirectoryError(f"{path}: expected the path of a file, got a folder; add a name such as card.html")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no such folder: {path.parent}; create it first")
    return path


def write(path: Path, text: str) -> None:
    """Write a file under another name and rename it, so that it is never incomplete."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _kind(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
