"""Order of the contenders."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def order(all_of_them: Sequence[T], turn: int) -> list[T]:
    """Order a round so that all contenders come first and last equally often."""
    first = turn // 2 % len(all_of_them)
    turned = [*all_of_them[first:], *all_of_them[:first]]
    return turned[::-1] if turn % 2 else turned
