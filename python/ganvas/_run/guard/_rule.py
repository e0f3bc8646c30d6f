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

    A fault of the adversaries counts if it has lasted for the second half of the training so far, and half of the
    training is over: healthy runs go through most of them. One with hinge losses on 16-pixel digits had a
    discriminator that won, and samples without variety, until epoch 18 of 60, and ended with the variety of the data.

    Attributes
    ----------
    settings : mapping
        Resolved settings of the run.
    history : mapping of str to numpy.ndarray
        Training metrics per epoch, at least one row.
    looks : sequence of Look
        Oldest first.
    step : int
        Number of steps made.
    goal : int
        Number of epochs at the end of the training, or of all for which it is planned.
    last : bool
        True at the end of the last epoch.
    """

    settings: Mapping[str, Any]
    history: Mapping[str, np.ndarray]
    looks: Sequence[Look]
    step: int
    goal: int
    last: bool

    @property
    def adversarial(self) -> bool:
        """True for a generator whose whole loss is that of an objective: others may rest, or be near their goal."""
        return "generator_loss" in self.history

    def epochs(self, least: int, steps: int) -> int:
        """Return the number of epochs in the second half; 0 before half of the training, or if they are too few.

        Parameters
        ----------
        least, steps : int
            Least number of epochs, and of steps of the training.
        """
        done = len(self.history["epoch"])
        count = done - done // 2
        return count if 2 * done >= self.goal and count >= least and self.step >= steps else 0

    def values(self, name: str, least: int, steps: int) -> list[float]:
        """Return a measurement at the looks of the second half; none if there are too few, as in `epochs`."""
        looks = [look for look in self.looks if 2 * look.step >= self.step] if self.epochs(1, steps) else []
        values = [getattr(look, name) for look in looks]
        values = [value for value in values if not math.isnan(value)]
        return values if len(values) >= least else []


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
