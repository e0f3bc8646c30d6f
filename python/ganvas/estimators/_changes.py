"""Parameters that changed between two calls of `partial_fit`."""

import json
from typing import Any

import numpy as np

from .. import _core
from .._run.ranks import Ranks
from .._warnings import warn
from ..exceptions import IgnoredWarning, ParameterError

# Settings that may change between two steps, keyed by the parameter that changes them.
TAKEN = {
    "lr": ("lr", "discriminator_lr"),
    "discriminator_lr": ("discriminator_lr",),
    "batch_size": ("batch_size",),
    "epochs": ("epochs",),
}


def said(params: dict[str, Any]) -> dict[str, str]:
    """Convert parameters to text, for comparison and for files."""
    return {name: json.dumps(value, default=_plain) for name, value in params.items()}


def changed(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """List the parameters whose text differs; parameters missing in ``before`` count as unchanged."""
    return [name for name, text in now.items() if before.get(name, text) != text]


def retuned(run: _core.Run, options: dict[str, Any], names: list[str], n: int) -> dict[str, Any] | None:
    """Return the settings of a run for the next call of `partial_fit`.

    Parameters
    ----------
    run : Run
    options : dict
        The estimator's current parameters, as `Run` takes them.
    names : list of str
        Parameters that changed since the run was created. Learning rates, ``batch_size`` and ``epochs`` are applied;
        the others are ignored with a warning.
    n : int
        Samples in X.

    Returns
    -------
    dict or None
        None, with a warning, if X has fewer samples than a batch.

    Raises
    ------
    ParameterError, UnknownNameError
        A parameter is invalid.
    """
    old, group = run.settings(), Ranks().count
    group *= old.get("pac", 1)
    ignored = [name for name in names if name not in TAKEN]
    if ignored:
        warn(
            f"partial_fit: {', '.join(ignored)} changed since the first fit and {'is' if len(ignored) == 1 else 'are'} "
            "ignored; call fit to train with new values",
            IgnoredWarning,
        )
    wanted: dict[str, Any] | None = None
    least = options["batch_size"] or group
    if n >= least:
        try:
            wanted = run.resolved(options, n)
        except ParameterError as error:
            # Batch norm needs more samples than X has.
            if not str(error).startswith("batch_size:") or options["batch_size"] is not None:
                raise
    if wanted is None:
        warn(
            f"partial_fit: {n} samples are left out, they are fewer than a batch ({least}); pass more at a time, or "
            "lower batch_size",
            IgnoredWarning,
        )
        return None
    taken = {setting for name in names for setting in TAKEN.get(name, ())}
    if options["batch_size"] is None:
        taken.add("batch_size")
        wanted["batch_size"] -= wanted["batch_size"] % group
    return {**old, **{name: wanted[name] for name in taken if name in old}}


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else repr(value)
