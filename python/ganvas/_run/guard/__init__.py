"""Diagnoses of a training that goes wrong, one file each: what is watched, when it is told, and the remedy."""

from ._rule import Diagnosis, Look, Rule, Signs
from .discriminator_wins import DiscriminatorWins
from .lost_variety import LostVariety
from .oscillation import Oscillation
from .posterior_collapse import PosteriorCollapse
from .vanishing_gradients import VanishingGradients

RULES: tuple[Rule, ...] = (
    DiscriminatorWins(),
    VanishingGradients(),
    LostVariety(),
    Oscillation(),
    PosteriorCollapse(),
)

__all__ = ["RULES", "Diagnosis", "Look", "Rule", "Signs"]
