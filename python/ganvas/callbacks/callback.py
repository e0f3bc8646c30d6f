"""Base class of callbacks."""

from typing import Any, ClassVar


class Callback:
    """Base class of callbacks; override the methods you need.

    `on_step` calls Python at every step, so it is used only if it is overridden.

    Examples
    --------
    >>> import ganvas
    >>> class Early(ganvas.callbacks.Callback):
    ...     def on_epoch_end(self, estimator, row):
    ...         print("epoch", row["epoch"])
    >>> gan = ganvas.GanTrainer(epochs=2, callbacks=[Early()], verbose=0).fit()
    epoch 1
    epoch 2
    """

    # True if `on_epoch_end` writes into the history, and runs before the epoch's checkpoint.
    _measures: ClassVar[bool] = False

    def on_train_begin(self, estimator: Any) -> None:
        """Run before the first step."""

    def on_step(self, estimator: Any, step: int) -> None:
        """Run after every step; ``step`` counts the estimator's steps from 1."""

    def on_poll(self, estimator: Any) -> None:
        """Run between steps, about every 50 ms."""

    def on_epoch_end(self, estimator: Any, row: dict[str, float]) -> None:
        """Run after every epoch; ``row`` is the newest row of the history."""

    def on_train_end(self, estimator: Any) -> None:
        """Run after the last step, also if training was interrupted or failed."""
