import gzip
import struct
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganvas.data import read_idx
from ganvas.exceptions import DataError

CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}
ARRAY = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def idx(array):
    return header(CODES[array.dtype.name], *array.shape) + array.astype(array.dtype.newbyteorder(">")).tobytes()


def header(code, *shape):
    return bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("dtype", CODES)
def test_every_dtype_is_read(tmp_path, dtype, pack):
    expected = ARRAY.astype(dtype)
    path = tmp_path / "values"
    path.write_bytes(pack(idx(expected)))
    array = read_idx(path)
    np.testing.assert_array_equal(array, expected)
    assert array.dtype == np.dtype(dtype)
    assert array.flags.writeable


def test_an_array_without_values_is_read(tmp_path):
    path = tmp_path / "values"
    path.write_bytes(header(8, 0, 28, 28))
    assert read_idx(str(path)).shape == (0, 28, 28)


WHOLE = idx(ARRAY)
ANNOUNCED = "values: expected 40 bytes for (2, 3, 4) of uint8"
NO_HEADER = "values: expected an IDX header (0, 0, type, axes), got"
DAMAGED = "values: expected a whole gzip file, got a truncated or damaged one"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(WHOLE[:-1], f"{ANNOUNCED}, got 39", id="truncated"),
        pytest.param(WHOLE + b"!", f"{ANNOUNCED}, got 41", id="extended"),
        pytest.param(b"", f"{NO_HEADER} an empty file", id="empty"),
        pytest.param(b"PK\3\4" + WHOLE, f"{NO_HEADER} 50 4b 03 04", id="zip"),
        pytest.param(b"\0\0\7" + WHOLE[3:], f"{NO_HEADER} 00 00 07 03", id="unknown type"),
        pytest.param(b"\0\0\x08\0", f"{NO_HEADER} 00 00 08 00", id="no axes"),
        pytest.param(b"\0\0\x08\xff" + bytes(2000), f"{NO_HEADER} 00 00 08 ff", id="255 axes"),
        pytest.param(WHOLE[:9], "values: expected a header of 16 bytes, got 9", id="truncated header"),
        pytest.param(gzip.compress(WHOLE[:-1]), f"{ANNOUNCED}, got 39", id="gzip of truncated"),
        pytest.param(gzip.compress(WHOLE + b"!"), f"{ANNOUNCED}, got more", id="gzip of extended"),
        pytest.param(gzip.compress(WHOLE)[:-9], DAMAGED, id="truncated gzip"),
        pytest.param(gzip.compress(WHOLE)[:-8] + bytes(8), DAMAGED, id="gzip with a wrong checksum"),
        pytest.param(gzip.compress(WHOLE)[:10] + b"\xff" * 50, DAMAGED, id="damaged gzip"),
        pytest.param(gzip.compress(WHOLE) + b"!!", DAMAGED, id="extended gzip"),
    ],
)
def test_a_damaged_file_is_a_data_error(tmp_path, content, text):
    path = tmp_path / "values"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        read_idx(path)
    assert str(error.value) == text


GIB = 2**30


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(
            header(8, GIB), f"values: expected {GIB + 8} bytes for ({GIB},) of uint8, got 8", id="header of 1 GiB"
        ),
        pytest.param(
            header(8, *[2**32 - 1] * 3),
            "values: expected at most 2147483648 bytes, got a header for (4294967295, 4294967295, 4294967295) of uint8",
            id="header of 2^96 bytes",
        ),
        pytest.param(
            header(14, 0, 2**32 - 1, 2**32 - 1),
            "values: expected at most 2147483648 bytes, got a header for (0, 4294967295, 4294967295) of float64",
            id="huge axes without values",
        ),
        pytest.param(
            gzip.compress(header(8, 10) + bytes(64 * 2**20)),
            "values: expected 18 bytes for (10,) of uint8, got more",
            id="gzip bomb",
        ),
    ],
)
def test_a_hostile_file_takes_no_memory(tmp_path, content, text):
    path = tmp_path / "values"
    path.write_bytes(content)
    del content
    tracemalloc.start()
    try:
        with pytest.raises(DataError) as error:
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
    assert str(error.value) == text


def test_a_small_gzip_cannot_announce_a_huge_array(tmp_path):
    path = tmp_path / "values"
    path.write_bytes(gzip.compress(header(8, GIB)))
    most = 1032 * path.stat().st_size
    with pytest.raises(DataError) as error:
        read_idx(path)
    assert str(error.value) == f"values: expected {GIB + 8} bytes for ({GIB},) of uint8, got at most {most}"


def test_max_bytes_bounds_the_array(tmp_path):
    path = tmp_path / "values"
    path.write_bytes(WHOLE)
    assert read_idx(path, max_bytes=24).shape == ARRAY.shape
    with pytest.raises(DataError) as error:
        read_idx(path, max_bytes=23)
    assert str(error.value) == "values: expected at most 23 bytes, got a header for (2, 3, 4) of uint8"


@given(st.sampled_from([WHOLE, gzip.compress(WHOLE)]), st.data())
def test_a_mutated_file_is_read_or_is_a_data_error(content, draw):
    changed = bytearray(content)
    for _ in range(draw.draw(st.integers(1, 4))):
        changed[draw.draw(st.integers(0, len(changed) - 1))] = draw.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "values")
        path.write_bytes(changed)
        try:
            assert isinstance(read_idx(path), np.ndarray)
        except DataError as error:
            assert str(error).startswith("values: expected ")


def test_a_missing_file_is_a_file_not_found_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="values"):
        read_idx(tmp_path / "values")
