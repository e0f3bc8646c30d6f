"""Base class of the estimators of texts."""

from typing import Any, ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .. import _core
from .._checks import choice, integer
from .._warnings import warn
from ..exceptions import ParameterError
from ..presets import with_preset
from ._trainer import Trainer

# Relative and absolute rise of the validation loss that is worth a warning.
_RISE = 0.01, 0.02


class TextModel(Trainer):
    """What models of texts have in common: a vocabulary, a context, and texts that are held out."""

    _tuples: ClassVar[tuple[str, ...]] = ("betas",)
    _lengthens: ClassVar[bool] = True
    # Parameters that say how texts become tokens.
    _reading: ClassVar[tuple[str, ...]] = ("vocabulary", "vocabulary_size", "context")

    # Vocabulary, if none is said, and the size of one that has a choice, if another than the vocabulary's own.
    _usual: ClassVar[tuple[str, int | None]]

    device: str
    preset: str | None
    validation: float | None
    validation_: float

    @property
    def vocabulary_(self) -> _core.Vocabulary:
        """The tokens of the model."""
        return self._fitted().data().vocabulary()

    def _settings(self, options: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in options.items() if name not in self._reading}

    def _options_for(self, data: Any) -> dict[str, Any]:
        return with_preset(self.preset, [kind.__name__ for kind in type(self).__mro__], self._params())

    def _tokens_of(self, options: dict[str, Any]) -> tuple[str, int | None, int | None]:
        """Return the name of the vocabulary, its size and the context, the last two None if not said."""
        usual, usual_size = self._usual
        name, size, context = (options[key] for key in self._reading)
        size = usual_size if name is None and size is None else size
        name = usual if name is None else name
        choice("vocabulary", name, [known for known, _ in _core.members("vocabulary")])
        if size is not None and name in ("bytes", "characters"):
            raise ParameterError(f'vocabulary_size: expected None for vocabulary="{name}", got {size!r}')
        size = None if size is None else integer("vocabulary_size", size, 1, 2**20)
        return name, size, None if context is None else integer("context", context, 1, 65_536)

    def _part(self, options: dict[str, Any]) -> float:
        """Return the fraction of the texts that is held out."""
        held = options["validation"]
        # What is no number is refused by the core.
        return 0.1 if held is None else float(held) if isinstance(held, int | float) else 0.0

    def _after_training(self) -> None:
        losses = self.history_.get("validation_loss")
        # Losses of earlier calls are of other texts.
        if losses is None or len(losses) < self._begun + 2:
            return
        best = self._begun + int(np.argmin(losses[self._begun :]))
        if losses[-1] > losses[best] * (1 + _RISE[0]) + _RISE[1]:
            warn(
                f"the validation loss rose from {losses[best]:.3f} after epoch {best + 1} to {losses[-1]:.3f}; the "
                f"weights of epoch {best + 1} are used; lower epochs, or raise dropout",
                ConvergenceWarning,
            )
