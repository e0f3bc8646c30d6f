"""Base class of the estimators: scikit-learn's interface to a training run of the core."""

import contextlib
import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._data.arrays import Layout, check_fitted, measure
from .._data.labels import Labels
from .._data.pictures import with_labels
from .._data.scale import checked_range, warn_outside
from .._data.streams import Stream, parts, some, source, training_data
from .._docs import with_members
from .._run.checkpoints import CheckpointFolder, same_run
from .._run.hooks import Course, Hooks
from .._run.precision import arithmetic, precision_on
from .._run.progress import say
from .._run.random import seed_from
from .._run.ranks import Ranks
from .._run.running import check_running
from .._run.stops import Stopped, profiled, returns, sigterm_exits
from .._run.torch import plain_modes
from ..data import load_digits
from ..exceptions import BusyError, ParameterError
from ..presets import check_size, with_preset
from ._attempt import Attempt
from ._changes import TAKEN, changed, retuned
from ._files import Files
from ._plots import Plots

if TYPE_CHECKING:
    from typing_extensions import Self


class Trainer(Plots, Files):
    """Base of the estimators.

    A subclass declares its parameters in ``__init__`` and creates its run in ``_create``.
    """

    # True after `stop`, until the training ends.
    _stop: bool

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls.__doc__ = cls.__doc__ and with_members(cls.__doc__)

    def _create(self, options: dict[str, Any], data: _core.Data, array: np.ndarray | Stream, device: str) -> _core.Run:
        raise NotImplementedError

    def _settings(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options that are passed to the core."""
        raise NotImplementedError

    def _learn_labels(self, options: dict[str, Any], y: Any, n: int) -> tuple[Labels, np.ndarray | None]:
        """Determine the kind of labels and encode y; removes the options it uses."""
        return Labels.learn(y, n)

    def _before_training(self, array: np.ndarray | Stream, y: np.ndarray | None) -> None:
        """Store the part of the training data that the estimator needs later."""

    def _after_training(self) -> None:
        """Check the trained model."""

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
    ) -> "Self":
        """Train a new model.

        Parameters
        ----------
        X : array-like, path, dataset or None
            Images ``(n, h, w)``, ``(n, h, w, c)`` or ``(n, c, h, w)``, volumes of voxels ``(n, d, h, w)``,
            ``(n, d, h, w, c)`` or ``(n, c, d, h, w)``, rows ``(n, d)``, with ``kind="series"`` windows
            ``(n, t, features)``, maps of tiles ``(n, h, w)`` of one-character strings, with ``kind="tiles"`` also of
            integers or as lists of text lines, or a folder of pictures. Four axes are a volume if neither end is a more
            plausible place for channels, as in ``(n, 32, 32, 32)``; ``kind="volume"`` or a last axis of size 1 marks
            any other volume. NumPy arrays of any numeric dtype, torch tensors, lists and data frames (pandas, polars,
            PyArrow and others supported by narwhals) with numeric columns. Masked or missing values raise an error.
            Images and volumes of bytes have the range 0..255; floats 0..1 or -1..1 if they lie within, up to a
            thousandth, else their minimum and maximum; ``value_range`` sets another range. Rows are standardised by
            column, series by feature. The symbols of tiles, 2 to 256, are those of the first call. None uses the
            built-in digits.

            Offsets and scales are applied in float64 if float32 cannot hold the dtype of X (float64, integers of 32 and
            64 bits), or if its values lie far from 0.

            All later calls expect data on the same scale; for example, bytes passed to a model of floats in 0..1 raise
            a DataError. Single values outside the range are clipped; `score_samples` decreases with their distance.

            Pictures of a folder are read in colour. Their size is kept if all are squares of one size from 8 to 128
            pixels, else they are resized to squares of 64; `ganvas.data.ImageFolder` sets size and mode. A list may
            hold picture files or Pillow images: 8-bit ones are composited on white and converted to grey or RGB, others
            keep their type and values.

            Memory-mapped arrays, `ganvas.data.ImageFolder`, folders of more than 512 MB of pixels and datasets (torch
            or Hugging Face, map-style or iterable) are not loaded into memory; they are prefetched during training. If
            a dataset yields pairs, the first element is the sample; the range is determined from its first 1,000
            samples. An iterable dataset without a length is iterated once to count it.
        y : array-like, "folder" or None
            Labels: classes (integers, strings) or numbers, ``(n,)`` or ``(n, k)``, on which the model is conditioned.
            "folder" uses the names of the sub-folders of X. None trains an unconditional model. In scikit-learn's
            pipelines, transformers are called by `fit_transform`, which ignores y.
        checkpoint_dir : path, optional
            Folder for checkpoints, also written on Ctrl-C and SIGTERM.
        save_every : int, default 1
            Epochs between two checkpoints.
        resume : {"auto"} or None
            "auto" continues from the newest checkpoint in ``checkpoint_dir``, if there is one, up to ``epochs`` in
            total; the result equals that of an uninterrupted run.
        keep : int, default 2
            Number of checkpoints to keep.

        Returns
        -------
        self

        Raises
        ------
        ParameterError, UnknownNameError
            A parameter is invalid; the estimator is unchanged.
        ShapeError, DtypeError, DataError
            X cannot be used.
        FileNotFoundError, NotADirectoryError
            X is a path of a folder that does not exist.
        DivergedError
            A loss became NaN or infinite; the last finite weights are kept.
        CheckpointError
            The checkpoint has other settings or data, or no checkpoint in the folder can be read.
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
            total = run.settings()["epochs"]
            run, goes_on = ranks.join(resumed or run, len(array), resumed=resumed is not None)
            self._adopt(run, *known)
            self._train(attempt, array, y, total, folder, save_every, resume=goes_on, call="fit")
        return self

    def _measured(
        self, array: np.ndarray | Stream, layout: Layout, said: tuple[float, float] | None
    ) -> tuple[Layout, _core.Data]:
        """Measure the training data and set the layout's range."""
        data = measure(parts(array), layout, array.shape[1:], said)
        layout = dataclasses.replace(layout, range=list(data.range or ()))
        if said is not None:
            check_fitted(some(array), layout, layout, "as value_range says")
        return layout, data

    def partial_fit(self, X: Any = None, y: Any = None, *, epochs: int = 1) -> "Self":
        """Continue training from the last call.

        Weights, optimisers, averages, counters and random streams continue. The first call creates the model as `fit`
        does, with the estimator's ``epochs`` as the length of all schedules, and trains for `epochs` passes.

        Changes by `set_params` since the last call take effect for ``lr``, ``discriminator_lr``, ``batch_size`` and
        ``epochs``; other changes are ignored with a warning. The passes of each call count towards the length of the
        schedules, after which they keep their last value ("cyclical" continues, "plateau" has no length). If
        ``batch_size`` is None, a call with fewer samples uses smaller batches.

        Parameters
        ----------
        X : array-like, path or None
            Data as in `fit`; samples of the same shape, in the same range.
        y : array-like, "folder" or None
            Labels; required if and only if `fit` was given labels.
        epochs : int, default 1
            Number of passes through X.

        Returns
        -------
        self

        Raises
        ------
        ShapeError
            X has another shape than the data of the first fit.
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
                    warn_outside(array, self._run.data())
                attempt.on_refusal(self._run_as_before)
                self._run, _ = Ranks().join(self._run, len(array))
                if not self._retune(attempt, array):
                    return self
            begun = self._run.progress()
            total = begun.epoch + (begun.position > 0) + epochs
            self._train(attempt, array, y, total, None, 1, resume=False, call="partial_fit")
        return self

    def _opened(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Open the folder X if y is "folder", unless a class of the model has this name."""
        self._fitted()
        return (X, y) if "folder" in self._labels.classes else with_labels(X, y, self)

    def _new(
        self, X: Any, y: Any
    ) -> tuple[np.ndarray | Stream, np.ndarray | None, _core.Run, tuple[Layout, Labels, dict[str, Any]]]:
        """Read the data and create a run for them; the estimator is unchanged.

        Returns
        -------
        array, y, run
        known : (Layout, Labels, dict)
            Further arguments of `_adopt`.
        """
        # Columns are recorded on another instance, so that an error leaves the estimator unchanged.
        told = type(self)()
        said = checked_range(self.value_range)
        X, y = with_labels(load_digits() if X is None else X, y, told)
        array, layout = training_data(told, X, self.channels, None, self.kind)
        options = {**self._options(array.shape[1:]), "seed": seed_from(self.random_state)}
        labels, y = self._learn_labels(options, y, len(array))
        with plain_modes():
            layout, data = self._measured(array, layout, said)
            data = data.labelled(labels.describe())
            run = self._create(options, data, array, Ranks().device(self.device))
        if said is not None and run.data().span is None:
            raise ParameterError(
                "value_range: expected None for rows that are standardised by column, which only a likelihood that "
                f"needs a range does not do, got {self.value_range!r}"
            )
        return array, y, run, (layout, labels, told.__dict__)

    def _options(self, sample: tuple[int, ...]) -> dict[str, Any]:
        """Return the model's parameters, including those of the preset."""
        family = [kind.__name__ for kind in type(self).__mro__]
        check_size(self.preset, family, sample)
        return with_preset(self.preset, family, self._params())

    def _retune(self, attempt: Attempt, array: np.ndarray | Stream) -> bool:
        """Apply the parameters that may change between two calls; False if X is smaller than a batch."""
        run, now = self._run, self._said()
        options = self._settings({**self._options(array.shape[1:]), "seed": 0})
        before = run.settings()
        settings = retuned(run, options, changed(self._wanted, now), len(array))
        if settings is None:
            return False
        attempt.on_refusal(lambda: run.retune(before))
        run.retune(settings)
        self._wanted = {**self._wanted, **{name: now[name] for name in TAKEN if name in now}}
        return True

    def _run_as_before(self) -> None:
        run = self._run
        # Ranks are set during training only.
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
                samples = run.progress().samples
                folder.save(samples, self.save)

        def save_due() -> None:
            epoch = run.progress().epoch
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
                # With several processes, no checkpoint is written within an epoch: each has its own losses, and others
                # may be one step behind.
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
        say(f"{course.stopped(run.progress().samples)}; {how} goes on")

    def stop(self) -> None:
        """Stop a training that runs in another thread, after the current step.

        Its `fit` or `partial_fit` returns normally, with `interrupted_` True. Does nothing if no training runs. The
        call returns at once; join the thread to wait for the end.
        """
        lock = self.__dict__.get("_lock")
        if lock is not None and lock.locked():
            self._stop = True

    def _resumed(self, folder: CheckpointFolder, new: _core.Run, labels: Labels, n: int) -> _core.Run | None:
        """Load the newest checkpoint and check that its settings and data match."""
        total = new.settings()["epochs"]
        found = folder.newest(lambda path: (path, *_core.Run.load(path, self.device, total)))
        if found is None:
            return None
        path, run, extra = found
        known, progress = self._words(path, extra)["labels"]["classes"], run.progress()
        old, wanted = run.settings(), new.settings()
        old |= {"data": run.data().words(), "classes": known, "samples": progress.samples}
        batch = wanted["batch_size"]
        seen = (progress.epoch * (n // batch) + progress.position) * batch
        wanted |= {"data": new.data().words(), "classes": labels.classes, "samples": seen}
        same_run(path, old, wanted, seeded=self.random_state is not None)
        return run

    @contextlib.contextmanager
    def _busy(self) -> Iterator[None]:
        # dict.setdefault is atomic, so two threads get one lock.
        lock = self.__dict__.setdefault("_lock", threading.Lock())
        if not lock.acquire(blocking=False):
            raise BusyError("already training; stop it or wait for its end")
        # Set by stop() only.
        self.__dict__.pop("_stop", None)
        try:
            yield
        finally:
            self.__dict__.pop("_stop", None)
            lock.release()
