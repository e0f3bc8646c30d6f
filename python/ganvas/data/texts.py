"""Texts read from files."""

import codecs
import os
import unicodedata
from pathlib import Path
from typing import Literal, cast

from .._checks import choice
from ..exceptions import DataError, ParameterError

# Byte order marks; UTF-32 first, because its mark starts with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FORMS = {"nfc": "NFC", "nfd": "NFD", "nfkc": "NFKC", "nfkd": "NFKD"}


def load_texts(
    path: str | os.PathLike[str],
    pattern: str = "*.txt",
    *,
    encoding: str | None = None,
    normalize: str | None = None,
) -> list[str]:
    r"""Read text files, one text per file.

    A byte order mark is removed, and all newlines become "\n". Nothing else is changed unless `normalize` is given.

    Parameters
    ----------
    path : path-like
        A file, or a folder whose files are read in alphabetical order.
    pattern : str, default "*.txt"
        Glob pattern of the files in a folder; "**/*.txt" includes subfolders.
    encoding : str or None, default None
        Encoding of the files, such as "cp1252". None: that of the byte order mark, else UTF-8.
    normalize : {"nfc", "nfd", "nfkc", "nfkd"} or None, default None
        Unicode normalisation form. None keeps the characters of the files.

    Returns
    -------
    X : list of str
        The texts; an empty file is an empty text.

    Raises
    ------
    FileNotFoundError
        The file or folder does not exist.
    DataError
        A folder has no matching files, or a file is not text in the encoding.
    ParameterError
        Python does not know `encoding`.
    UnknownNameError
        `normalize` is not a form.

    Examples
    --------
    >>> from ganvas.data import load_texts
    >>> X = load_texts("books/", encoding="cp1252")  # doctest: +SKIP
    """
    form = None if normalize is None else _FORMS[choice("normalize", normalize, list(_FORMS))]
    if encoding is not None:
        check_encoding(encoding)
    return [_read(file, encoding, form) for file in files_of(Path(path).expanduser(), pattern)]


def check_encoding(encoding: str) -> None:
    """Raise an error if Python does not know an encoding."""
    try:
        b" ".decode(encoding)
    except UnicodeDecodeError:
        # One byte is no character of UTF-16.
        return
    except (LookupError, TypeError, ValueError) as error:
        raise ParameterError(f"encoding: expected a text encoding of Python, got {encoding!r}") from error


def _read(file: Path, encoding: str | None, form: str | None) -> str:
    content = file.read_bytes()
    found = encoding_of(content, encoding)
    try:
        text = content.decode(found)
    except UnicodeDecodeError as error:
        remedy = "pass another encoding" if encoding else 'pass its encoding, such as encoding="cp1252"'
        wrong = f"byte 0x{content[error.start]:02X} at offset {error.start}"
        raise DataError(f"{file}: expected text in {found}, got {wrong}; {remedy}") from error
    check_letters(file, found, text)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text if form is None else unicodedata.normalize(cast("Literal['NFC']", form), text)


def check_letters(file: Path, encoding: str, text: str) -> None:
    """Raise an error for letters of UTF-16 without a mark: they are valid UTF-8, each with a NUL character."""
    if encoding == "utf-8" and 3 * text.count("\0") > len(text):
        raise DataError(
            f'{file}: expected text in utf-8, got NUL characters; if it is UTF-16, pass encoding="utf-16-le"'
        )


def encoding_of(content: bytes, encoding: str | None) -> str:
    """Return the encoding of a file that begins with these bytes; one that is given is kept."""
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    return encoding or marked or "utf-8"


def files_of(place: Path, pattern: str) -> list[Path]:
    """Return the files of a folder that match a pattern, in alphabetical order, or the file itself."""
    files = sorted(file for file in place.glob(pattern) if file.is_file()) if place.is_dir() else [place]
    if not files:
        raise DataError(f'{place}: expected files named "{pattern}", got none')
    return files


__all__ = ["load_texts"]
