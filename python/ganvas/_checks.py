"""Validation of parameters that are not passed to the core."""

import difflib
import numbers
import reprlib
from collections.abc import Sequence
from typing import TypeVar

from .exceptions import ParameterError, UnknownNameError

Name = TypeVar("Name", bound=str)


def integer(name: str, value: object, low: int, high: int | None = None) -> int:
    """Convert `value` to an int between `low` and `high`, or raise."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise ParameterError(f"{name}: expected an integer, got {reprlib.repr(value)}")
    number = int(value)
    if high is None and number >= 2**63:
        raise ParameterError(f"{name}: must be below 2^63, got {number}")
    if number < low or (high is not None and number > high):
        bounds = f"at least {low}" if high is None else f"between {low} and {high}"
        raise ParameterError(f"{name}: must be {bounds}, got {number}")
    return number


def number(name: str, value: object) -> float:
    """Convert `value` to a float, or raise."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ParameterError(f"{name}: expected a number, got {reprlib.repr(value)}")
    return float(value)


def listed(values: Sequence[object]) -> str:
    """Format the first of some values."""
    return ", ".join(map(repr, values[:20])) + (", ..." if len(values) > 20 else "")


def choice(kind: str, value: Name, known: Sequence[Name]) -> Name:
    """Return `value` if it is one of the `known` names, or raise."""
    if value in known:
        return value
    if not known:
        raise UnknownNameError(f'unknown {kind} "{value}"; there are none for this estimator')
    nearest = difflib.get_close_matches(str(value), known, n=1, cutoff=0.0)[0]
    raise UnknownNameError(f'unknown {kind} "{value}"; did you mean "{nearest}"? known: {", ".join(known)}')
