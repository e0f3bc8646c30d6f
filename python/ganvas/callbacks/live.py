"""A plot of samples and losses during training."""

import io
import sys
import time
from pathlib import Path
from typing import Any

from .callback import Callback


class LivePlot(Callback):
    """Plot samples and losses in one figure, updated during training.

    ``progress="live"`` of an estimator adds one in a notebook.

    Parameters
    ----------
    n : int, default 16
        Number of samples to draw, always from the same latents.
    seconds : float or None
        Minimum time between two updates. None: 1, or more if drawing would take over a tenth of the time.
    path : path, optional
        Write each update to this image file as well; for use without a notebook.

    Examples
    --------
    >>> import ganvas
    >>> live = ganvas.callbacks.LivePlot(n=4)
    >>> gan = ganvas.GanTrainer(epochs=1, callbacks=[live], verbose=0).fit()
    """

    def __init__(self, n: int = 16, seconds: float | None = None, path: str | Path | None = None) -> None:
        self.n = n
        self.seconds = seconds
        self.path = path

    def on_train_begin(self, estimator: Any) -> None:
        """Discard the figure of the previous training."""
        self._figure: Any = None
        self._handle: Any = None
        self._due = -float("inf")

    def on_poll(self, estimator: Any) -> None:
        """Redraw, at most once every ``seconds``."""
        if time.monotonic() >= self._due:
            begun = time.monotonic()
            self._draw(estimator)
            now = time.monotonic()
            self._due = now + (max(1.0, 9 * (now - begun)) if self.seconds is None else self.seconds)

    def on_train_end(self, estimator: Any) -> None:
        """Draw the final state and release the figure."""
        if len(estimator.history_):
            self._draw(estimator)
        self._figure = self._handle = None

    def _draw(self, estimator: Any) -> None:
        from matplotlib.figure import Figure

        if self._figure is None:
            # Not created by pyplot, so that the notebook does not display it twice.
            self._figure = Figure(figsize=(9, 4), layout="constrained")
        self._figure.clear()
        estimator._draw_samples(self._figure, (1, 2, 1), self.n)
        right = self._figure.add_subplot(1, 2, 2)
        if len(estimator.history_):
            estimator.plot_history(ax=right)
        else:
            right.set_axis_off()
        if self.path is not None:
            self._figure.savefig(Path(self.path).expanduser(), dpi=100)
        if "IPython" in sys.modules:
            self._show()

    def _show(self) -> None:
        from IPython import display, get_ipython

        if get_ipython() is None:
            return
        # Displayed as an image: figures are displayed only after pyplot has been imported.
        data = io.BytesIO()
        self._figure.savefig(data, format="png", dpi=100)
        picture = display.Image(data.getvalue())
        if self._handle is None:
            self._handle = display.display(picture, display_id=True)
        else:
            self._handle.update(picture)
