"""Texts that are written to their ends, some at a time."""

from collections.abc import Callable

from .. import _core

# Tokens of each text that are written between two looks at signals.
_AT_ONCE = 16


def written(begin: Callable[[slice], _core.Draft], n: int, together: int) -> list[str]:
    """Write `n` texts, at most `together` at the same time; `begin` starts some of them."""
    texts: list[str] = []
    for first in range(0, n, together):
        texts += ended(begin(slice(first, min(first + together, n))))
    return texts


def ended(draft: _core.Draft) -> list[str]:
    """Write texts until all have ended."""
    texts: list[str] | None = None
    while True:
        pieces = draft.advance(_AT_ONCE)
        texts = [text + piece for text, (piece, _) in zip(texts or [""] * len(pieces), pieces, strict=True)]
        if all(finish is not None for _, finish in pieces):
            return texts
