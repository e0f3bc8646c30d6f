"""Rows of text by name."""

import html


class Table(dict[str, dict[str, str]]):
    """A mapping from names to rows, displayed as a table; all rows have the same columns.

    ``pandas.DataFrame.from_dict(table, orient="index")`` works.

    Examples
    --------
    >>> Table({"wgan": {"source": "Arjovsky et al., 2017"}})
    name  source
    wgan  Arjovsky et al., 2017
    """

    def __repr__(self) -> str:
        lines = self._lines()
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
        return "\n".join(line.rstrip() for line in padded)

    def _repr_html_(self) -> str:
        head, *rows = [[html.escape(cell) for cell in line] for line in self._lines()]
        style = ' style="text-align: left"'
        top = "".join(f"<th{style}>{cell}</th>" for cell in head)
        body = "".join(
            f"<tr><th{style}>{row[0]}</th>{''.join(f'<td{style}>{cell}</td>' for cell in row[1:])}</tr>" for row in rows
        )
        return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"

    def _lines(self) -> list[list[str]]:
        columns = list(next(iter(self.values()), {}))
        return [["name", *columns], *([name, *row.values()] for name, row in self.items())]
