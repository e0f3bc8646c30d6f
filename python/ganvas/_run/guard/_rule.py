"""Interface of the diagnoses."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ...exceptions import DiagnosisWarning


class Diagnosis(NamedTuple):
    """What went wrong in a training.

    Parameters
    ----------
    name : str
        "divergence", "discriminator_wins", "vanishing_gradients", "lost_variety", "oscillation" or
        "posterior_collapse".
    epoch : int
        Number of completed epochs when it was found.
    evidence : str
        The measured values.
    remedy : str
        What to change.
    """

    name: str
    epoch: int
    evidence: str
    remedy: str


class Look(NamedTuple):
    """What is measured at the end of an epoch.

    Parameters
    ----------
    step : int
        Number of steps made.
    gradient : float
        Norm of the running mean of the generator's gradients; NaN without a generator.
    variety : float
        Mean distance between two samples of fixed latents, over that of the data; NaN if not measured.
    change : float
        Mean distance of these samples from those of the last look, over that of the data; NaN if not measured.
    """

    step: int
    gradient: float
    variety: float
    change: float


@dataclasses.dataclass(frozen=True)
class Signs:
    """What a diagnosis is made from.

    Attributes
    ----------
    settings : mapping
        Resolved settings of the run.
    history : mapping of str to numpy.ndarray
        Training metrics per epoch, at least one row.
    looks : sequence of Look
        The last looks, oldest first.
    step : int
        Number of steps made.
    goal : int
        Number of epochs at the end of the training.
    """

    settings: Mapping[str, Any]
    history: Mapping[str, np.ndarray]
    looks: Sequence[Look]
    step: int
    goal: int

    @property
    def last(self) -> bool:
        """True at the end of the last epoch."""
        return len(self.history["epoch"]) >= self.goal

    def recent(self, epochs: int, steps: int) -> int:
        """Return the number of last epochs that are at least `epochs` and have at least `steps` steps; 0 if too few."""
        samples = self.history["samples"]
        before = np.flatnonzero(samples <= samples[-1] - steps * self.settings["batch_size"])
        # The first epoch begins with no samples, before the first row.
        count = len(samples) - int(before[-1]) - 1 if len(before) else len(samples)
        enough = len(before) or samples[-1] >= steps * self.settings["batch_size"]
        count = max(count, epochs)
        return count if enough and count <= len(samples) else 0


class Rule:
    """A diagnosis.

    Attributes
    ----------
    name : str
    headline : str
        What is wrong, for the warning.
    category : type
        Class of the warning.
    """

    name: ClassVar[str]
    headline: ClassVar[str]
    category: ClassVar[type[Warning]] = DiagnosisWarning

    def evidence(self, signs: Signs) -> str | None:
        """Return the measured values if the training has this fault, else None."""
        raise NotImplementedError

    def remedy(self, settings: Mapping[str, Any]) -> str:
        """Return what to change."""
        raise NotImplementedError


def last(looks: Sequence[Look], name: str, count: int) -> list[float]:
    """Return the last `count` values of a measurement, or none if there are fewer."""
    values = [getattr(look, name) for look in looks]
    values = [value for value in values if not math.isnan(value)]
    return values[-count:] if len(values) >= count else []
