"""A folder of checkpoints of one run."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from .._checks import listed
from .._warnings import warn
from ..exceptions import CheckpointError

_PREFIX, _SUFFIX = "checkpoint-", ".safetensors"
_T = TypeVar("_T")
# Settings that may differ between a checkpoint and the estimator that resumes from it.
_MAY_DIFFER = ("epochs", "seed")


class CheckpointFolder:
    """Checkpoint files, named by the number of samples seen; only the newest are kept.

    Parameters
    ----------
    path : path
        Created if it does not exist.
    keep : int
        Number of checkpoints to keep, at least 1.
    """

    def __init__(self, path: str | Path, keep: int) -> None:
        self.path = Path(path).expanduser()
        self.keep = keep
        self._made = [folder for folder in (self.path, *self.path.parents) if not folder.exists()]
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._clean()
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Remove the folders that were created, if they are empty."""
        for folder in self._made:
            with contextlib.suppress(OSError):
                folder.rmdir()

    def files(self) -> list[Path]:
        """List the checkpoints, oldest first."""
        return sorted(self.path.glob(f"{_PREFIX}*{_SUFFIX}"))

    def save(self, samples: int, write: Callable[[Path], None]) -> None:
        """Write a checkpoint with ``write(path)``, then delete the oldest beyond ``keep``.

        Checkpoints of more samples are those of a training that has been rewound, and are deleted as well.
        """
        path = self.path / f"{_PREFIX}{samples:012d}{_SUFFIX}"
        write(path)
        files = self.files()
        kept = [file for file in files if file <= path][-self.keep :]
        for old in [file for file in files if file not in kept]:
            with contextlib.suppress(FileNotFoundError):
                old.unlink()

    def newest(self, load: Callable[[Path], _T]) -> _T | None:
        """Load the newest readable checkpoint; None if there are no checkpoints.

        Raises
        ------
        CheckpointError
            There are checkpoints, but none is readable.
        """
        failed: CheckpointError | None = None
        for path in reversed(self.files()):
            try:
                return load(path)
            except CheckpointError as error:
                failed = failed or error
                warn(f"{error}; trying the one before it", RuntimeWarning)
        if failed is not None:
            raise failed
        return None

    def _clean(self) -> None:
        # Temporary file of a process that was killed while writing.
        for left in self.path.glob(f".{_PREFIX}*.tmp"):
            with contextlib.suppress(OSError):
                left.unlink()


def same_run(path: Path, old: dict[str, Any], wanted: dict[str, Any], *, seeded: bool) -> None:
    """Raise if a checkpoint has other settings or data.

    Parameters
    ----------
    path : Path
    old, wanted : dict
        The settings and data of the checkpoint and of a run of this estimator.
    seeded : bool
        True if the user passed a seed.

    Raises
    ------
    CheckpointError
    """
    for name, value in wanted.items():
        # repr distinguishes True from 1, which are different classes.
        if name in _MAY_DIFFER[: 1 if seeded else 2] or repr(old[name]) == repr(value):
            continue
        said = f"was trained with {name}={old[name]}, the estimator has {value}"
        if name == "samples":
            said = f"has seen {old[name]} samples, X would have shown {value} by then"
        elif name == "classes":
            said = f"was trained on the classes {listed(old[name])}, y has {listed(value)}"
        raise CheckpointError(f"{path}: {said}; use the same, or another checkpoint_dir")
