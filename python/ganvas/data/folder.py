"""A folder of pictures, with or without one sub-folder for each class."""

import os
import sys
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from .. import _core
from .._checks import choice, integer
from .._warnings import filtered
from ..exceptions import DataError
from ._resize import BICUBIC

# Naming the formats keeps Pillow from trying the others, some of which start other programs.
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "PPM", "TIFF")
_EXTENSIONS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".pgm", ".ppm", ".tif", ".tiff")
# Pictures between two looks at Ctrl-C.
_AT_ONCE = 1024
_PathLike = str | os.PathLike[str]
_Mode = Literal["RGB", "L"]

_CHANNELS: dict[_Mode, tuple[int, ...]] = {"RGB": (3,), "L": ()}


@overload
def load_folder(
    path: _PathLike, size: int = ..., mode: _Mode = ..., return_y: Literal[False] = ...
) -> NDArray[np.uint8]: ...
@overload
def load_folder(
    path: _PathLike, size: int = ..., mode: _Mode = ..., *, return_y: Literal[True]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]: ...
def load_folder(
    path: _PathLike, size: int = 64, mode: _Mode = "RGB", return_y: bool = False
) -> NDArray[np.uint8] | tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Load the pictures of a folder as squares of one size.

    The folder holds either pictures, or one sub-folder of pictures for each class; deeper folders are not read.
    Pictures are sorted by name, class after class. Each is turned upright (EXIF), laid on white where it is
    transparent, cropped to its central square and resized with antialiasing. Hidden files, and links that lead out
    of the folder, are skipped.

    Parameters
    ----------
    path : path-like
        The folder.
    size : int, default 64
        Height and width of each picture in pixels, 8 to 1024.
    mode : {"RGB", "L"}, default "RGB"
        Colour or grey.
    return_y : bool, default False
        Return the classes as well.

    Returns
    -------
    X : uint8 array of shape (n, size, size, 3) or (n, size, size)
        The second shape with `mode="L"`.
    y : int64 array of shape (n,)
        Indices into `class_names(path)`; only with `return_y=True`.

    Raises
    ------
    FileNotFoundError
        There is no such folder.
    DataError
        A picture is damaged or too large (see `PIL.Image.MAX_IMAGE_PIXELS`), or the folder holds no pictures, or
        both pictures and classes, or no classes with `return_y=True`.
    ParameterError
        `size` is not an integer from 8 to 1024, or `mode` is unknown.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from PIL import Image
    >>> from ganvas.data import load_folder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (640, 480), "teal").save(pathlib.Path(folder, "sea.png"))
    ...     load_folder(folder, size=32).shape
    (1, 32, 32, 3)
    """
    folder = ImageFolder(path, size, mode)
    if not return_y:
        return folder.load()
    y = folder.y  # a folder without classes is told before its pictures are read
    return folder.load(), y


class ImageFolder:
    """Pictures of a folder, decoded when they are wanted.

    For folders that are too large for memory: ``fit(ImageFolder(path, size=32))`` decodes pictures while it trains, in
    as many threads as there are cores. The folder is read as `load_folder` does.

    Parameters
    ----------
    path, size, mode
        As for `load_folder`.

    Attributes
    ----------
    shape : tuple of int
        Of the array of all pictures: ``(n, size, size, 3)`` or ``(n, size, size)``.
    classes : list of str
        Names of the classes; empty where the pictures lie in the folder itself.
    y : int64 array of shape (n,)
        Indices into `classes`.

    Raises
    ------
    FileNotFoundError, DataError, ParameterError
        As `load_folder`; what is wrong with a picture is told when it is decoded.

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

    def __init__(self, path: _PathLike, size: int = 64, mode: _Mode = "RGB") -> None:
        self._size = integer("size", size, 8, 1024)
        self._mode = choice("mode", mode, tuple(_CHANNELS))
        self._root = Path(path).expanduser()
        found = _classes(self._root)
        self._files = [file for files in found.values() for file in files]
        self._counts = [len(files) for files in found.values()]
        self.classes = [name for name in found if name]
        self.shape = (len(self._files), self._size, self._size, *_CHANNELS[self._mode])

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, rows: Any) -> NDArray[np.uint8]:
        numbers = np.arange(len(self))[rows]
        if numbers.size == 0:
            return np.empty((0, *self.shape[1:]), np.uint8)
        wanted = np.ascontiguousarray(np.atleast_1d(numbers), np.int64)
        made = self.reader().read(wanted).reshape(-1, *self.shape[1:])
        return made if numbers.ndim else made[0]

    @property
    def y(self) -> NDArray[np.int64]:
        """The classes of the pictures."""
        if not self.classes:
            raise DataError(
                f"{self._root}: expected one sub-folder for each class, got pictures only; use return_y=False"
            )
        return np.repeat(np.arange(len(self.classes)), self._counts)

    def load(self) -> NDArray[np.uint8]:
        """Decode all pictures."""
        X = np.empty(self.shape, np.uint8)
        for first in range(0, len(X), _AT_ONCE):
            X[first : first + _AT_ONCE] = self[first : first + _AT_ONCE]
        return X

    def reader(self) -> _core.Reader:
        """Return what the core reads pictures with."""
        channels = 3 if self._mode == "RGB" else 1
        limit = Image.MAX_IMAGE_PIXELS or sys.maxsize
        return _core.Reader.pictures(self._files, self._size, channels, limit, self._other)

    def _other(self, file: Path) -> bytes:
        """Read what the core leaves to Pillow, or say what is wrong with it."""
        with filtered("error", Image.DecompressionBombWarning):
            return _read(file, str(file.relative_to(self._root)), self._size, self._mode).tobytes()


def class_names(path: _PathLike) -> list[str]:
    """Name the classes of a folder of pictures.

    Parameters
    ----------
    path : path-like
        A folder as `load_folder` takes it.

    Returns
    -------
    names : list of str
        The sub-folders that hold pictures, sorted; `y` of `load_folder` counts in this order. Empty where the
        pictures lie in the folder itself.

    Raises
    ------
    FileNotFoundError
        There is no such folder.
    DataError
        The folder holds no pictures, or both pictures and classes.

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
    return [name for name in _classes(Path(path).expanduser()) if name]


def _classes(root: Path) -> dict[str, list[Path]]:
    """Map each class to its pictures; pictures of `root` itself have the class ""."""
    entries = _visible(root, root)
    flat = _pictures(entries)
    classes = {entry.name: _pictures(_visible(entry, root)) for entry in entries if entry.is_dir()}
    classes = {name: files for name, files in classes.items() if files}
    if flat and classes:
        raise DataError(
            f"{root}: expected pictures or sub-folders of pictures, got both ({flat[0].name}, {min(classes)}/)"
        )
    if not flat and not classes:
        raise DataError(f"{root}: expected pictures ({' '.join(_EXTENSIONS)}), got none")
    return {"": flat} if flat else classes


def _visible(folder: Path, root: Path) -> list[Path]:
    """List a folder by name, without hidden entries and without links that lead out of `root`."""
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    return [entry for entry in entries if not entry.is_symlink() or _real(entry).is_relative_to(_real(root))]


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # Path.resolve raises on a link to itself


def _pictures(entries: list[Path]) -> list[Path]:
    return [entry for entry in entries if entry.suffix.lower() in _EXTENSIONS and entry.is_file()]


def _read(file: Path, name: str, size: int, mode: _Mode) -> Image.Image:
    with file.open("rb") as stream:
        try:
            with Image.open(stream, formats=_FORMATS) as image:
                upright = ImageOps.exif_transpose(image)
                return ImageOps.fit(_opaque(_eight_bit(upright)).convert(mode), (size, size), BICUBIC)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise DataError(
                f"{name}: expected at most {Image.MAX_IMAGE_PIXELS} pixels, got more; "
                "PIL.Image.MAX_IMAGE_PIXELS sets the limit"
            ) from error
        except Exception as error:  # a damaged file makes Pillow's decoders raise almost anything
            raise DataError(f"{name}: expected a whole picture, got a truncated or damaged one") from error


def _eight_bit(image: Image.Image) -> Image.Image:
    if not image.mode.startswith("I"):
        return image
    # Pillow would clip 16-bit grey at 255, which leaves a white picture.
    return Image.fromarray((np.asarray(image) // 256).clip(0, 255).astype(np.uint8))


def _opaque(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA"))
