"""Files of a style: its pictures and the parameters of the estimator."""

import inspect
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .. import _core
from .._data.styles import Picture
from ..exceptions import CheckpointError, ParameterError
from ._files import plain, plain_params, words_of

if TYPE_CHECKING:
    from .style import StyleTrainer

Model = TypeVar("Model", bound="StyleTrainer")

_WORDS = {"estimator", "params", "outside", "weights", "seed", "drawn", "forms"}


def save(model: "StyleTrainer", path: str | Path) -> None:
    """Write the file; features that are no name are left out."""
    params = model.get_params(deep=False)
    if isinstance(params["weights_file"], os.PathLike):
        params["weights_file"] = os.fspath(params["weights_file"])
    words = {
        "estimator": type(model).__name__,
        "params": plain_params(params),
        "outside": not isinstance(params["features"], str),
        "weights": model.weights_,
        "seed": model.seed_,
        "drawn": model._drawn,
        "forms": [[form.flat, form.dtype.str] for form in model._forms],
    }
    arrays = [(f"style.{number}", style) for number, style in enumerate(model.styles_)]
    _core.save_arrays(Path(path).expanduser(), arrays, json.dumps(words, default=plain))


def load(cls: type[Model], path: str | Path, device: str, features: Any) -> Model:
    """Read the file.

    Raises
    ------
    FileNotFoundError, CheckpointError, ParameterError
    """
    arrays, extra = _core.load_arrays(Path(path).expanduser())
    words = words_of(path, extra, cls.__name__, _WORDS)
    styles = dict(arrays)
    if not len(styles) == len(words["forms"]) == len(words["weights"]):
        raise CheckpointError(f"{path}: not a file of a {cls.__name__}, or a damaged one")
    if words["outside"] and features is None:
        raise ParameterError(
            f"features: {path} was saved with a torch module or function, which files do not hold; expected the same "
            f"one, as in {cls.__name__}.load(path, features=module), got None"
        )
    known = inspect.signature(cls).parameters
    params = {name: value for name, value in words["params"].items() if name in known}
    model = cls(**params | {"device": device} | ({"features": features} if features is not None else {}))
    model.styles_ = [styles[f"style.{number}"] for number in range(len(styles))]
    model.weights_, model.seed_ = np.array(words["weights"], np.float64), int(words["seed"])
    model._forms = [Picture(np.empty((0, 0, 0), np.float32), flat, np.dtype(dtype)) for flat, dtype in words["forms"]]
    model._drawn = int(words["drawn"])
    model._over([], np.empty((0, 2)))
    return model
