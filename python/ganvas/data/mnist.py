"""The MNIST digits, read from a folder or downloaded."""

import os
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from .._checks import choice, integer
from ..exceptions import DataError
from ._resize import resize
from .idx import read_idx

_URL = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_SHA256 = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
_SIDE = 28

_Root = str | os.PathLike[str] | None
_Split = Literal["train", "test"]

_PREFIXES: dict[_Split, str] = {"train": "train", "test": "t10k"}


@overload
def load_mnist(
    root: _Root = ..., split: _Split = ..., size: int = ..., return_y: Literal[False] = ...
) -> NDArray[np.uint8]: ...
@overload
def load_mnist(
    root: _Root = ..., split: _Split = ..., size: int = ..., *, return_y: Literal[True]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]: ...
def load_mnist(
    root: _Root = None, split: _Split = "train", size: int = _SIDE, return_y: bool = False
) -> NDArray[np.uint8] | tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Load the MNIST handwritten digits.

    Parameters
    ----------
    root : path-like or None, default None
        Folder that contains the IDX files under their usual names, optionally gzipped. None downloads them once into
        the user's cache folder and checks their SHA-256. Data sets in the same format, such as Fashion-MNIST, can be
        read from their folder as well.
    split : {"train", "test"}, default "train"
        60,000 or 10,000 digits.
    size : int, default 28
        Height and width of each picture in pixels, 8 to 256; pictures are resized if it is not 28.
    return_y : bool, default False
        Return the labels as well.

    Returns
    -------
    X : uint8 array of shape (n, size, size)
        White strokes on black.
    y : int64 array of shape (n,)
        0 to 9; only with `return_y=True`.

    Raises
    ------
    ConnectionError
        The files could not be downloaded.
    FileNotFoundError
        `root` does not contain the files.
    DataError
        A file is damaged or has unexpected content.
    ParameterError
        `size` is not an integer from 8 to 256, or `split` is unknown.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition", 1998.

    Examples
    --------
    >>> from ganvas.data import load_mnist
    >>> X, y = load_mnist(size=32, return_y=True)  # doctest: +SKIP
    >>> X.shape, y.shape  # doctest: +SKIP
    ((60000, 32, 32), (60000,))
    """
    prefix = _PREFIXES[choice("split", split, tuple(_PREFIXES))]
    size = integer("size", size, 8, 256)
    X = _read(root, f"{prefix}-images-idx3-ubyte.gz", (_SIDE, _SIDE))
    y = _read(root, f"{prefix}-labels-idx1-ubyte.gz", ()) if return_y else None
    if y is not None and len(y) != len(X):
        raise DataError(f"{prefix}-labels-idx1-ubyte: expected {len(X)} labels, one for each image, got {len(y)}")
    if size != _SIDE:
        X = resize(X, size)
    return X if y is None else (X, y.astype(np.int64))


def _read(root: _Root, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    path = _download(name) if root is None else _find(Path(root).expanduser(), name)
    array = read_idx(path)
    if array.dtype != np.uint8 or array.ndim == 0 or array.shape[1:] != shape:
        expected = ", ".join(["n", *map(str, shape)])
        raise DataError(f"{path.name}: expected ({expected}) of uint8, got {array.shape} of {array.dtype}")
    return array


def _find(root: Path, name: str) -> Path:
    plain = name.removesuffix(".gz")
    for path in (root / name, root / plain):
        if path.is_file():
            return path
    raise FileNotFoundError(f"{root}: expected {plain} or {name}, got neither; root=None downloads them")


def _download(name: str) -> Path:
    import pooch
    from requests import RequestException

    folder = pooch.os_cache("ganvas")
    url = _URL + name
    try:
        return Path(pooch.retrieve(url, f"sha256:{_SHA256[name]}", fname=name, path=folder))
    except RequestException as error:
        raise ConnectionError(f"{url}: could not be downloaded; root= names a folder that holds the file") from error
    except ValueError as error:
        raise DataError(f"{name}: expected sha256 {_SHA256[name]}, got another file from {url}") from error
