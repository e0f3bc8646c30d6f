"""Model cards: one page that says what a model is, how it was trained, and what it does.

The fields follow M. Mitchell et al., "Model Cards for Model Reporting", FAT* 2019.
"""

import base64
import datetime
import hashlib
import io
import platform
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import plot
from .._data.kinds import Text
from .._versions import versions
from ..exceptions import ParameterError
from . import page
from .arrays import judged, prepared, read
from .trial import Trial

# Samples of a picture, as few as are recognised in print, and pairs of neighbours.
_SAMPLES, _POINTS, _PAIRS = 32, 500, 8
# Pictures of epochs in a row.
_COLUMNS = 4
# Values of a row and characters of a text that are shown.
_VALUES, _CHARACTERS = 8, 200
# Bytes that are hashed at once.
_BLOCK = 2**24
# Parameters that say how `fit` reports, and not what is trained.
_LEFT_OUT = {"callbacks", "on_interrupt", "profile", "progress", "verbose"}
_LIMITS = (
    "The measures compare sets of samples by the features named with them. They do not say whether a single sample is "
    "correct, fair or safe for a purpose.",
    "The intervals are of the samples that were drawn. They leave out how much trainings with other seeds differ.",
    "Values are comparable only for the same data, features and numbers of samples.",
    "The copying check compares whole samples by these features. It can overlook copied parts and rare copies, and "
    "does not guarantee privacy.",
    "Statements on licence, consent and use are those of the author of this page; nothing has checked them.",
)


class Words(NamedTuple):
    """What the user says of a model; None is not stated."""

    title: str | None
    licence: str | None
    consent: str | None
    intended_use: str | None
    limits: str | None

    def checked(self) -> "Words":
        """Return the same with None for empty texts; raise ParameterError for other values than texts."""
        for name, value in self._asdict().items():
            if value is not None and not isinstance(value, str):
                raise ParameterError(f"{name}: expected a string or None, got {type(value).__name__}")
        return Words(*(value if value and value.strip() else None for value in self))


def write(
    model: Any,
    path: str | Path,
    held_out: tuple[Any, Any],
    train: tuple[Any, Any],
    words: Words,
    features: Any,
    random_state: Any,
) -> Path:
    """Write the card of a fitted estimator of arrays, see its method `report`."""
    words, path = words.checked(), page.free_path(path)
    for name, (X, y) in (("", held_out), ("_train", train)):
        if X is None and y is not None:
            raise ParameterError(f"y{name}: expected None without X{name}")
    trial = None if held_out[0] is None else prepared(model, held_out, train, features, random_state)
    known = trial.train if trial is not None else None
    if trial is None and train[0] is not None:
        known, _ = read(model, "X_train", *train)
    name = type(model).__name__
    title = words.title or f"{name} of {model._layout.summary(model._run.data())}"
    parts = [
        _head(title, name),
        *_statements(words),
        *_data(model, train[0], known),
        *_samples(model),
        *_snapshots(model),
        *_measures(trial),
        *_copies(trial),
        *_training(model),
        *_settings(model),
        *_surroundings(),
        page.heading("Limits"),
        page.bullets([*([words.limits] if words.limits else []), *_LIMITS]),
        *([] if words.limits else [page.paragraph("Limits known to the author: not stated.", "missing")]),
    ]
    page.write(path, page.page(title, parts))
    return path


def _head(title: str, name: str) -> str:
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    about = f"Model card of a {name}, written {now} by ganvas {versions()['ganvas']}."
    return page.title(title, about)


def _statements(words: Words) -> list[str]:
    rows = {
        "Intended use": words.intended_use,
        "Licence of the data": words.licence,
        "Consent of the people in the data": words.consent,
    }
    return [page.heading("Statements of the author"), page.facts(rows, "facts said")]


def _data(model: Any, X_train: Any, known: np.ndarray | None) -> list[str]:
    run = model._run
    rows: dict[str, str | None] = {"Form": model._layout.summary(run.data())}
    if known is None:
        rows["Training data"] = "not passed to this page: no hash and no number of samples"
    elif isinstance(X_train, np.ndarray) and X_train.dtype.kind in "biufUS":
        rows["Shape"] = f"{X_train.shape}, {X_train.dtype}"
        rows["SHA-256"] = f"{_digest(X_train)}, of the bytes of the array in C order"
    else:
        rows["Shape"] = f"{known.shape}, {known.dtype}, as ganvas reads them; of more than 50,000 samples, 50,000"
        rows["SHA-256"] = f"{_digest(known)}, of the bytes of these samples in C order"
    labels = model._labels
    classes = labels.known() if labels.kind == "classes" else None
    rows["Labels"] = (
        f"{len(classes)} classes: {_listed(classes)}"
        if classes is not None
        else "none, the model is unconditional"
        if labels.kind not in ("classes", "numbers")
        else "numbers"
    )
    return [page.heading("Data"), page.facts(rows)]


def _digest(array: np.ndarray) -> str:
    """Return the SHA-256 of an array's bytes in C order; a memory-mapped array is read in blocks."""
    found = hashlib.sha256()
    step = max(1, _BLOCK // max(1, array.nbytes // max(1, len(array))))
    for first in range(0, len(array), step):
        found.update(array[first : first + step].tobytes())
    return found.hexdigest()


def _listed(values: Any) -> str:
    shown = [str(value) for value in values[:20]]
    return ", ".join(shown) + (f" and {len(values) - 20} more" if len(values) > 20 else "")


def _samples(model: Any) -> list[str]:
    labels = model._labels
    count = _SAMPLES if model._layout.kind.grid else _POINTS
    if labels.kind == "classes" and len(labels.known()) <= count:
        # Columns of classes are of equal length.
        count -= count % len(labels.known())
    about = f"{count} samples of random latents, those of random_state=0, without selection."
    drawn = page.figure(lambda figure: model._draw_samples(figure, (1, 1, 1), count), (7.0, 5.5), about)
    return [page.heading("Samples"), drawn]


def _snapshots(model: Any) -> list[str]:
    """Show the pictures that the callback Snapshots kept."""
    kept = model._snapshots
    if not kept:
        return []

    def draw(figure: Any) -> None:
        from matplotlib.image import imread

        for place, (epoch, text) in enumerate(kept, 1):
            ax = figure.add_subplot(-(-len(kept) // _COLUMNS), min(len(kept), _COLUMNS), place)
            ax.imshow(imread(io.BytesIO(base64.b64decode(text))))
            ax.set_title(f"epoch {epoch}", fontsize=9)
            ax.set_axis_off()

    size = (1.9 * min(len(kept), _COLUMNS), 2.1 * -(-len(kept) // _COLUMNS))
    return [page.figure(draw, size, "Samples of the same latents over the epochs of training, without selection.")]


def _measures(trial: Trial | None) -> list[str]:
    top = page.heading("Measures")
    if trial is None:
        return [top, page.paragraph("No measures: no samples that the model has not seen (X) were passed.", "missing")]
    report = judged(trial, None)
    parts = [top, f'<div class="report">{report._repr_html_()}</div>']
    if any(not np.isnan(measure.position) for measure in report.values()):
        rows = sum(not np.isnan(measure.position) for measure in report.values())
        about = "Measures between the trivial rival, at 0, and real data, at 1; bars are 95 % intervals."
        parts.append(
            page.figure(lambda figure: plot.report(report, ax=figure.add_subplot()), (6.4, 1.3 + 0.36 * rows), about)
        )
    meanings = {name: measure.meaning for name, measure in report.items()}
    return [*parts, page.paragraph("What is measured:", "soft"), page.facts(dict(meanings))]


def _copies(trial: Trial | None) -> list[str]:
    top = page.heading("Copies of training data")
    if trial is None or trial.train is None:
        need = "X" if trial is None else "X_train"
        return [top, page.paragraph(f"Copies were not looked for: {need} was not passed.", "missing")]
    found = trial.copies
    if found.memorised:
        said = "Copies found: the samples are nearer to training data than chance allows"
    else:
        said = "No sign of copies: the samples are not nearer to training data than chance allows"
    facts: dict[str, str | None] = {
        "Nearest to a training sample": f"{found.train_share:.1%} of samples; {found.expected_share:.1%} are expected",
        "Equal to a training sample": f"{found.copies:.1%} of samples",
        "Close to a training sample": f"{found.near_copies:.1%} of samples; {found.held_out_near_copies:.1%} of "
        "held-out data",
        "Equal to an earlier sample": f"{found.duplicates:.1%} of samples",
        "Compared": f"{len(trial.made):,} samples with {len(trial.train):,} training and {len(trial.real):,} held-out "
        f"ones by {trial.features.words}",
    }
    return [
        top,
        page.paragraph(f"{said} (p = {found.p_value:.3f}).", "verdict bad" if found.memorised else "verdict"),
        page.facts(facts),
        *_neighbours(trial, trial.train),
    ]


def _neighbours(trial: Trial, train: np.ndarray) -> list[str]:
    """Show the samples that are nearest to training data, and these."""
    pairs, distances = trial.copies.pairs[:_PAIRS], trial.copies.distances[:_PAIRS]
    made, near = trial.made[pairs[:, 0]], train[pairs[:, 1]]
    typical = float(np.median(trial.copies.held_out_distances))
    numbers = ", ".join(f"{distance:.3g}" for distance in distances)
    about = f"Distances: {numbers}; of held-out data to training data {typical:.3g} (median)."
    if not trial.kind.grid or type(trial.kind) is Text:
        rows = [
            [f"{distance:.3g}", *sides]
            for distance, *sides in zip(distances, _in_words(trial, made), _in_words(trial, near), strict=True)
        ]
        lead = f"The {len(pairs)} generated samples that are nearest to training data. {about}"
        return [page.paragraph(lead, "soft"), page.table(["distance", "generated", "nearest training sample"], rows)]

    def draw(figure: Any) -> None:
        ax = figure.add_subplot(projection=trial.kind.projection)
        trial.kind.draw(np.concatenate([made, near]), trial.data, ax, len(pairs))

    lead = f"The {len(pairs)} generated samples that are nearest to training data, above the training samples that "
    return [page.figure(draw, (8.0, 4.0), f"{lead}they are nearest to. {about}")]


def _in_words(trial: Trial, samples: np.ndarray) -> list[str]:
    if isinstance(trial.kind, Text):
        return [text[:_CHARACTERS] for text in trial.kind.texts(samples, trial.data)]
    more = ", ..." if samples.shape[1] > _VALUES else ""
    return [", ".join(f"{value:.4g}" for value in row[:_VALUES]) + more for row in samples]


def _training(model: Any) -> list[str]:
    history = model.history_
    progress = model._run.progress()
    sizes = model._run.sizes()
    rows: dict[str, str | None] = {
        "Epochs": f"{progress.epoch:,}{', interrupted' if model.interrupted_ else ''}",
        "Samples seen": f"{progress.samples:,} in {progress.step:,} steps",
        "Seed": str(model.seed_),
        "Parameters": f"{sum(size for _, size in sizes):,}: {', '.join(f'{name} {size:,}' for name, size in sizes)}",
        "Device": model.device_,
        "Executor": model.explain(),
    }
    parts = [page.heading("Training")]
    if len(history):
        rows["Time"] = _time(float(np.sum(history["seconds"])))
        last = {name: value for name, value in history.row(-1).items() if name not in ("epoch", "samples", "seconds")}
        rows["Last epoch"] = ", ".join(f"{name} {value:.4g}" for name, value in last.items())
    found = [f"{one.name} (epoch {one.epoch}): {one.evidence}; {one.remedy}" for one in model.diagnosis_]
    rows["Diagnosis"] = "\n".join(found) or "nothing was found"
    parts.append(page.facts(rows, "facts said"))
    if len(history):
        about = "Losses over the training."
        if model._run.settings()["family"] == "gan":
            about += " Losses of two adversaries do not measure quality."
        parts.append(page.figure(lambda figure: model.plot_history(figure.add_subplot()), (7.5, 3.6), about))
    return parts


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{seconds:.2g} s"


def _settings(model: Any) -> list[str]:
    given = model.get_params(deep=False)
    used = {
        **model._run.settings(),
        **{name: getattr(model, f"{name}_") for name in ("device", "executor", "precision")},
    }
    rows = []
    for name in sorted({*given, *used} - _LEFT_OUT):
        values = [source.get(name) for source in (given, used)]
        if any(value is not None for value in values):
            rows.append([name, *map(_shown, values)])
    about = "Parameters as they were passed, and the values that the model was made with."
    return [page.heading("Settings"), page.paragraph(about, "soft"), page.table(["name", "passed", "used"], rows)]


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        # An empty list is a setting that is off.
        return ", ".join(map(_shown, value)) or "none"
    return str(value)[:_CHARACTERS]


def _surroundings() -> list[str]:
    about = "Of the process that wrote this page, which need not be that of the training."
    rows: dict[str, str | None] = {**versions(), "processor": platform.processor() or platform.machine()}
    return [page.heading("Versions and hardware"), page.paragraph(about, "soft"), page.facts(rows)]
