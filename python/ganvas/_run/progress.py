"""Progress bar for notebooks and terminals, and estimate of the remaining time."""

import contextlib
import html
import shutil
import sys
import time
from collections.abc import Callable
from typing import Any

# Losses shown in the bar, in addition to those that end in _loss.
_SHOWN = ("loss", "reconstruction", "kl")
# Exceptions of writing to a stream that is full, closed, or None.
GONE = (OSError, ValueError, AttributeError)
# Seconds between two updates of the bar.
_UPDATE = 0.2
# Columns of text in a notebook's output.
_WIDTH = 88


class Pace:
    """Throughput of training, without the first steps.

    The first steps are slower because memory is allocated and kernels are chosen. They are excluded, and the rate is
    measured over a window of at least one second, including everything between steps.

    Parameters
    ----------
    clock : callable, default time.perf_counter
        Clock in seconds.
    """

    _SKIPPED_STEPS, _SKIPPED_SECONDS = 5, 0.3
    _STEPS, _SECONDS = 10, 1.0
    # After this time, an estimate from fewer steps, or none, is used.
    _PATIENCE = 5.0

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """Restart the clock."""
        self._begun = self._clock()
        self._first: tuple[int, float, int] | None = None
        self._origin: tuple[int, float, int] | None = None
        self._newest: tuple[int, float, int] | None = None

    def note(self, step: int, samples: int) -> None:
        """Record the counters."""
        now = (step, self._clock(), samples)
        if self._first is None:
            self._first = now
        skipped = step - self._first[0] >= self._SKIPPED_STEPS and now[1] - self._begun >= self._SKIPPED_SECONDS
        if self._origin is None and skipped:
            self._origin = now
        self._newest = now

    def elapsed(self) -> float:
        """Return the seconds since the start."""
        return self._clock() - self._begun

    def settled(self) -> bool:
        """Return True if the rate has been measured, or its measurement would take too long."""
        if self.elapsed() >= self._PATIENCE:
            return True
        if self._origin is None or self._newest is None:
            return False
        steps, seconds = self._newest[0] - self._origin[0], self._newest[1] - self._origin[1]
        return steps >= self._STEPS and seconds >= self._SECONDS

    def rate(self) -> float | None:
        """Return samples per second, if measured."""
        start = self._origin or self._first
        if start is None or self._newest is None or self._newest[2] <= start[2]:
            return None
        return (self._newest[2] - start[2]) / (self._newest[1] - start[1])


class Silent:
    """No bar; `say` prints."""

    def open(self) -> None:
        """Start drawing."""

    def head(self, text: str) -> None:
        """Show the summary of the training."""
        say(wrapped(text))

    def show(self, samples: int, losses: Callable[[], dict[str, float]]) -> None:
        """Draw the state, if the last update is old enough."""

    def say(self, text: str) -> None:
        """Print a line without disturbing the bar."""
        say(text)

    def close(self, samples: int) -> None:
        """Draw the final state and close."""


class Terminal(Silent):
    """A line on standard error that is overwritten."""

    def __init__(self, total: int, initial: int, pace: Pace, unit: str = "samples") -> None:
        self._total, self._initial, self._unit = total, initial, unit
        self._bar: Any = None
        self._opened = False

    def open(self) -> None:
        from tqdm import tqdm

        self._opened = True
        with contextlib.suppress(*GONE):
            self._bar = tqdm(
                total=self._total, initial=self._initial, unit=f" {self._unit}", unit_scale=True, mininterval=0.2
            )

    def head(self, text: str) -> None:
        # Printed above the bar, which is opened afterwards.
        say(wrapped(text))
        if not self._opened:
            self.open()

    def show(self, samples: int, losses: Callable[[], dict[str, float]]) -> None:
        bar = self._bar
        # Losses are read from the device only when the bar is drawn.
        if bar is None or bar._time() - bar.last_print_t < bar.mininterval:
            return
        try:
            bar.set_postfix(_shown(losses()), refresh=False)
            bar.update(samples - bar.n)
        except GONE:
            # The terminal has been closed; training continues.
            self._bar = None

    def say(self, text: str) -> None:
        if self._bar is None:
            say(text)
        else:
            with contextlib.suppress(*GONE):
                self._bar.write(text)

    def close(self, samples: int) -> None:
        if self._bar is not None:
            with contextlib.suppress(*GONE):
                self._bar.update(samples - self._bar.n)
                self._bar.close()


class Notebook(Silent):
    """A cell output that is updated in place and saved with the notebook."""

    def __init__(self, total: int, initial: int, pace: Pace, unit: str = "samples") -> None:
        self._total, self._initial, self._pace, self._unit = total, initial, pace, unit
        self._head = ""
        self._samples = initial
        self._losses: dict[str, str] = {}
        self._over = False
        self._handle: Any = None
        self._drawn = 0.0

    def open(self) -> None:
        from IPython.display import display

        self._drawn = time.monotonic()
        self._handle = display(self, display_id=True)

    def head(self, text: str) -> None:
        self._head = text
        self._update()

    def show(self, samples: int, losses: Callable[[], dict[str, float]]) -> None:
        if time.monotonic() - self._drawn >= _UPDATE:
            self._samples, self._losses = samples, _shown(losses())
            self._update()

    def close(self, samples: int) -> None:
        self._samples, self._over = samples, True
        self._update()

    def _update(self) -> None:
        self._drawn = time.monotonic()
        if self._handle is not None:
            with contextlib.suppress(*GONE):
                self._handle.update(self)

    def _words(self) -> str:
        parts = [f"{self._samples:,} of {self._total:,} {self._unit}", _clock(self._pace.elapsed())]
        rate = self._pace.rate() if self._over or self._pace.settled() else None
        if rate is not None:
            left = (self._total - self._samples) / rate
            if not self._over and left > 0:
                parts[-1] += f" < {_clock(left)}"
            parts.append(f"{rate:,.0f} {self._unit}/s")
        if self._losses:
            parts.append(", ".join(f"{name} {value}" for name, value in self._losses.items()))
        return " | ".join(parts)

    def _share(self) -> float:
        return self._samples / max(self._total, 1)

    def __repr__(self) -> str:
        share = self._share()
        bar = "#" * round(20 * share)
        return "\n".join(filter(None, [self._head, f"{100 * share:3.0f} % [{bar:<20}] {self._words()}"]))

    def _repr_html_(self) -> str:
        head = f"<div>{html.escape(self._head)}</div>" if self._head else ""
        share = self._share()
        bar = (
            f'<progress value="{self._samples}" max="{self._total}" style="width: 14em">{100 * share:.0f} %</progress>'
        )
        return f"<div>{head}<div>{bar} {100 * share:.0f} % | {html.escape(self._words())}</div></div>"


def bar(wanted: bool, total: int, initial: int, pace: Pace, unit: str = "samples") -> Silent:
    """Return the bar for the current environment."""
    if not wanted:
        return Silent()
    return (Notebook if in_notebook() else Terminal)(total, initial, pace, unit)


def say(text: str) -> None:
    """Print, unless standard output is closed."""
    with contextlib.suppress(*GONE):
        print(text, flush=True)


def in_notebook() -> bool:
    """Return True in a kernel whose frontend displays images."""
    return hasattr(_shell(), "kernel")


def interactive() -> bool:
    """Return True in a notebook, IPython, or Python's interactive prompt."""
    return _shell() is not None or hasattr(sys, "ps1")


def watched() -> bool:
    """Return True if a bar is visible: in a notebook or on a terminal."""
    if in_notebook():
        return True
    with contextlib.suppress(*GONE):
        return sys.stderr.isatty()
    return False


def duration(seconds: float) -> str:
    """Format a duration."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def wrapped(text: str) -> str:
    """Wrap a line between its parts if it exceeds the width of the display."""
    try:
        width = _WIDTH if in_notebook() else shutil.get_terminal_size().columns if sys.stdout.isatty() else len(text)
    except GONE:
        return text
    lines = [""]
    for part in text.split(" | "):
        longer = f"{lines[-1]} | {part}" if lines[-1] else part
        if len(longer) > width and lines[-1]:
            lines.append(f"  {part}")
        else:
            lines[-1] = longer
    return "\n".join(lines)


def _shell() -> Any:
    IPython = sys.modules.get("IPython")
    return getattr(IPython, "get_ipython", lambda: None)()


def _shown(losses: dict[str, float]) -> dict[str, str]:
    kept = {name: value for name, value in losses.items() if name.endswith("_loss") or name in _SHOWN}
    return {name.removesuffix("_loss"): f"{value:.3f}" for name, value in kept.items()}


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
