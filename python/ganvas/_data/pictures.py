"""Pictures passed as folders, files, or Pillow images."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..data._decode import is_picture, stacked
from ..data._listing import check_folder
from ..data._pictures import PictureFiles
from ..data.folder import ImageFolder
from ..exceptions import ParameterError, ShapeError


def opened(X: Any, model: Any) -> Any:
    """Open a folder, a list of files or a list of Pillow images.

    Parameters
    ----------
    X : Any
    model : estimator
        If it is fitted, files are converted to the size and colours of the training data.

    Returns
    -------
    PictureFiles, numpy.ndarray, or X itself if it contains no pictures

    Raises
    ------
    FileNotFoundError, NotADirectoryError, DataError, DtypeError
    ShapeError
        X is a single picture.
    """
    if isinstance(X, str | os.PathLike):
        if X == "":
            raise FileNotFoundError('no such folder: ""; pass "." for the current one')
        return ImageFolder(X, **_as_fitted(model))
    if is_picture(X):
        raise ShapeError("X: expected pictures, got one; pass a list, [picture]")
    first = first_of(X)
    if isinstance(first, str | os.PathLike):
        return _files(list(X), _as_fitted(model))
    return stacked(X) if is_picture(first) else X


def with_labels(X: Any, y: Any, model: Any) -> tuple[Any, Any]:
    """Open the folder X, and return the names of its sub-folders as labels if y is "folder".

    Raises
    ------
    ParameterError
        X is not a folder.
    DataError
        The folder has no sub-folders.
    FileNotFoundError, NotADirectoryError, DtypeError, ShapeError
        As for `opened`.
    """
    if not (isinstance(y, str) and y == "folder"):
        return X, y
    X = opened(X, model)
    if not isinstance(X, ImageFolder):
        raise ParameterError(
            f'y: "folder" needs a folder of pictures as X, or an ImageFolder, got {type(X).__name__}; pass labels'
        )
    codes = X.y
    return X, np.asarray(X.classes)[codes]


def names_picture(sample: Any) -> bool:
    """Return True for a Pillow image or the path of a picture."""
    return isinstance(sample, str | os.PathLike) or is_picture(sample)


def first_of(X: Any) -> Any:
    """Return the first element of a list, or of a one-dimensional array of objects or text; else None."""
    objects = isinstance(X, list | tuple) or (getattr(X, "ndim", 0) == 1 and getattr(X, "dtype", None) is not None)
    if not objects or len(X) == 0 or getattr(getattr(X, "dtype", None), "kind", "O") not in "OUT":
        return None
    return next(iter(X))


def _files(given: Sequence[Any], options: dict[str, Any]) -> PictureFiles:
    files = []
    for number, path in enumerate(given):
        if not isinstance(path, str | os.PathLike):
            raise ParameterError(f"X: expected paths of pictures, got {type(path).__name__} for sample {number}")
        file = Path(path).expanduser()
        if file.is_dir():
            raise ParameterError(f"X: expected files of pictures, got the folder {file}; pass it alone, not in a list")
        if not file.is_file():
            check_folder(file.parent)
            raise FileNotFoundError(f"no such picture: {file}; strings in a list are taken for paths")
        files.append(file)
    return PictureFiles(files, [str(file) for file in files], **options)


def _as_fitted(model: Any) -> dict[str, Any]:
    run = getattr(model, "_run", None)
    if run is None or not model._layout.kind.files:
        return {"size": "auto", "mode": "RGB"}
    height, width, channels = run.data().sizes
    square = height == width and 8 <= height <= 1024
    return {"size": height if square else None, "mode": "L" if channels == 1 else "RGB"}
