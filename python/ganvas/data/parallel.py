"""Pairs of texts read from files."""

import csv
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._checks import listed
from ..exceptions import DataError, ParameterError, ShapeError
from .texts import load_texts

_TABLES = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_OBJECTS = (".jsonl", ".ndjson")


def load_pairs(
    path: str | os.PathLike[str],
    other: str | os.PathLike[str] | None = None,
    *,
    source: str | Sequence[str] | None = None,
    target: str | None = None,
    encoding: str | None = None,
) -> tuple[list[str] | NDArray[np.object_], list[str]]:
    """Read pairs of texts from a table, or from two files of lines.

    Parameters
    ----------
    path : path-like
        A table whose name ends in .csv, .tsv or .tab, with the names of the columns in the first line; JSON lines,
        .jsonl or .ndjson, with an object in each; or, with `other`, a file with a source in each line.
    other : path-like or None, default None
        File with the target of each line of the first one.
    source : str, sequence of str or None, default None
        Columns of the sources. None: all but the target.
    target : str or None, default None
        Column of the targets. None: the last one.
    encoding : str or None, default None
        As for `load_texts`.

    Returns
    -------
    X : list of str, or array of str of shape (n, k) if there are several columns
        The sources. Missing ones are empty.
    y : list of str
        The targets.

    Raises
    ------
    FileNotFoundError
        A file does not exist.
    DataError
        A line cannot be read; the message has its number.
    ParameterError
        There is no such column, or it is no table.
    ShapeError
        Two files have different numbers of lines.

    Examples
    --------
    >>> from ganvas.data import load_pairs
    >>> X, y = load_pairs("train.de", "train.en")  # doctest: +SKIP
    >>> X, y = load_pairs("questions.jsonl", source=["story", "question"], target="answer")  # doctest: +SKIP
    """
    place = Path(path).expanduser()
    [text] = load_texts(place, encoding=encoding) if not place.is_dir() else [None]
    if text is None:
        raise ParameterError(f"path: expected a file, got the folder {place}")
    if other is not None:
        if source is not None or target is not None:
            raise ParameterError("source and target: expected None for two files of lines, which have no columns")
        [second] = load_texts(other, encoding=encoding)
        X, y = _lines(text), _lines(second)
        if len(X) != len(y):
            raise ShapeError(f"{place} has {len(X)} lines, {Path(other)} has {len(y)}; each line is one pair")
        return X, y
    suffix = place.suffix.lower()
    if suffix in _TABLES:
        names, rows = _table(text, _TABLES[suffix], place)
    elif suffix in _OBJECTS:
        names, rows = _objects(text, place)
    else:
        known = listed([*_TABLES, *_OBJECTS])
        raise ParameterError(f"path: expected a name that ends in one of {known}, or two files, got {place.name!r}")
    if len(names) < 2 or not rows:
        raise DataError(f"{place}: expected rows of at least 2 columns, got {len(rows)} of {len(names)}")
    end = _column(target, "target", names) if target is not None else len(names) - 1
    chosen = [source] if isinstance(source, str) else source
    starts = [i for i in range(len(names)) if i != end]
    if chosen is not None:
        starts = [_column(name, "source", names) for name in chosen]
    if not starts or end in starts:
        raise ParameterError(f"source: expected columns other than the target {names[end]!r}, got {source!r}")
    y = [row[end] for row in rows]
    if len(starts) == 1:
        return [row[starts[0]] for row in rows], y
    return np.array([[row[i] for i in starts] for row in rows], dtype=object), y


def _lines(text: str) -> list[str]:
    # Other characters that Python takes for the end of a line are of a text.
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _column(name: Any, parameter: str, names: list[str]) -> int:
    if name not in names:
        raise ParameterError(f"{parameter}: expected one of the columns {listed(names)}, got {name!r}")
    return names.index(name)


def _table(text: str, delimiter: str, place: Path) -> tuple[list[str], list[list[str]]]:
    file = io.StringIO(text, newline="")
    if delimiter == ",":
        reader = csv.reader(file, strict=True)
    else:
        # Quotes in tab-separated files are of the texts.
        reader = csv.reader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)
    names: list[str] = []
    rows = []
    try:
        for row in reader:
            if not names:
                names = row
            elif row and len(row) != len(names):
                raise DataError(f"{place}: expected {len(names)} columns, got {len(row)} in line {reader.line_num}")
            elif row:
                rows.append(row)
    except csv.Error as error:
        raise DataError(f"{place}: expected a table, got {error} in line {reader.line_num}") from error
    return names, rows


def _objects(text: str, place: Path) -> tuple[list[str], list[list[str]]]:
    names: list[str] = []
    rows = []
    for number, line in enumerate(_lines(text), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as error:
            raise DataError(f"{place}: expected a JSON object, got {error} in line {number}") from error
        if not isinstance(found, dict):
            raise DataError(f"{place}: expected a JSON object, got {type(found).__name__} in line {number}")
        names = names or list(found)
        missing = [name for name in names if name not in found]
        if missing:
            raise DataError(f"{place}: expected {missing[0]!r}, as in the first line, got none in line {number}")
        row = ["" if found[name] is None else found[name] for name in names]
        wrong = next((name for name, value in zip(names, row, strict=True) if not isinstance(value, str)), None)
        if wrong is not None:
            raise DataError(
                f"{place}: expected texts, got {type(found[wrong]).__name__} for {wrong!r} in line {number}"
            )
        rows.append(row)
    return names, rows


__all__ = ["load_pairs"]
