"""Folders of pictures, optionally with one sub-folder per class."""

import os
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from .._checks import listed
from ..exceptions import DataError
from ._decode import Mode
from ._listing import classes
from ._pictures import PictureFiles, Size

_PathLike = str | os.PathLike[str]


@overload
def load_folder(
    path: _PathLike, size: Size = ..., mode: Mode = ..., return_y: Literal[False] = ...
) -> NDArray[Any]: ...
@overload
def load_folder(
    path: _PathLike, size: Size = ..., mode: Mode = ..., *, return_y: Literal[True]
) -> tuple[NDArray[Any], NDArray[np.int64]]: ...
def load_folder(
    path: _PathLike, size: Size = None, mode: Mode = "RGB", return_y: bool = False
) -> NDArray[Any] | tuple[NDArray[Any], NDArray[np.int64]]:
    """Load the pictures of a folder.

    The folder contains either pictures, or one sub-folder per class. As in torchvision's ImageFolder, all pictures
    below a sub-folder belong to its class, and links are followed. Pictures are sorted by class and name. Hidden files
    are skipped; a warning lists classes without pictures, dangling links and picture files of unsupported formats.

    Pictures are rotated by their EXIF orientation. Transparent pictures of 8 bits are composited on white, and all
    pictures of 8 bits are converted to `mode`. Grey pictures of more bits, signed integers or floats keep their dtype
    and values: 12-bit pictures are uint16 with values from 0 to 4095. All pictures must have the dtype of the first.
    Colours of 16 bits are reduced to 8. Of several frames or pages only the first is read, with a warning.

    Parameters
    ----------
    path : path-like
        The folder; ``~`` is expanded.
    size : int, "auto" or None, default None
        Height and width in pixels, 8 to 1024: each picture is cropped to its central square and resized with
        antialiasing. None keeps the size, which must be equal for all pictures. "auto", as in ``fit(path)``, keeps the
        size if all pictures are squares of one size from 8 to 128 pixels, else uses 64.
    mode : {"RGB", "L"}, default "RGB"
        Colour or grey.
    return_y : bool, default False
        Return the labels as well.

    Returns
    -------
    X : array of shape (n, height, width, 3) or (n, height, width)
        The second shape with `mode="L"`. uint8; for other pictures uint16, int8, int32, uint32 or float32.
    y : int64 array of shape (n,)
        Indices into `class_names(path)`; only with `return_y=True`.

    Raises
    ------
    FileNotFoundError
        The folder does not exist.
    DataError
        A picture is damaged, has an unsupported format, is too large (see `PIL.Image.MAX_IMAGE_PIXELS`), or differs
        from the first in dtype or, without `size`, in size. The folder contains no pictures, or both pictures and
        classes, or splits of a data set (``train``, ``test``) instead of classes, or no classes with `return_y=True`.
    ParameterError
        `size` is not an integer from 8 to 1024, or `mode` is unknown.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from PIL import Image
    >>> from ganvas.data import load_folder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (640, 480), "teal").save(pathlib.Path(folder, "sea.png"))
    ...     load_folder(folder, size=32).shape, load_folder(folder).shape
    ((1, 32, 32, 3), (1, 480, 640, 3))
    """
    folder = ImageFolder(path, size, mode)
    if not return_y:
        return folder.load()
    y = folder.y  # a folder without classes raises before its pictures are read
    return folder.load(), y


class ImageFolder(PictureFiles):
    """Pictures of a folder, decoded on demand.

    For folders that exceed the memory: ``fit(ImageFolder(path, size=32))`` decodes pictures during training, in one
    thread per core; ``fit(ImageFolder(path), y="folder")`` uses the names of the sub-folders as labels. The folder is
    read as in `load_folder`.

    Parameters
    ----------
    path, size, mode
        As for `load_folder`.

    Attributes
    ----------
    shape : tuple of int
        Shape of the array of all pictures: ``(n, height, width, 3)`` or ``(n, height, width)``.
    dtype : numpy.dtype
        Dtype of that array.
    classes : list of str
        Names of the classes; empty if the folder itself contains the pictures.
    y : int64 array of shape (n,)
        Indices into `classes`.

    Raises
    ------
    FileNotFoundError, DataError, ParameterError
        As in `load_folder`; errors in the values of a picture are raised when it is decoded.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from PIL import Image
    >>> from ganvas.data import ImageFolder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("sea", "land"):
    ...         pathlib.Path(folder, name).mkdir()
    ...         Image.new("L", (64, 64)).save(pathlib.Path(folder, name, "0.png"))
    ...     pictures = ImageFolder(folder, size=16, mode="L")
    ...     pictures.shape, pictures.classes, pictures[1].max()
    ((2, 16, 16), ['land', 'sea'], np.uint8(0))
    """

    def __init__(self, path: _PathLike, size: Size = None, mode: Mode = "RGB") -> None:
        self._root = Path(path).expanduser()
        found = classes(self._root)
        files = [file for files in found.values() for file in files]
        super().__init__(files, [str(file.relative_to(self._root)) for file in files], size, mode)
        self._counts = [len(files) for files in found.values()]
        self.classes = [name for name in found if name]

    @property
    def y(self) -> NDArray[np.int64]:
        """Class labels of the pictures."""
        if not self.classes:
            raise DataError(
                f"{self._root}: expected one sub-folder for each class, got pictures only; leave out the labels, or "
                "move the pictures of each class into a sub-folder"
            )
        deep = [Path(name).parts for name in self._names] if len(self.classes) == 1 else []
        if deep and all(len(parts) > 2 for parts in deep):
            inner = sorted({parts[1] for parts in deep})
            raise DataError(
                f"{self._root}: expected classes, got the one folder {self.classes[0]}/ with the sub-folders "
                f"{listed(inner)}; pass {self._root / self.classes[0]}"
            )
        return np.repeat(np.arange(len(self.classes)), self._counts)


def class_names(path: _PathLike) -> list[str]:
    """List the classes of a folder of pictures.

    Parameters
    ----------
    path : path-like
        A folder as for `load_folder`.

    Returns
    -------
    names : list of str
        Sub-folders that contain pictures, sorted; `y` of `load_folder` holds indices into this list. Empty if the
        folder itself contains the pictures.

    Raises
    ------
    FileNotFoundError
        The folder does not exist.
    DataError
        The folder contains no pictures, or both pictures and classes.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from PIL import Image
    >>> from ganvas.data import class_names
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("sea", "land"):
    ...         pathlib.Path(folder, name).mkdir()
    ...         Image.new("L", (64, 64)).save(pathlib.Path(folder, name, "0.png"))
    ...     class_names(folder)
    ['land', 'sea']
    """
    return [name for name in classes(Path(path).expanduser()) if name]
