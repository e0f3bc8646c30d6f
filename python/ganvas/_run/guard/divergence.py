"""A loss that is NaN or infinite: training ends, or goes on from the last finite weights with half the rates."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..._data.streams import source
from ...exceptions import DivergedError
from . import Diagnosis

if TYPE_CHECKING:
    from ...estimators._trainer import Trainer
    from ..hooks import Hooks

# Number of times that a run is rewound.
_MOST = 3
# Settings that are learning rates.
_RATES = ("lr", "discriminator_lr")


def train(
    estimator: "Trainer",
    data: tuple[Any, Any],
    epochs: int,
    hooks: "Hooks",
    *,
    resume: bool,
    call: str,
    rewound: Callable[[str], None],
) -> None:
    """Train a run until it has completed `epochs` epochs in total, also if it diverges on the way.

    All processes that train together meet the same losses, and come to the same decisions.

    Parameters
    ----------
    estimator : estimator
        Its ``on_divergence`` says what is done; it takes the diagnoses.
    data : (samples, labels)
    epochs : int
    hooks : Hooks
    resume : bool
        True to complete an interrupted epoch.
    call : str
        The method's name in messages.
    rewound : callable
        Called with what to say, after the run has returned to an earlier state.

    Raises
    ------
    DivergedError
        A loss is not finite, and the run is not rewound again.
    """
    run, (samples, y) = estimator._run, data
    begun = run.progress().step
    while True:
        rewinds = estimator.on_divergence == "rewind" and estimator._rewinds < _MOST
        # A run that has returned to where it began begins again as it did.
        resume = resume or run.progress().step > begun
        try:
            run.train(source(samples), epochs, hooks, resume=resume, call=call, y=y, rewinds=rewinds)
            return
        except DivergedError as error:
            # An error with more frames is that of another estimator, which a callback trains.
            if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
                raise
            evidence, _, remedy = str(error).partition("; ")
            found = Diagnosis("divergence", run.progress().epoch, evidence, remedy)
            estimator._told = (*estimator._told, found)
            if not rewinds:
                raise
        settings = with_rates(run.settings(), 0.5)
        run.retune(settings)
        estimator._rewinds += 1
        rewound(
            f"{evidence}; went back to {run.progress().samples:,} samples with lr={settings['lr']:g} "
            f"({estimator._rewinds} of {_MOST} times)"
        )


def with_rates(settings: dict[str, Any], factor: float) -> dict[str, Any]:
    """Return settings whose learning rates are multiplied by `factor`."""
    rates = {name: factor * settings[name] for name in _RATES if settings.get(name) is not None}
    return {**settings, **rates}
