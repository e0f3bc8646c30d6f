"""IDX, the file format of MNIST."""

import gzip
import math
import os
import zlib
from io import BufferedReader
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..exceptions import DataError

_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP_MAGIC = b"\x1f\x8b"
_DEFLATE_MAX_RATIO = 1032  # maximum expansion of a deflate stream
_MAX_AXES = 32


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_idx(path: str | os.PathLike[str], max_bytes: int = 2**31) -> NDArray[Any]:
    """Read an array from an IDX file, optionally gzipped.

    The header is checked against the size of the file before memory is allocated, so a damaged or malicious file costs
    neither memory nor time.

    Parameters
    ----------
    path : path-like
        The file; gzip is detected by the first bytes, regardless of the name.
    max_bytes : int, default 2 GiB
        Maximum size of the array in bytes.

    Returns
    -------
    array : array of 1 to 32 axes
        uint8, int8, int16, int32, float32 or float64, according to the header.

    Raises
    ------
    DataError
        The file is not an IDX file, is truncated, damaged, too long, or larger than `max_bytes`.
    OSError
        The file is missing or cannot be read.

    References
    ----------
    Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits", 1998.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from ganvas.data import read_idx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "labels-idx1-ubyte")
    ...     _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]))
    ...     read_idx(path)
    array([7, 2, 1], dtype=uint8)
    """
    path = Path(path).expanduser()
    with path.open("rb") as file:
        if not file.peek(2).startswith(_GZIP_MAGIC):
            return _read(path.name, file, _size(file), max_bytes, exact=True)
        try:
            with gzip.open(file) as unpacked:
                return _read(path.name, unpacked, _size(file) * _DEFLATE_MAX_RATIO, max_bytes, exact=False)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataError(f"{path.name}: expected a whole gzip file, got a truncated or damaged one") from error


def _size(file: BufferedReader) -> int:
    return os.fstat(file.fileno()).st_size


def _read(name: str, file: _Readable, size: int, max_bytes: int, *, exact: bool) -> NDArray[Any]:
    """Read header and values of a file of `size` bytes, or of at most `size` bytes if not `exact`."""
    dtype, shape = _header(name, file)
    values = math.prod(shape) * dtype.itemsize
    total = 4 + 4 * len(shape) + values
    announced = f"{name}: expected {total} bytes for {shape} of {dtype.name}"
    if math.prod(max(n, 1) for n in shape) * dtype.itemsize > max_bytes:
        raise DataError(f"{name}: expected at most {max_bytes} bytes, got a header for {shape} of {dtype.name}")
    if (exact and size != total) or size < total:
        raise DataError(f"{announced}, got {'' if exact else 'at most '}{size}")
    data = file.read(values + 1)
    if len(data) != values:
        got = "more" if len(data) > values else total - values + len(data)
        raise DataError(f"{announced}, got {got}")
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def _header(name: str, file: _Readable) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _DTYPES or not 1 <= magic[3] <= _MAX_AXES:
        raise DataError(f"{name}: expected an IDX header (0, 0, type, axes), got {magic.hex(' ') or 'an empty file'}")
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise DataError(f"{name}: expected a header of {4 + 4 * magic[3]} bytes, got {4 + len(sizes)}")
    shape = tuple(int(n) for n in np.frombuffer(sizes, ">u4"))
    return np.dtype(_DTYPES[magic[2]]), shape
