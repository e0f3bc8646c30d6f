"""Reports of estimators of arrays."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .. import metrics
from .._data.labels import Labels
from .._data.streams import reach, training_data
from .._run.random import seed_from
from ..exceptions import ParameterError, ShapeError
from . import features, intervals, labelled, latents, reconstructions, samples
from .report import Measure, Report
from .samples import STATISTICS
from .trial import Trial

# Maximum number of real samples of each of the two sets.
_MOST = 10_000
# Maximum number of samples that are read of X and of X_train.
_READ = 50_000
# Smallest side for `ssim`, whose window has 11 x 11 pixels.
_WINDOW = 11
# Numbers of samples and calls that the speed is measured with.
_SPEED = {"n": 256, "repeats": 3, "calls": 20}


class Judge(NamedTuple):
    """A measure of the report.

    Attributes
    ----------
    measure : callable
        Function from a trial to a measure.
    fits : callable
        Function from a trial to True if the measure has a meaning for it.
    cheap : bool
        True if the measure is part of the default report.
    needs : str
        What it takes, for the message if it does not fit.
    """

    measure: Callable[[Trial], Measure]
    fits: Callable[[Trial], bool]
    cheap: bool
    needs: str


def _memorisation(trial: Trial) -> Measure:
    """Count the samples that are nearer to training data than to held-out data."""
    found = trial.copies
    ends = intervals.of_share(found.train_share, len(trial.made))
    verdict = "memorised" if found.memorised else "no sign of copies"
    meaning = f"fraction of samples nearest to a training sample ({verdict}, p = {found.p_value:.3f})"
    return Measure(found.train_share, *ends, found.expected_share, better="near", meaning=meaning)


def _speed(trial: Trial) -> Measure:
    """Measure the number of samples a second."""
    found = metrics.generation_speed(lambda n: trial.model._samples(n, None, 0), **_SPEED)
    meaning = f"samples a second in batches; a single one takes {1_000 * found.latency:.3g} ms"
    return Measure(found.samples_per_second, meaning=meaning)


def _parameters(trial: Trial) -> Measure:
    """Count the parameters of all networks."""
    count = sum(size for _, size in trial.model._fitted().sizes())
    return Measure(float(count), better="lower", meaning="number of parameters of all networks")


def _always(trial: Trial) -> bool:
    return True


def _is_known(trial: Trial) -> bool:
    """Return True if training samples are known."""
    return trial.train is not None


def _reconstructs(kinds: tuple[str, ...] | None, trial: Trial) -> bool:
    """Return True if the model reconstructs samples, of one of the kinds if they are named."""
    return hasattr(trial.model, "reconstruct") and (kinds is None or trial.kind.name in kinds)


def _fits_window(trial: Trial) -> bool:
    """Return True if the model reconstructs images that the window of `ssim` fits in."""
    return _reconstructs(("image",), trial) and min(trial.real.shape[1:3]) >= _WINDOW


_OF_CLASSES = "classes y"
_OF_LABELS = "a model that was fitted with classes, and y"
_AUTOENCODER = "an autoencoder"
#: All measures by name, in the order of the report.
JUDGES = {
    **{name: Judge(partial(samples.compare, name), _always, True, "") for name in STATISTICS},
    "class_accuracy": Judge(labelled.class_accuracy, labelled.is_told, True, _OF_LABELS),
    "class_frequencies": Judge(labelled.class_frequencies, labelled.is_not_told, True, _OF_CLASSES),
    "psnr": Judge(reconstructions.psnr, partial(_reconstructs, ("image",)), True, f"{_AUTOENCODER} of images"),
    "ssim": Judge(
        reconstructions.ssim, _fits_window, True, f"{_AUTOENCODER} of images with sides of at least 11 pixels"
    ),
    "explained_variance": Judge(
        reconstructions.explained_variance,
        partial(_reconstructs, ("row", "series", "volume", "roll", "image")),
        True,
        f"{_AUTOENCODER} of numbers",
    ),
    "rebuilt": Judge(
        reconstructions.rebuilt, partial(_reconstructs, ("tiles", "text")), True, f"{_AUTOENCODER} of tiles or texts"
    ),
    "bound": Judge(reconstructions.bound, partial(_reconstructs, None), True, _AUTOENCODER),
    "memorisation": Judge(_memorisation, _is_known, True, "X_train"),
    "speed": Judge(_speed, _always, True, ""),
    "latent_agreement": Judge(latents.agreement, latents.are_numbers, False, "a model whose latents are numbers"),
    "parameters": Judge(_parameters, _always, False, ""),
    "two_sample_test": Judge(labelled.two_sample_test, _always, False, ""),
    "train_on_synthetic": Judge(labelled.train_on_synthetic, labelled.is_told, False, _OF_LABELS),
}


def evaluate(
    model: Any,
    held_out: tuple[Any, Any],
    train: tuple[Any, Any],
    wanted: list[str] | None,
    said: Any,
    random_state: Any,
    *,
    strict: bool = False,
    also: Sequence[str] = (),
) -> Report:
    """Judge a fitted estimator of arrays, see its method `evaluate`.

    Parameters
    ----------
    model : estimator
    held_out, train : (X, y)
        Samples that the model has not seen, and those of its training, or None.
    wanted : list of str or None
        Names of measures; None: the cheap ones and those of `also`.
    said : {"auto", "pixels"}, path, callable or torch.nn.Module
        Features.
    random_state : int, RandomState, Generator or None
    strict : bool, default False
        Refuse measures that do not fit; otherwise these are left out.
    also : sequence of str, default ()
        Names of measures beside the cheap ones.
    """
    return judged(prepared(model, held_out, train, said, random_state), wanted, strict=strict, also=also)


def prepared(model: Any, held_out: tuple[Any, Any], train: tuple[Any, Any], said: Any, random_state: Any) -> Trial:
    """Read the samples that `evaluate` compares; its parameters."""
    return _trial(model, *held_out, *train, said, seed_from(random_state))


def judged(trial: Trial, wanted: list[str] | None, *, strict: bool = False, also: Sequence[str] = ()) -> Report:
    """Measure a model whose samples are prepared; the other parameters are those of `evaluate`."""
    misfits = [name for name in wanted or () if not JUDGES[name].fits(trial)]
    if misfits and strict:
        raise ParameterError(f'metrics: "{misfits[0]}" needs {JUDGES[misfits[0]].needs}')
    usual = [name for name, judge in JUDGES.items() if judge.cheap or name in also]
    names = [name for name in wanted or usual if JUDGES[name].fits(trial)]
    measures = {name: JUDGES[name].measure(trial) for name in names}
    plural = getattr(trial.kind, "plural", "samples")
    title = (
        f"{type(trial.model).__name__}, {len(trial.other):,} generated {plural} against {len(trial.real):,} real ones"
    )
    where = "the other half of X" if trial.train is None else "X_train"
    notes = [
        f"Good values are those of real data, {plural} of {where} in place of generated ones.",
        f"Features: {trial.features.words}. Only values of the same features and numbers of samples are comparable.",
    ]
    return Report(title, measures, notes)


def _trial(model: Any, X: Any, y: Any, X_train: Any, y_train: Any, said: Any, seed: int) -> Trial:
    """Read samples and divide them: the other real samples are from X_train, or else a half of X."""
    array, y = read(model, "X", X, y)
    random = np.random.default_rng(seed)
    if X_train is None:
        if y_train is not None:
            raise ParameterError("y_train: expected None without X_train")
        train, halves = None, np.array_split(random.permutation(len(array))[: 2 * _MOST], 2)
        (real, real_y), (other, other_y) = (_part(array, y, np.sort(half)) for half in halves)
    else:
        train, y_train = read(model, "X_train", X_train, y_train)
        if (y is None) != (y_train is None):
            raise ParameterError("y_train: expected labels of X_train if and only if y is given")
        real, real_y = _part(array, y, np.sort(random.permutation(len(array))[:_MOST]))
        other, other_y = _part(train, y_train, np.sort(random.permutation(len(train))[: len(real)]))
    if min(len(real), len(other)) < 2:
        if X_train is None:
            raise ShapeError(f"X: expected at least 4 samples, two in each half, got {len(array)}")
        raise ShapeError(f"X, X_train: expected at least 2 samples each, got {len(real)} and {len(other)}")
    n = len(real)
    known, found = Labels.learn(None if y is None else np.concatenate([real_y, other_y]), n + len(other))
    classes = found if known.kind == "classes" else None
    real_classes, other_classes = np.split(np.zeros(0, np.int64) if classes is None else classes, [n])
    told = y is not None and model._labels.kind in ("classes", "numbers")
    codes, given = (model._labels.code(real_y, n), other_y) if told else (None, None)
    both = np.concatenate([real, other])
    embed = features.chosen(said, model._layout.kind, model._run.data(), both, classes, seed)
    return Trial(model, real, other, real_classes, other_classes, codes, train, given, embed, seed)


def _part(array: np.ndarray, y: np.ndarray | None, places: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    return array[places], None if y is None else y[places]


def read(model: Any, name: str, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Read at most 50,000 samples in the form of the core, and their labels."""
    if getattr(model, "_of_texts", False):
        array = model._tokens(model._texts.written(X))
    else:
        X, y = model._opened(X, y)
        array, _ = training_data(model, X, model.channels, model._layout)
    n = reach(array)
    chosen = np.linspace(0, n - 1, min(n, _READ)).astype(np.int64)
    if y is not None:
        y = np.asarray(y)
        if len(y) != len(array):
            of = "y" if name == "X" else "y_train"
            raise ShapeError(f"{of}: expected a label for each of {len(array)} samples, got {len(y)}")
        y = y[chosen]
    return np.ascontiguousarray(array[chosen]), y
