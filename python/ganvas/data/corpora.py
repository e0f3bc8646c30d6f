"""Texts that come with the package."""

import gzip
from pathlib import Path

# ORIGIN.md in this folder names their sources and terms.
_FOLDER = Path(__file__).parent / "_texts"


def load_shakespeare() -> str:
    r"""Load a megabyte of Shakespeare's plays as one text, without network.

    The text has 1,115,394 characters, 65 different ones. By convention the first 1,003,854 characters (nine tenths)
    are for training, and the others for testing.

    Returns
    -------
    text : str
        Speeches separated by an empty line, each after a line with its speaker and a colon. Lines end with "\n".

    References
    ----------
    A. Karpathy, "The Unreasonable Effectiveness of Recurrent Neural Networks", 2015. The text is in the public domain.

    Examples
    --------
    >>> from ganvas.data import load_shakespeare
    >>> text = load_shakespeare()
    >>> print(text[:45])
    First Citizen:
    Before we proceed any further,
    """
    return _read("shakespeare")


def load_names() -> list[str]:
    """Load 32,033 first names, without network.

    Names of girls come first and then those of boys, each part by frequency; 2,539 names are in both parts.

    Returns
    -------
    X : list of str
        Names of 2 to 15 lower-case letters, a to z.

    References
    ----------
    United States Social Security Administration, "Popular Baby Names", names of 2018, as in A. Karpathy, "makemore",
    2022.

    Examples
    --------
    >>> from ganvas.data import load_names
    >>> load_names()[:3]
    ['emma', 'olivia', 'ava']
    """
    return _read("names").split("\n")


def _read(name: str) -> str:
    with gzip.open(_FOLDER / f"{name}.txt.gz", "rt", encoding="utf-8", newline="") as file:
        return file.read()


__all__ = ["load_names", "load_shakespeare"]
