"""Comparison of several models by the same measures on the same data."""

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from .. import plot
from .._checks import integer
from .._table import Table
from ..exceptions import DtypeError, ParameterError
from .arrays import JUDGES, evaluate
from .report import ARROWS, Report, shown
from .samples import names_of

# Measures beside those of the default report.
_ALSO = ("latent_agreement", "parameters")
# Samples of each model in the picture: side by side, or as points.
_PICTURES, _POINTS = 12, 500


class Comparison(Mapping[str, list[Report]]):
    """Reports of several models by name, displayed as one table.

    The values of a name are its reports, one for each seed. The table has a column for each model with means and, from
    two seeds, standard deviations over seeds.

    Parameters
    ----------
    title : str
        What was compared.
    reports : mapping of str to list of Report
        Reports by the name of the model.
    models : mapping of str to estimator
        A fitted model of each name, of which samples are drawn.
    notes : sequence of str, default ()
        Sentences that follow the table.
    """

    def __init__(
        self,
        title: str,
        reports: Mapping[str, list[Report]],
        models: Mapping[str, Any],
        notes: Sequence[str] = (),
    ) -> None:
        self.title = title
        self.notes = tuple(notes)
        self.models = dict(models)
        self._reports = dict(reports)

    def __getitem__(self, name: str) -> list[Report]:
        return self._reports[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._reports)

    def __len__(self) -> int:
        return len(self._reports)

    def to_dict(self) -> dict[str, dict[str, dict[str, float]]]:
        """Convert the table to a dict by model, measure, and ``"mean"`` and ``"deviation"`` over seeds."""
        return {
            name: {
                measure: {"mean": float(np.mean(values)), "deviation": _deviation(values)}
                for measure, values in self._values(name).items()
            }
            for name in self
        }

    def plot(self) -> Any:
        """Draw samples of each model, and the measures of all between the trivial rival and real data.

        Samples and measures are those of the first seed; the table has the means over seeds.

        Returns
        -------
        matplotlib Figure
        """
        import matplotlib.pyplot as plt

        firsts = {name: reports[0] for name, reports in self.items()}
        rows = sum(any(_placed(report, name) for report in firsts.values()) for name in self._names())
        kind = next(iter(self.models.values()))._layout.kind
        heights = [1.0 if kind.grid else 2.4] * len(self) + [0.8 + 0.3 * rows] * (rows > 0)
        figure = plt.figure(figsize=(8, sum(heights)), layout="constrained")
        parts = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
        for part, (name, model) in zip(parts, self.models.items(), strict=False):
            ax = part.add_subplot(projection=kind.projection)
            count = _PICTURES if kind.grid else _POINTS
            kind.draw(model._samples(count, None, 0), model._fitted().data(), ax, count)
            part.suptitle(name, x=0.01, ha="left", size="medium")
        if rows:
            plot.report(firsts, ax=parts[-1].add_subplot())
        return figure

    def __repr__(self) -> str:
        return "\n".join([self.title, repr(self._table()), *self.notes])

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.notes)
        return f"<p><b>{html.escape(self.title)}</b></p>{self._table()._repr_html_()}{notes}"

    def _names(self) -> list[str]:
        """Return the measures of any model, in the order of reports."""
        known = {name for reports in self.values() for name in reports[0]}
        return [name for name in JUDGES if name in known]

    def _values(self, name: str) -> dict[str, list[float]]:
        return {measure: [report[measure].value for report in self[name]] for measure in self[name][0]}

    def _table(self) -> Table:
        table = {}
        for measure in self._names():
            any_of = next(reports[0][measure] for reports in self.values() if measure in reports[0])
            cells = {name: _cell(self._values(name).get(measure)) for name in self}
            for column, value in (("real data", any_of.real), ("trivial rival", any_of.rival)):
                cells[column] = "" if math.isnan(value) else shown(value)
            table[f"{measure} {ARROWS[any_of.better]}"] = cells
        return Table(table)


def compare(
    models: Mapping[str, Any],
    X: Any,
    y: Any = None,
    *,
    X_train: Any = None,
    y_train: Any = None,
    seeds: int = 3,
    metrics: str | Sequence[str] | None = None,
    features: Any = "auto",
) -> Comparison:
    """Compare several models by the same measures on the same data.

    With X_train, copies of the models are trained on it, one for each seed; the models themselves are unchanged.
    Without it, the fitted models are judged on samples of several seeds: the deviations then say nothing of the
    training.

    Parameters
    ----------
    models : mapping of str to estimator
        Estimators of arrays by name.
    X : array-like, path or dataset
        Samples that the models have not seen, as for `evaluate`.
    y : array-like or None
        Labels of X.
    X_train, y_train : array-like or None
        Training data and their labels. None: the models must be fitted.
    seeds : int, default 3
        Number of seeds, which are 0, 1, ...
    metrics : str, sequence of str, or None
        Names of measures, as for `evaluate`; those that do not fit a model are left out of its column. None: those of
        the default report, "latent_agreement" (if a latent value changes the same thing in all samples) and
        "parameters" (their number).
    features : {"auto", "pixels"}, path, callable or torch.nn.Module, default "auto"
        As for `evaluate`, the same for all models.

    Returns
    -------
    Comparison
        A mapping from names to reports, displayed as a table.

    Raises
    ------
    NotFittedError
        A model is not fitted, and X_train is None.
    ParameterError, UnknownNameError, ShapeError, DtypeError, DataError

    Examples
    --------
    >>> import ganvas
    >>> X = ganvas.data.ring(300, random_state=0)
    >>> models = {"gan": ganvas.GanTrainer(epochs=1, verbose=0), "vae": ganvas.VaeTrainer(epochs=1, verbose=0)}
    >>> table = ganvas.compare(models, X[200:], X_train=X[:200], seeds=1, metrics=["coverage", "parameters"])
    >>> list(table), list(table["gan"][0])
    (['gan', 'vae'], ['coverage', 'parameters'])
    """
    if not isinstance(models, Mapping) or not models:
        raise ParameterError(f"models: expected a mapping from names to estimators, got {type(models).__name__}")
    for name, model in models.items():
        if not hasattr(model, "evaluate") or not hasattr(model, "_opened"):
            raise DtypeError(f"models: expected estimators of arrays, got {type(model).__name__} for {name!r}")
        if X_train is None:
            model._fitted()
    seeds = integer("seeds", seeds, 1, 1_000)
    names = None if metrics is None else names_of(metrics, JUDGES)
    reports: dict[str, list[Report]] = {name: [] for name in models}
    fitted = dict(models)
    for seed in range(seeds):
        for name, model in models.items():
            trained = model
            if X_train is not None:
                trained = clone(model).set_params(random_state=seed).fit(X_train, y_train)
                fitted[name] = trained if seed == 0 else fitted[name]
            reports[name].append(evaluate(trained, (X, y), (X_train, y_train), names, features, seed, also=_ALSO))
    how = f"means and deviations of {seeds} trainings" if X_train is not None else f"means of {seeds} sets of samples"
    title = f"{', '.join(models)}: {how}" if seeds > 1 else ", ".join(models)
    notes = [note for note in next(iter(reports.values()))[0].notes]
    return Comparison(title, reports, fitted, notes)


def _placed(report: Report, name: str) -> bool:
    return name in report and not math.isnan(report[name].position)


def _deviation(values: list[float]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else math.nan


def _cell(values: list[float] | None) -> str:
    if values is None:
        return ""
    deviation = _deviation(values)
    return shown(float(np.mean(values))) + ("" if math.isnan(deviation) else f" ± {shown(deviation)}")
