"""A model before the judges: real samples in two sets, and as many of the model and of the trivial rival."""

import dataclasses
from functools import cached_property
from typing import Any

import numpy as np

from .. import _core, metrics
from .._data.kinds import Kind
from ..metrics._checks import Floats
from . import rivals
from .features import Features


@dataclasses.dataclass
class Trial:
    """Samples that are compared, in the form of the core.

    Attributes
    ----------
    model : estimator
        A fitted estimator of arrays.
    real : numpy.ndarray of shape (n, *sizes)
        Samples that the model has not seen.
    other : numpy.ndarray of shape (m, *sizes)
        Other real samples, with which `real` is compared as generated ones are; the rival is fitted to them.
    real_y, other_y : numpy.ndarray
        Codes of their classes; empty without classes.
    real_codes : numpy.ndarray or None
        Labels of `real` as the core takes them; None for an unconditional model.
    train : numpy.ndarray or None
        Training samples, if they are known.
    given : numpy.ndarray or None
        Labels of the generated samples, as `sample` takes them; None for an unconditional model.
    features : Features
    seed : int
    """

    model: Any
    real: np.ndarray
    other: np.ndarray
    real_y: np.ndarray
    other_y: np.ndarray
    real_codes: np.ndarray | None
    train: np.ndarray | None
    given: np.ndarray | None
    features: Features
    seed: int

    @property
    def kind(self) -> Kind:
        """Kind of the data."""
        kind: Kind = self.model._layout.kind
        return kind

    @property
    def data(self) -> _core.Data:
        """Data of the model."""
        return self.model._fitted().data()

    @cached_property
    def made(self) -> np.ndarray:
        """Samples of the model, as many as `other` has."""
        samples: np.ndarray = self.model._samples(len(self.other), self.given, self.seed)
        return samples

    @cached_property
    def rival(self) -> np.ndarray:
        """Samples of the trivial rival, as many as `other` has."""
        classes = self.other_y if self.given is not None and len(self.other_y) else None
        return rivals.draw(self.kind.name, self.other, classes, self.seed)

    @cached_property
    def copies(self) -> metrics.Memorisation:
        """Comparison of the samples with training data, or with `other`, and with held-out data."""
        train = self.train if self.train is not None else self.other
        return metrics.memorisation(self.features.of(train), self.rows["made"], self.rows["real"])

    @property
    def rival_name(self) -> str:
        """The trivial rival, in words."""
        return rivals.NAMES.get(self.kind.name, rivals.NAMES[""])

    def scaled(self, samples: np.ndarray) -> np.ndarray:
        """Bring samples to the common scale of their kind; float32."""
        return self.kind.scaled(samples, self.data)

    @cached_property
    def rows(self) -> dict[str, Floats]:
        """Features ``(n, d)`` of the four sets by name: real, other, made, rival."""
        return {name: self.features.of(getattr(self, name)) for name in ("real", "other", "made", "rival")}
