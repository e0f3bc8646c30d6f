"""Models of texts of other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import _core
from .._checks import integer
from .._data.labels import Labels
from .._data.texts import TextLayout
from .._run.precision import precision_on
from .._run.random import seed_from
from .._run.ranks import Ranks
from .._run.running import check_running
from .._run.torch import plain_modes
from ..exceptions import ParameterError
from ._text_scores import TextScores

if TYPE_CHECKING:
    from typing_extensions import Self

# Parameters that a model determines.
_ARCHITECTURE = ("net", "width", "depth", "heads", "kv_heads", "positions", "norm", "activation")


class Folders(TextScores):
    """Reading of models of other programs."""

    vocabulary: str | None
    context: int | None

    @classmethod
    def from_folder(cls, path: str | Path, **parameters: Any) -> "Self":
        """Read a model from a local folder of Hugging Face's format: GPT-2, Llama or Mistral.

        The model is fitted: it writes, scores, and is trained further by `partial_fit`. Nothing is downloaded. The
        tokenizer must be byte pairs of bytes, as those of GPT-2 and Llama 3. Special tokens are left out, except those
        that start and end a text: their names in a text are plain text. Logits are those of the other program for the
        tokens that texts can have.

        Parameters
        ----------
        path : path
            Folder with ``config.json``, ``tokenizer.json``, and ``model.safetensors`` or the files of
            ``model.safetensors.index.json``, in float32, float16 or bfloat16. Weights are converted to float32.
        **parameters
            Parameters of the estimator that do not describe the model, for example ``device``, ``lr`` or ``dropout``.
            ``context`` is at most that of the model. None: at most 1,024, and an ``lr`` of 5e-5.

        Returns
        -------
        estimator
            Its parameters describe the model; `fit` trains a new one of this size.

        Raises
        ------
        ParameterError
            A parameter is determined by the model, or invalid.
        CheckpointError
            A file is missing or damaged, the model is of another kind, or a tensor is missing, unexpected, or has
            another shape or dtype.

        Examples
        --------
        >>> text = ganvas.TextTrainer.from_folder("gpt2/")  # doctest: +SKIP
        >>> text.generate("Once upon a time", n=2, top_p=0.95)  # doctest: +SKIP
        >>> text.partial_fit("stories/", epochs=1)  # doctest: +SKIP
        """
        estimator = cls(**parameters)
        for name in ("vocabulary", "vocabulary_size", "preset", *_ARCHITECTURE):
            if getattr(estimator, name) is not None:
                raise ParameterError(
                    f"{name}: expected None, the folder determines it, got {getattr(estimator, name)!r}"
                )
        check_running(estimator)
        context = None if estimator.context is None else integer("context", estimator.context, 1, 65_536)
        options = {**estimator._options_for(None), "seed": seed_from(estimator.random_state)}
        with plain_modes():
            device = Ranks().device(estimator.device)
            run = _core.Run.from_folder(Path(path).expanduser(), estimator._settings(options), device, context)
            estimator.precision_ = precision_on(run.device, estimator.precision)
            run.set_executor(estimator.executor, estimator.precision_)
        settings, data = run.settings(), run.data()
        estimator.vocabulary, estimator.context = data.vocabulary().name, data.sizes[0] - 1
        for name in _ARCHITECTURE:
            setattr(estimator, name, settings[name])
        estimator._adopt(run, TextLayout(0, 0), Labels(), {})
        # No training was begun.
        estimator._goal = 0
        return estimator
