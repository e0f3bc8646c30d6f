"""Features of samples, in which distances have a meaning."""

import os
from collections.abc import Callable
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from .. import _core
from .._data.kinds import Kind, Text
from .._warnings import filtered
from ..exceptions import ParameterError, ShapeError
from ..metrics._checks import Floats
from ..metrics._checks import features as checked
from . import encoder

# Samples that a network gets at once.
_AT_ONCE = 64
# Lengths of the sequences of characters that texts are described by, and the number of features.
_GRAMS, _HASHED = (1, 3), 2**12


class Features(NamedTuple):
    """A function from samples in the core's form to features, and its description.

    Attributes
    ----------
    of : callable
        Function from samples ``(n, *sizes)`` to features ``(n, d)``, float64.
    words : str
        What the features are.
    """

    of: Callable[[np.ndarray], Floats]
    words: str


def chosen(said: Any, kind: Kind, data: _core.Data, samples: np.ndarray, y: np.ndarray | None, seed: int) -> Features:
    """Return the features that the user names.

    Parameters
    ----------
    said : {"auto", "pixels"}, path, callable or torch.nn.Module
    kind : Kind
    data : Data
    samples : numpy.ndarray of shape (n, *sizes)
        Real samples in the core's form, for the encoder.
    y : numpy.ndarray of shape (n,) or None
        Codes of their classes.
    seed : int

    Raises
    ------
    ParameterError
    """
    if isinstance(said, str) and said in ("auto", "pixels"):
        if isinstance(kind, Text):
            texts = partial(kind.texts, data=data)
            grams = _grams(texts(samples))
            return Features(lambda made: grams(texts(made)), "components of counts of one to three characters")
        if said == "pixels" or kind.name == "row":
            return Features(lambda made: _flat(kind.scaled(made, data)), "values on a common scale")
        encode = encoder.trained(kind.scaled(samples, data), y, seed)
        classes = "" if y is None else f" and {int(y.max()) + 1} classes"
        return Features(
            lambda made: np.asarray(encode(kind.scaled(made, data)), np.float64),
            f"{encoder.WIDTH} of a small network trained to recognise moved samples{classes}",
        )
    if isinstance(kind, Text):
        raise ParameterError(f'features: expected "auto" for texts, got {said!r}')
    if isinstance(said, str | os.PathLike):
        return Features(_network(_loaded(Path(said)), kind, data), f"of the network in {Path(said).name}")
    if isinstance(said, torch.nn.Module):
        return Features(_network(said, kind, data), f"of {type(said).__name__}")
    if callable(said):
        name = getattr(said, "__name__", type(said).__name__)
        return Features(lambda made: _counted(said(kind.scaled(made, data)), len(made)), f"of {name}")
    raise ParameterError(f'features: expected "auto", "pixels", a path, a function or a torch module, got {said!r}')


def _counted(found: Any, n: int) -> Floats:
    """Validate features of `n` samples."""
    rows = checked("features", found)
    if len(rows) != n:
        raise ShapeError(f"features: expected a row for each of {n} samples, got {len(rows)}")
    return rows


def _flat(samples: np.ndarray) -> Floats:
    return samples.reshape(len(samples), -1).astype(np.float64)


def _grams(known: list[str]) -> Callable[[list[str]], Floats]:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.pipeline import make_pipeline

    counts = HashingVectorizer(analyzer="char", ngram_range=_GRAMS, n_features=_HASHED)
    model = make_pipeline(counts, TruncatedSVD(encoder.WIDTH, random_state=0)).fit(known)
    return lambda texts: np.asarray(model.transform(texts), np.float64)


def _loaded(path: Path) -> Any:
    try:
        with filtered("ignore", DeprecationWarning):
            return torch.jit.load(str(path.expanduser()), map_location="cpu")
    except (RuntimeError, ValueError) as error:
        if not path.expanduser().is_file():
            raise FileNotFoundError(f"features: there is no file {path}") from None
        raise ParameterError(f"features: {path} is no TorchScript module: {str(error).splitlines()[0]}") from None


def _network(module: Any, kind: Kind, data: _core.Data) -> Callable[[np.ndarray], Floats]:
    """Return the features of a torch module that takes images of bytes or samples of floats, channels first."""
    # The networks of StyleGAN's metrics, as Inception, take images of bytes in three channels.
    inception = "return_features" in str(getattr(getattr(module, "forward", None), "schema", ""))

    @torch.no_grad()
    def features(samples: np.ndarray) -> Floats:
        found = []
        scaled, trains = kind.scaled(samples, data), module.training
        weight = next(chain(module.parameters(), module.buffers()), torch.zeros(0))
        module.eval()
        for first in range(0, len(scaled), _AT_ONCE):
            part = torch.from_numpy(np.ascontiguousarray(scaled[first : first + _AT_ONCE])).movedim(-1, 1)
            part = part.to(weight.device)
            if inception:
                colours = part.expand(-1, 3, -1, -1) if part.shape[1] == 1 else part
                found.append(module((colours * 255).round().to(torch.uint8), return_features=True))
            else:
                found.append(module(part))
        module.train(trains)
        return _counted(torch.cat(found).flatten(1).numpy(force=True), len(scaled))

    return features
