"""Parameters that control how a model is run, not the model itself."""

import os
import reprlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import _core
from .._checks import integer
from .._parameters import READING, RUNNING
from ..callbacks import Callback
from ..exceptions import ParameterError
from .precision import PRECISIONS, precision_on

if TYPE_CHECKING:
    from ..estimators._fitted import Fitted

#: Names of these parameters and of those that say how data are read, which are not settings of the model.
NAMES = tuple(parameter.name for parameter in (*RUNNING, *READING))


def check_running(estimator: "Fitted", **counts: Any) -> None:
    """Validate an estimator's running parameters, and counts of a call.

    Raises
    ------
    ParameterError
    """
    for name, value in counts.items():
        integer(name, value, 1)
    integer("verbose", estimator.verbose, 0)
    if estimator.progress not in (True, False, None, "live"):
        raise ParameterError(f'progress: expected True, False, "live" or None, got {estimator.progress!r}')
    if estimator.on_interrupt not in ("return", "raise", None):
        raise ParameterError(f'on_interrupt: expected "return", "raise" or None, got {estimator.on_interrupt!r}')
    if estimator.on_divergence not in ("raise", "rewind"):
        raise ParameterError(f'on_divergence: expected "raise" or "rewind", got {estimator.on_divergence!r}')
    if not isinstance(estimator.callbacks, Sequence) or not all(isinstance(c, Callback) for c in estimator.callbacks):
        raise ParameterError(f"callbacks: expected a sequence of callbacks, got {reprlib.repr(estimator.callbacks)}")
    if not isinstance(estimator.device, str):
        raise ParameterError(f'device: expected "auto", "cpu", "cuda" or "cuda:N", got {estimator.device!r}')
    if not isinstance(estimator.executor, str):
        raise ParameterError(f'executor: expected "auto", "native", "cuda_graph" or "tch", got {estimator.executor!r}')
    if not (estimator.precision is None or isinstance(estimator.precision, str)):
        raise ParameterError(f"precision: expected {', '.join(PRECISIONS)} or None, got {estimator.precision!r}")
    if not (estimator.profile is None or isinstance(estimator.profile, str | os.PathLike)):
        raise ParameterError(f"profile: expected a path or None, got {estimator.profile!r}")


def settle(run: _core.Run, executor: Any, precision: Any) -> str:
    """Apply executor and precision to a run read from a file or pickle, falling back to what this machine supports.

    Returns
    -------
    str
        The precision.
    """
    try:
        found = precision_on(run.device, precision)
    except ParameterError:
        found = precision_on(run.device, None)
    try:
        run.set_executor(executor, found)
    except (ParameterError, TypeError):
        run.set_executor("auto", found)
    return found
