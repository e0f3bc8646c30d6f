"""Texts that stay in their files."""

import os
from collections.abc import Iterator
from pathlib import Path

from .._checks import choice
from ..exceptions import DataError
from .texts import check_encoding, check_letters, encoding_of, files_of, load_texts

# Bytes that show a byte order mark.
_HEAD = 4


class TextFiles:
    """Texts that stay in their files, which may be larger than memory.

    `TextTrainer.fit` reads them twice, once for the vocabulary, and keeps their tokens in a temporary file, with two
    bytes for each.

    Parameters
    ----------
    path : path-like
        A file, or a folder whose files are read in alphabetical order.
    pattern : str, default "*.txt"
        Glob pattern of the files in a folder; "**/*.txt" includes subfolders.
    per : {"file", "line"}, default "file"
        What a text is. A file of one text has to fit into memory, a file of lines does not.
    encoding : str or None, default None
        As for `load_texts`.

    Raises
    ------
    FileNotFoundError
        The file or folder does not exist.
    DataError
        A folder has no matching files. When texts are read: a file is not text in the encoding.
    ParameterError
        Python does not know `encoding`.

    Examples
    --------
    >>> from ganvas import TextTrainer
    >>> from ganvas.data import TextFiles
    >>> text = TextTrainer().fit(TextFiles("corpus.txt", per="line"))  # doctest: +SKIP
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        pattern: str = "*.txt",
        *,
        per: str = "file",
        encoding: str | None = None,
    ) -> None:
        self.per = choice("per", per, ("file", "line"))
        if encoding is not None:
            check_encoding(encoding)
        self.encoding = encoding
        place = Path(path).expanduser()
        if not place.exists():
            raise FileNotFoundError(f"no such file or folder: {place}")
        self.files = tuple(files_of(place, pattern))

    def __iter__(self) -> Iterator[str]:
        """Iterate over the texts; newlines are as in `load_texts`, and lines are without theirs."""
        for file in self.files:
            if self.per == "file":
                yield from load_texts(file, encoding=self.encoding)
            else:
                yield from self._lines(file)

    def _lines(self, file: Path) -> Iterator[str]:
        with file.open("rb") as head:
            found = encoding_of(head.read(_HEAD), self.encoding)
        number = 0
        try:
            with file.open(encoding=found) as lines:
                for number, line in enumerate(lines, 1):
                    check_letters(file, found, line)
                    yield line.removesuffix("\n").removeprefix("\ufeff" if number == 1 else "")
        except UnicodeDecodeError as error:
            remedy = "pass another encoding" if self.encoding else 'pass its encoding, such as encoding="cp1252"'
            raise DataError(
                f"{file}: expected text in {found}, got other bytes after line {number}; {remedy}"
            ) from error

    def __repr__(self) -> str:
        count = len(self.files)
        return f"TextFiles({count} file{'s' * (count != 1)}, per={self.per!r})"
