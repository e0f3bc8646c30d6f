"""Conversion of Pillow images and picture files to arrays of pixels.

Pictures of 8 bits are uint8; grey pictures of more bits keep their dtype and values.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from .._warnings import filtered
from ..exceptions import DataError, DtypeError
from ._formats import HEAD, readable, unread
from ._resize import BICUBIC

Mode = Literal["RGB", "L"]
# Pillow's modes without colour.
_GREY = ("1", "L", "LA", "La")
# TIFF tags: sample format (1: unsigned, 2: signed) and orientation.
_SAMPLE_FORMAT, _ORIENTATION = 339, 0x0112


def is_picture(value: Any) -> bool:
    """Return True for a Pillow image."""
    return hasattr(value, "mode") and hasattr(value, "getbands") and hasattr(value, "getexif")


def kind(image: Image.Image) -> np.dtype:
    """Return the dtype of a picture's values; colours are uint8."""
    tag = getattr(image, "tag_v2", {}).get(_SAMPLE_FORMAT, (1,))
    if image.mode.startswith("I;16"):
        return np.dtype(np.uint16)
    if image.mode == "I":
        # Pillow reads PNG and PGM of 16 bits, and unsigned TIFF of 32 bits, as int32.
        if image.format in ("PNG", "PPM"):
            return np.dtype(np.uint16)
        return np.dtype(np.uint32 if image.format == "TIFF" and tag == (1,) else np.int32)
    if image.mode == "F":
        return np.dtype(np.float32)
    return np.dtype(np.int8 if image.mode == "L" and tag == (2,) else np.uint8)


def pixels(image: Image.Image, mode: Mode | None = None, name: str = "X") -> NDArray[Any]:
    """Return the pixels of a picture, rotated by its EXIF orientation.

    Transparent pictures of 8 bits are composited on white; palettes, CMYK and other colour modes are converted to RGB.
    16-bit, 32-bit, signed and float pictures are grey and keep their dtype and values.

    Parameters
    ----------
    image : PIL.Image.Image
    mode : {"RGB", "L"} or None
        Colour or grey, for pictures of 8 bits. None: the mode of the picture.
    name : str
        Name in error messages.

    Returns
    -------
    array of shape (height, width) or (height, width, 3)

    Raises
    ------
    DtypeError
        Pillow cannot convert it.
    DataError
        A float is not finite.
    """
    dtype = kind(image)
    upright = ImageOps.exif_transpose(image)
    if dtype == np.uint8:
        wanted = mode or ("L" if image.mode in _GREY else "RGB")
        try:
            return np.asarray(_opaque(upright).convert(wanted))
        except ValueError as error:
            raise DtypeError(f"{name}: a picture of mode {image.mode} cannot be made {wanted}; convert it") from error
    array = np.asarray(upright)
    array = array.astype(array.dtype.newbyteorder("="))
    # Same width: unsigned numbers that Pillow reads as signed, or vice versa.
    array = array.view(dtype) if array.dtype.itemsize == dtype.itemsize else array.astype(dtype)
    if dtype.kind == "f" and not np.isfinite(array).all():
        count = int((~np.isfinite(array)).sum())
        verb = "values are" if count > 1 else "value is"
        raise DataError(f"{name}: {count} {verb} not finite; replace them, or leave the picture out")
    return array


def square(array: NDArray[Any], size: int) -> NDArray[Any]:
    """Crop pixels to the central square and resize them with antialiasing, clipped to their range."""
    if array.shape[:2] == (size, size):
        return array
    if array.dtype == np.uint8:
        return np.asarray(ImageOps.fit(Image.fromarray(array), (size, size), BICUBIC))
    fitted = np.asarray(ImageOps.fit(Image.fromarray(array.astype(np.float32)), (size, size), BICUBIC), np.float64)
    fitted = fitted.clip(array.min(), array.max())
    return (np.rint(fitted) if array.dtype.kind in "iu" else fitted).astype(array.dtype)


def stacked(images: Any, name: str = "X") -> NDArray[Any]:
    """Return the pixels of pictures of equal size and dtype; `name` is used in error messages.

    Raises
    ------
    DtypeError, DataError
        An element is not a picture, or differs in size or dtype from the first.
    """
    arrays: list[NDArray[Any]] = []
    for number, image in enumerate(images):
        if not is_picture(image):
            raise DtypeError(f"{name}: expected pictures, got {type(image).__name__} for sample {number}")
        array = pixels(image, name=f"{name}: sample {number}")
        first = arrays[0] if arrays else array
        if (array.shape, array.dtype) != (first.shape, first.dtype):
            raise DataError(
                f"{name}: expected pictures of one size and kind, got {said(first)} and, for sample {number}, "
                f"{said(array)}; resize them, or convert them to one mode"
            )
        arrays.append(array)
    return np.stack(arrays)


def said(array: NDArray[Any]) -> str:
    """Describe a picture."""
    colour = "grey" if array.ndim == 2 else "colour"
    return f"{array.shape[0]}x{array.shape[1]} {colour} {array.dtype}"


@contextmanager
def opened(file: Path, name: str) -> Iterator[Image.Image]:
    """Open a file; errors name the file and the reason.

    Raises
    ------
    FileNotFoundError, PermissionError
    DataError
        The file is not a picture, has an unsupported format, is damaged or too large.
    """
    with file.open("rb") as stream:
        head = stream.read(HEAD)
        stream.seek(0)
        known = readable(head)
        if known is None:
            other = unread(head)
            if other is not None:
                raise DataError(f"{name}: expected a picture, got {other[0]}; {other[1]}")
            raise DataError(f"{name}: expected a picture, got a damaged or unknown file; replace or delete it")
        try:
            # Restricting the format keeps Pillow from trying others, some of which start external programs.
            with filtered("ignore", Image.DecompressionBombWarning):
                image = Image.open(stream, formats=(known,))
            with image:
                if Image.MAX_IMAGE_PIXELS and image.width * image.height > Image.MAX_IMAGE_PIXELS:
                    raise Image.DecompressionBombError
                yield image
        except (DataError, DtypeError):
            raise
        except Image.DecompressionBombError as error:
            raise DataError(
                f"{name}: expected at most {Image.MAX_IMAGE_PIXELS} pixels, got more; "
                "PIL.Image.MAX_IMAGE_PIXELS sets the limit"
            ) from error
        except Exception as error:  # Pillow's decoders raise almost any exception for a damaged file
            raise DataError(
                f"{name}: expected a whole picture, got a truncated or damaged {known}, or one that Pillow cannot "
                "read; replace, convert or delete it"
            ) from error


def header(file: Path, name: str) -> tuple[int, int]:
    """Return height and width of a picture file, after its EXIF orientation."""
    with opened(file, name) as image:
        turned = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
        return (image.width, image.height) if turned else (image.height, image.width)


def _opaque(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA"))
