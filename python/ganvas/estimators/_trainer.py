"""What the estimators share: scikit-learn's grammar over a run of the core."""

import contextlib
import dataclasses
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from .. import _core
from .._data.arrays import Layout, check_fitted, measure
from .._data.labels import Labels
from .._data.pictures import with_labels
from .._data.scale import checked_range, span, warn_outside
from .._data.streams import Stream, parts, some, source, training_data
from .._docs import with_members
from .._run.checkpoints import CheckpointFolder, same_run
from .._run.hooks import Course, Hooks
from .._run.precision import arithmetic, precision_on
from .._run.progress import say
from .._run.random import seed_from
from .._run.ranks import Ranks
from .._run.running import RUNNING, check_running
from .._run.stops import Stopped, profiled, returns, sigterm_exits
from .._run.torch import plain_modes
from ..data import load_digits
from ..exceptions import BusyError, ParameterError
from ..presets import check_size, with_preset
from ._attempt import Attempt
from ._changes import TAKEN, changed, retuned, said
from ._files import COLUMNS, Files
from ._fitted import Fitted
from ._plots import Plots


class Trainer(Fitted, Plots, Files):
    """Base of the estimators.

    A family gives its parameters in its own ``__init__`` and makes its run in ``_create``.
    """

    epochs: int | None
    preset: str | None
    random_state: Any
    device: str
    executor: str
    precision: str | None
    precision_: str
    profile: Any
    channels: str | None
    on_interrupt: str | None
    value_range: Any

    # Parameters that each call reads anew.
    _any_time: ClassVar[tuple[str, ...]] = ()

    _run: Any
    _layout: Layout
    _labels: Labels
    # What the parameters were when the run was made, as text.
    _wanted: dict[str, str]

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls.__doc__ = cls.__doc__ and with_members(cls.__doc__)

    def _create(self, options: dict[str, Any], shape: str, array: np.ndarray | Stream, device: str) -> Any:
        raise NotImplementedError

    def _settings(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options that the core takes."""
        raise NotImplementedError

    def _learn_labels(self, options: dict[str, Any], y: Any, n: int) -> tuple[Labels, np.ndarray | None]:
        """Tell what y is, and code it; takes what it needs from the options."""
        return Labels.learn(y, n)

    def _before_training(self, array: np.ndarray | Stream, y: np.ndarray | None) -> None:
        """Keep what the family wants of the data."""

    def _after_training(self) -> None:
        """Look at what has been learnt."""

    # Training ---------------------------------------------------------------------------------------------------------

    def fit(
        self,
        X: Any = None,
        y: Any = None,
        *,
        checkpoint_dir: str | Path | None = None,
        save_every: int = 1,
        resume: str | None = None,
        keep: int = 2,
    ) -> "Trainer":
        """Train from new weights.

        Parameters
        ----------
        X : array-like, path, dataset or None
            Images ``(n, h, w)``, ``(n, h, w, c)`` or ``(n, c, h, w)``, rows ``(n, d)``, or a folder of pictures. NumPy
            arrays of any numeric dtype, torch tensors, lists and data frames (pandas, polars, PyArrow and others that
            narwhals knows) whose columns are numbers. Masked or missing values are refused. Bytes count as 0..255;
            floats as 0..1 or -1..1 if they lie there, or outside by at most a thousandth, else by their minimum and
            maximum; ``value_range`` names another range; rows are standardised by column. None takes the built-in
            digits.

            Offsets and scales are taken off, and put back, in float64 where X is of a type that float32 cannot hold
            (float64, integers of 32 and 64 bits), or lies far from 0.

            All later calls expect the same scale. Bytes or other integers for a model of floats in 0..1 or -1..1,
            floats in 0..1 for a model of bytes, and the like are a DataError. Single values outside the range count as
            its nearest end; `score_samples` falls with their distance.

            The pictures of a folder are read in colour. Their size is kept where all are squares of one size from 8 to
            128 pixels, else they become squares of 64; `ganvas.data.ImageFolder` sets size and mode, and says how
            pictures are read. A list may hold the files of pictures, or pictures of Pillow's: 8-bit ones are laid on
            white and become grey or RGB, others keep their type and values.

            Memory-mapped arrays, `ganvas.data.ImageFolder`, folders of more than 512 MB of pixels and datasets (of
            torch or Hugging Face, looked up or iterated) stay where they are and are read ahead while training. Of a
            dataset's pairs the first is the sample; its first 1,000 samples stand for the range of all. One that
            is iterated is gone through once to be counted, if it has no length.
        y : array-like, "folder" or None
            Labels: classes (integers, strings) or numbers, ``(n,)`` or ``(n, k)``. The model learns what samples of
            each look like, and `sample` makes those asked for. "folder" takes the names of the sub-folders of the
            folder X. None learns X alone. scikit-learn's pipelines call `fit_transform` of their transformers, which
            ignores y.
        checkpoint_dir : path, optional
            Save into this folder, also on Ctrl-C and SIGTERM.
        save_every : int, default 1
            Epochs between two checkpoints.
        resume : {"auto"} or None
            "auto" goes on from the newest checkpoint in ``checkpoint_dir``, if there is one, and finishes the total of
            ``epochs``; it ends where a run that was never stopped would have ended.
        keep : int, default 2
            Checkpoints to keep.

        Returns
        -------
        self

        Raises
        ------
        ParameterError, UnknownNameError
            A parameter is wrong; nothing has been trained.
        ShapeError, DtypeError, DataError
            X cannot be used.
        FileNotFoundError, NotADirectoryError
            X is a path, and there is no such folder.
        DivergedError
            A loss became NaN or infinite; the last good weights are kept.
        CheckpointError
            The checkpoint is of other settings or data, or none in the folder can be read.
        """
        with self._busy(), Attempt(self) as attempt:
            check_running(self, save_every=save_every, keep=keep)
            if resume not in (None, "auto"):
                raise ParameterError(f'resume: expected "auto" or None, got {resume!r}')
            if resume and checkpoint_dir is None:
                raise ParameterError('resume: "auto" needs checkpoint_dir, got None')
            array, y, run, known = self._new(X, y)
            ranks = Ranks()
            folder = None
            if checkpoint_dir is not None and ranks.leads:
                folder = CheckpointFolder(checkpoint_dir, keep)
                attempt.on_refusal(folder.discard)
            resumed = self._resumed(folder, run, known[1], len(array)) if folder is not None and resume else None
            if folder is not None and resumed is None and folder.files():
                raise ParameterError(
                    f'checkpoint_dir: {folder.path} holds checkpoints of another run; pass resume="auto" to go on with '
                    "it, or another folder"
                )
            total = json.loads(run.spec())["epochs"]
            run, goes_on = ranks.join(resumed or run, len(array), resumed=resumed is not None)
            self._adopt(run, *known)
            self._train(attempt, array, y, total, folder, save_every, resume=goes_on, call="fit")
        return self

    def _measured(
        self, array: np.ndarray | Stream, layout: Layout, said: tuple[float, float] | None
    ) -> tuple[Layout, dict[str, Any]]:
        """Measure the data of a fit; the layout then has the range."""
        measured = measure(parts(array), layout, said)
        low, high = measured["range"] if measured["kind"] == "vector" else (measured["low"], measured["high"])
        layout = dataclasses.replace(layout, range=[low, high])
        if said is not None:
            check_fitted(some(array), layout, layout, "as value_range says")
        return layout, measured

    def partial_fit(self, X: Any = None, y: Any = None, *, epochs: int = 1) -> "Trainer":
        """Train on where the last call stopped.

        Weights, optimisers, averages, counters and random streams continue. The first call makes the model as `fit`
        does, with ``epochs`` of the estimator as the length of all schedules, and makes `epochs` passes.

        Of what `set_params` has changed since the last call, ``lr``, ``discriminator_lr``, ``batch_size`` and
        ``epochs`` are taken; a warning names the others, which are ignored. Each call counts its passes through its own
        X towards the length of schedules; beyond it they keep their last value ("cyclical" goes on, "plateau" has no
        length). Where ``batch_size`` is None, a call with fewer samples trains on smaller batches.

        Parameters
        ----------
        X : array-like, path or None
            Data as in `fit`; samples of the same shape, in the same range.
        y : array-like, "folder" or None
            Labels, if and only if `fit` was given some.
        epochs : int, default 1
            More passes through X.

        Returns
        -------
        self

        Raises
        ------
        ShapeError
            X is of another shape than the data of the first fit.
        """
        with self._busy(), Attempt(self) as attempt:
            check_running(self, epochs=epochs)
            if getattr(self, "_run", None) is None:
                array, y, run, known = self._new(X, y)
                run, _ = Ranks().join(run, len(array))
                self._adopt(run, *known)
            else:
                X, y = with_labels(load_digits() if X is None else X, y, self)
                array, _ = training_data(self, X, self.channels, self._layout)
                y = self._labels.required(y, len(array))
                if isinstance(array, np.ndarray):
                    warn_outside(array, json.loads(self._run.data()))
                attempt.on_refusal(self._run_as_before)
                self._run, _ = Ranks().join(self._run, len(array))
                if not self._retune(attempt, array):
                    return self
            begun = json.loads(self._run.progress())
            total = begun["epoch"] + (begun["position"] > 0) + epochs
            self._train(attempt, array, y, total, None, 1, resume=False, call="partial_fit")
        return self

    def _new(
        self, X: Any, y: Any
    ) -> tuple[np.ndarray | Stream, np.ndarray | None, Any, tuple[Layout, Labels, dict[str, Any]]]:
        """Read data and make a run for them, without a change of this estimator.

        Returns
        -------
        array, y, run
        known : (Layout, Labels, dict)
            What `_adopt` takes beside the run.
        """
        # Another instance is told about the columns.
        told = type(self)()
        said = checked_range(self.value_range)
        X, y = with_labels(load_digits() if X is None else X, y, told)
        array, layout = training_data(told, X, self.channels, None)
        options = {**self._options(array.shape[1:]), "seed": seed_from(self.random_state)}
        labels, y = self._learn_labels(options, y, len(array))
        with plain_modes():
            layout, measured = self._measured(array, layout, said)
            shape = {**measured, "labels": labels.describe()}
            run = self._create(options, json.dumps(shape), array, Ranks().device(self.device))
        if said is not None and span(json.loads(run.data())) is None:
            raise ParameterError(
                "value_range: expected None for rows that are standardised by column, which only a likelihood that "
                f"needs a range does not do, got {self.value_range!r}"
            )
        return array, y, run, (layout, labels, told.__dict__)

    def _options(self, sample: tuple[int, ...]) -> dict[str, Any]:
        """Return the parameters of the model, those of the preset among them."""
        family = [kind.__name__ for kind in type(self).__mro__]
        check_size(self.preset, family, sample)
        return with_preset(self.preset, family, self._params())

    def _params(self) -> dict[str, Any]:
        names = [name for name in self._get_param_names() if name not in RUNNING]
        return {name: getattr(self, name) for name in names}

    def _said(self) -> dict[str, str]:
        """Write down the parameters that say what is trained."""
        params = {**self._params(), "preset": self.preset}
        return said({name: value for name, value in params.items() if name not in self._any_time})

    def _retune(self, attempt: Attempt, array: np.ndarray | Stream) -> bool:
        """Take what may change between two trainings; False if there is nothing to train on."""
        run, now = self._run, self._said()
        options = self._settings({**self._options(array.shape[1:]), "seed": 0})
        before = run.spec()
        settings = retuned(run, options, changed(self._wanted, now), len(array))
        if settings is None:
            return False
        attempt.on_refusal(lambda: run.retune(before))
        run.retune(json.dumps(settings))
        self._wanted = {**self._wanted, **{name: now[name] for name in TAKEN if name in now}}
        return True

    def _run_as_before(self) -> None:
        run = self._run
        # Other processes count in training only.
        run.set_ranks(0, 1, None)
        run.set_executor(self.executor_, self.precision_)

    def _train(
        self,
        attempt: Attempt,
        array: np.ndarray | Stream,
        y: np.ndarray | None,
        epochs: int,
        folder: CheckpointFolder | None,
        save_every: int,
        *,
        resume: bool,
        call: str,
    ) -> None:
        run = self._run
        self.precision_ = precision_on(run.device, self.precision)
        run.set_executor(self.executor, self.precision_)
        self._learnt()
        course = Course.of(run, len(array), epochs, resume=resume)

        def save() -> None:
            if folder is not None:
                samples = json.loads(run.progress())["samples"]
                folder.save(samples, self.save)

        def save_due() -> None:
            epoch = json.loads(run.progress())["epoch"]
            if epoch % save_every == 0 or epoch >= epochs:
                save()

        self._before_training(array, y)
        self._goal = epochs
        hooks = Hooks(self, run, course, save_due if folder is not None else None)
        traced = profiled(self.profile if Ranks().leads else None, attempt)
        attempt.begin(run)
        stopped = False
        with plain_modes(), arithmetic(run.device, self.precision_), sigterm_exits(folder is not None), traced:
            try:
                with hooks:
                    run.train(source(array), epochs, hooks, resume=resume, call=call, y=y)
            except (KeyboardInterrupt, SystemExit, Stopped) as stop:
                # The losses of half an epoch are each process's own; others may be a step behind.
                if Ranks().count == 1 and attempt.trained:
                    save()
                if not returns(stop, self.on_interrupt, trained=attempt.trained):
                    raise
                stopped = True
            finally:
                self._learnt()
            if not stopped:
                self._after_training()
                return
        if not attempt.trained:
            attempt.give_up()
            say("stopped before the first step; the estimator is as it was")
            return
        how = "partial_fit" if folder is None else 'partial_fit or fit(resume="auto")'
        say(f"{course.stopped(json.loads(run.progress())['samples'])}; {how} goes on")

    def stop(self) -> None:
        """End a training that runs in another thread, between two steps.

        Its `fit` or `partial_fit` returns as if it had been complete, with `interrupted_` True. Nothing happens where
        nothing is trained. The call returns at once; join the thread to wait for the end.
        """
        lock = self.__dict__.get("_lock")
        if lock is not None and lock.locked():
            self._stop = True

    def _resumed(self, folder: CheckpointFolder, new: Any, labels: Labels, n: int) -> Any:
        """Load the newest checkpoint, if it is of the same settings and data."""
        total = json.loads(new.spec())["epochs"]
        found = folder.newest(lambda path: (path, *_core.Run.load(path, self.device, total)))
        if found is None:
            return None
        path, run, extra = found
        known, progress = self._words(path, extra)["labels"]["classes"], json.loads(run.progress())
        old, wanted = json.loads(run.spec()), json.loads(new.spec())
        old |= {"data": json.loads(run.data()), "classes": known, "samples": progress["samples"]}
        batch = wanted["batch_size"]
        seen = (progress["epoch"] * (n // batch) + progress["position"]) * batch
        wanted |= {"data": json.loads(new.data()), "classes": labels.classes, "samples": seen}
        same_run(path, old, wanted, seeded=self.random_state is not None)
        return run

    @contextlib.contextmanager
    def _busy(self) -> Iterator[None]:
        # dict.setdefault is atomic, so two threads get one lock.
        lock = self.__dict__.setdefault("_lock", threading.Lock())
        if not lock.acquire(blocking=False):
            raise BusyError("already training; stop it or wait for its end")
        # Only a call of stop() sets it.
        self.__dict__.pop("_stop", None)
        try:
            yield
        finally:
            self.__dict__.pop("_stop", None)
            lock.release()

    # State ------------------------------------------------------------------------------------------------------------

    def _adopt(self, run: Any, layout: Layout, labels: Labels, columns: dict[str, Any]) -> None:
        self._run, self._layout, self._labels = run, layout, labels
        self._wanted = self._said()
        for name in COLUMNS:
            self.__dict__.pop(name, None)
            if name in columns:
                value = columns[name]
                setattr(self, name, np.asarray(value, dtype=object) if isinstance(value, list) else value)
        self._learnt()
