"""Tables of measures of a model, beside those of real data and of a trivial rival."""

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from .. import plot
from .._table import Table

#: Directions of measures: "near" is best near the value of real data.
Better = Literal["higher", "lower", "near"]
#: Marks of the directions in tables.
ARROWS = {"higher": "↑", "lower": "↓", "near": "≈"}


class Measure(NamedTuple):
    """A measure of a model.

    Attributes
    ----------
    value : float
        Of the model.
    low, high : float
        Ends of the 95 % interval of `value`; NaN if unknown.
    real : float
        Of other real data, which a perfect model has; NaN if there is none.
    rival : float
        Of the trivial rival; NaN if there is none.
    rival_name : str
        The trivial rival; empty if there is none.
    better : {"higher", "lower", "near"}
        Direction; "near" is best near the value of real data.
    meaning : str
        What is measured, in a few words.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    real: float = math.nan
    rival: float = math.nan
    rival_name: str = ""
    better: Better = "higher"
    meaning: str = ""

    @property
    def beaten(self) -> bool:
        """True if the trivial rival is at least as good as the model."""
        return self._loss(self.rival) <= self._loss(self.value)

    @property
    def position(self) -> float:
        """Position of the model between the rival, 0, and real data, 1; NaN if one is missing or real data lose."""
        return self.placed(self.value)

    def placed(self, value: float) -> float:
        """Return the position of another value between the rival, 0, and real data, 1."""
        worst, best = self._loss(self.rival), self._loss(self.real)
        return (worst - self._loss(value)) / (worst - best) if worst > best else math.nan

    def _loss(self, value: float) -> float:
        """Return a number that is lower for better values."""
        if self.better == "near":
            return abs(value - self.real)
        return value if self.better == "lower" else -value


class Report(Mapping[str, Measure]):
    """Measures of a model by name, displayed as a table.

    ``pandas.DataFrame.from_dict(report.to_dict(), orient="index")`` works.

    Parameters
    ----------
    title : str
        What was judged, and on what.
    measures : mapping of str to Measure
    notes : sequence of str, default ()
        Sentences that follow the table.

    Examples
    --------
    >>> coverage = Measure(0.8, 0.75, 0.85, 0.9, 0.3, "Gaussian", "higher", "part of the data that is reached")
    >>> report = Report("GanTrainer on 500 images", {"coverage": coverage})
    >>> report["coverage"].beaten, round(report["coverage"].position, 2)
    (False, 0.83)
    """

    def __init__(self, title: str, measures: Mapping[str, Measure], notes: Sequence[str] = ()) -> None:
        self.title = title
        self.notes = tuple(notes)
        self._measures = dict(measures)

    def __getitem__(self, name: str) -> Measure:
        return self._measures[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._measures)

    def __len__(self) -> int:
        return len(self._measures)

    @property
    def beaten(self) -> list[str]:
        """Names of the measures in which the trivial rival is at least as good as the model."""
        return [name for name, measure in self.items() if measure.beaten]

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Convert the table to a dict of rows, each a dict of columns; NaN stays NaN."""
        return {name: measure._asdict() for name, measure in self.items()}

    def plot(self, ax: Any = None) -> Any:
        """Draw each measure between the trivial rival and real data, see `ganvas.plot.report`."""
        return plot.report(self, ax=ax)

    def sentences(self) -> list[str]:
        """Return what the table says, and the notes."""
        compared = [name for name, measure in self.items() if not math.isnan(measure.rival)]
        beaten, count = self.beaten, len(compared)
        said = []
        if beaten:
            said = [
                f"The trivial rival is as good or better in {len(beaten)} of {count} measures: {', '.join(beaten)}."
            ]
        elif compared:
            said = [f"The trivial rival is worse in all measures that have one ({count})."]
        return [*said, *self.notes]

    def __repr__(self) -> str:
        return "\n".join([self.title, repr(self._table()), *self.sentences()])

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.sentences())
        return f"<p><b>{html.escape(self.title)}</b></p>{self._table()._repr_html_()}{notes}"

    def _table(self) -> Table:
        return Table({f"{name} {ARROWS[measure.better]}": _cells(measure) for name, measure in self.items()})


def _cells(measure: Measure) -> dict[str, str]:
    interval = "" if math.isnan(measure.low) else f"{shown(measure.low)} to {shown(measure.high)}"
    rival = "" if math.isnan(measure.rival) else f"{shown(measure.rival)} ({measure.rival_name})"
    position = measure.position
    return {
        "model": "unknown" if math.isnan(measure.value) else shown(measure.value),
        "95 % interval": interval,
        "real data": "" if math.isnan(measure.real) else shown(measure.real),
        "trivial rival": rival,
        "from rival to real": "rival is better"
        if measure.beaten
        else ""
        if math.isnan(position)
        else f"{100 * position:.0f} %",
    }


def shown(value: float) -> str:
    """Format a value of a measure."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"
