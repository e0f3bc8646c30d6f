"""Base class of the estimators: scikit-learn's interface to a training run of the core."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .. import _core, plot
from .._data.labels import Labels
from .._docs import with_members
from .._run.checkpoints import CheckpointFolder, same_run
from .._run.guard.divergence import train, with_rates
from .._run.guard.watch import Guard
from .._run.hooks import Course, Hooks
from .._run.precision import arithmetic, precision_on
from .._run.progress import say
from .._run.ranks import Ranks
from .._run.running import check_running
from .._run.stops import Stopped, profiled, returns, sigterm_exits
from .._run.torch import plain_modes
from ..exceptions import BusyError, ParameterError
from ._attempt import Attempt
from ._changes import TAKEN, changed, retuned
from ._files import Files

if TYPE_CHECKING:
    from typing_extensions import Self


class Trainer(Files):
    """Base of the estimators.

    A subclass declares its parameters in ``__init__``, reads data in ``_new`` and ``_more``, and documents ``fit`` and
    ``partial_fit``. Data have a length, the number of samples, and are an array or have a reader of the core.
    """

    # True if passes of `partial_fit` beyond ``epochs`` lengthen the schedules.
    _lengthens: ClassVar[bool] = False

    # True after `stop`, until the training ends.
    _stop: bool

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls.__doc__ = cls.__doc__ and with_members(cls.__doc__)

    def _new(self, X: Any, y: Any) -> tuple[Any, np.ndarray | None, _core.Run, tuple[Any, Labels, dict[str, Any]]]:
        """Read the data and create a run for them; the estimator is unchanged.

        Returns
        -------
        data, y, run
        known : (Layout, Labels, dict)
            Further arguments of `_adopt`.
        """
        raise NotImplementedError

    def _more(self, X: Any, y: Any) -> tuple[Any, np.ndarray | None]:
        """Read more data for the run."""
        raise NotImplementedError

    def _options_for(self, data: Any) -> dict[str, Any]:
        """Return the model's parameters for these data, including those of the preset."""
        raise NotImplementedError

    def _settings(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options that are passed to the core."""
        raise NotImplementedError

    def _before_training(self, data: Any, y: np.ndarray | None) -> None:
        """Store the part of the training data that the estimator needs later."""

    def _after_training(self) -> None:
        """Check the trained model."""

    def _real_samples(self, data: Any, n: int) -> np.ndarray | None:
        """Return up to `n` of the training samples as rows that can be compared; None if the guard has no use of it."""
        return None

    def _fixed_samples(self, n: int) -> np.ndarray | None:
        """Generate samples from the same `n` latents at each call, as rows that can be compared."""
        return None

    def _draw_samples(self, figure: Any, place: tuple[int, int, int], n: int) -> None:
        """Draw the same `n` samples at each call, at this place of a figure."""
        raise NotImplementedError

    def _fit(
        self, X: Any, y: Any, *, checkpoint_dir: str | Path | None, save_every: int, resume: str | None, keep: int
    ) -> "Self":
        """Train a new model, see `fit` of the subclasses."""
        with self._busy(), Attempt(self) as attempt:
            check_running(self, save_every=save_every, keep=keep)
            if resume not in (None, "auto"):
                raise ParameterError(f'resume: expected "auto" or None, got {resume!r}')
            if resume and checkpoint_dir is None:
                raise ParameterError('resume: "auto" needs checkpoint_dir, got None')
            data, y, run, known = self._new(X, y)
            ranks = Ranks()
            folder = None
            if checkpoint_dir is not None and ranks.leads:
                folder = CheckpointFolder(checkpoint_dir, keep)
                attempt.on_refusal(folder.discard)
            found = self._resumed(folder, run, known[1], len(data)) if folder is not None and resume else None
            resumed, told = found or (None, {})
            if folder is not None and resumed is None and folder.files():
                raise ParameterError(
                    f'checkpoint_dir: {folder.path} holds checkpoints of another run; pass resume="auto" to go on with '
                    "it, or another folder"
                )
            total = run.settings()["epochs"]
            run, goes_on = ranks.join(resumed or run, len(data), resumed=resumed is not None)
            self._adopt(run, *known)
            self._looks, self._told, self._rewinds = (), told.get("_told", ()), told.get("_rewinds", 0)
            self._snapshots = told.get("_snapshots", ())
            self._train(attempt, data, y, total, folder, save_every, resume=goes_on, call="fit")
        return self

    def _partial_fit(self, X: Any, y: Any, epochs: int) -> "Self":
        """Continue training, see `partial_fit` of the subclasses."""
        with self._busy(), Attempt(self) as attempt:
            check_running(self, epochs=epochs)
            if getattr(self, "_run", None) is None:
                data, y, run, known = self._new(X, y)
                run, _ = Ranks().join(run, len(data))
                self._adopt(run, *known)
            else:
                data, y = self._more(X, y)
                attempt.on_refusal(self._run_as_before)
                self._run, _ = Ranks().join(self._run, len(data))
                if not self._retune(attempt, data):
                    return self
            begun = self._run.progress()
            total = begun.epoch + (begun.position > 0) + epochs
            settings = self._run.settings()
            if self._lengthens and total > settings["epochs"]:
                attempt.on_refusal(lambda: self._run.retune(settings))
                self._run.retune({**settings, "epochs": total})
            self._train(attempt, data, y, total, None, 1, resume=False, call="partial_fit")
        return self

    def _retune(self, attempt: Attempt, data: Any) -> bool:
        """Apply the parameters that may change between two calls; False if X is smaller than a batch."""
        run, now = self._run, self._said()
        options = self._settings({**self._options_for(data), "seed": 0})
        before = run.settings()
        settings = retuned(run, options, changed(self._wanted, now), len(data))
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
        data: Any,
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
        course = Course.of(run, len(data), epochs, resume=resume)

        def save() -> None:
            if folder is not None:
                samples = run.progress().samples
                folder.save(samples, self.save)

        def save_due() -> None:
            epoch = run.progress().epoch
            if epoch % save_every == 0 or epoch >= epochs:
                save()

        self._before_training(data, y)
        self._begun, self._goal = 0 if resume else run.progress().epoch, epochs
        guard = Guard(self, run, data, epochs) if self._guarded and Ranks().leads else None
        hooks = Hooks(self, run, course, save_due if folder is not None else None, guard)

        def rewound(text: str) -> None:
            self._learnt()
            if guard is not None:
                guard.rewound()
            save()
            if Ranks().leads:
                hooks.say(text)

        traced = profiled(self.profile if Ranks().leads else None, attempt)
        attempt.begin(run)
        stopped = False
        with plain_modes(), arithmetic(run.device, self.precision_), sigterm_exits(folder is not None), traced:
            try:
                with hooks:
                    train(self, (data, y), epochs, hooks, resume=resume, call=call, rewound=rewound)
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

    def plot_history(self, ax: Any = None) -> Any:
        """Plot the losses against the number of training samples.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        self._fitted()
        return plot.history(self.history_, ax=ax)

    def stop(self) -> None:
        """Stop a training that runs in another thread, after the current step.

        Its `fit` or `partial_fit` returns normally, with `interrupted_` True. Does nothing if no training runs. The
        call returns at once; join the thread to wait for the end.
        """
        lock = self.__dict__.get("_lock")
        if lock is not None and lock.locked():
            self._stop = True

    def _resumed(
        self, folder: CheckpointFolder, new: _core.Run, labels: Labels, n: int
    ) -> tuple[_core.Run, dict[str, Any]] | None:
        """Load the newest checkpoint and check that its settings and data match; also returns what is kept."""
        total = new.settings()["epochs"]
        found = folder.newest(lambda path: (path, *_core.Run.load(path, self.device, total)))
        if found is None:
            return None
        path, run, extra = found
        words, progress = self._words(path, extra), run.progress()
        known, learnt = words["labels"]["classes"], words["learnt"]
        # Powers of 2 change the exponent only, so that the rates are those from before they were halved.
        old, wanted = with_rates(run.settings(), 2 ** learnt.get("_rewinds", 0)), new.settings()
        old |= {"data": run.data().words(), "classes": known, "samples": progress.samples}
        batch = wanted["batch_size"]
        seen = (progress.epoch * (n // batch) + progress.position) * batch
        wanted |= {"data": new.data().words(), "classes": labels.classes, "samples": seen}
        same_run(path, old, wanted, seeded=self.random_state is not None)
        return run, learnt

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
