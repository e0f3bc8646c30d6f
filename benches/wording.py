"""Words and numbers in the project's pages."""

from typing import Any


def minutes(row: dict[str, Any]) -> str:
    """Return the minutes that a row took, in brackets, if it says."""
    return f" ({row['seconds'] / 60:.0f} minutes)" if "seconds" in row else ""


def percent(share: float, digits: int = 1) -> str:
    """Format a share."""
    return f"{100 * share:.{digits}f} %"


def threads(result: dict[str, Any]) -> str:
    """Name a number of threads."""
    return "one thread" if result["threads"] == 1 else f"{result['threads']} threads"


def spread(values: list[float], digits: int = 3) -> str:
    """Format the mean, the lowest and the highest of several values."""
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{sum(values) / len(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def cores(count: int) -> str:
    """Name a number of cores."""
    return {1: "one core", 2: "two cores"}.get(count, f"{count} cores")


def listed(parts: list[str]) -> str:
    """Join words."""
    return " and ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else parts[0]
