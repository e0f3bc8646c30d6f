import io
import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from ganvas.data import ImageFolder, class_names, load_folder
from ganvas.exceptions import DataError, ParameterError, UnknownNameError


def save(path, colour="red", size=(16, 16), mode="RGB"):
    path.parent.mkdir(exist_ok=True)
    Image.new(mode, size, colour).save(path)


def colours(X):
    return [tuple(x[0, 0].tolist()) for x in X]


RED, LIME, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


@pytest.fixture
def pets(tmp_path):
    """Folder with two classes, three pictures in all."""
    root = tmp_path / "pets"
    root.mkdir()
    save(root / "dogs" / "1.png", "blue")
    save(root / "cats" / "2.png", "lime")
    save(root / "cats" / "1.png", "red")
    return root


def test_pictures_are_sorted_by_name(tmp_path):
    for name, colour in [("b.png", "lime"), ("c.BMP", "blue"), ("a.gif", "red")]:
        save(tmp_path / name, colour)
    (tmp_path / "notes.txt").write_text("not a picture")
    X = load_folder(str(tmp_path), size=8)
    assert (X.shape, X.dtype) == ((3, 8, 8, 3), np.uint8)
    assert colours(X) == [RED, LIME, BLUE]


@pytest.mark.parametrize("suffix", ["png", "jpg", "jpeg", "bmp", "gif", "webp", "pgm", "ppm", "tif", "tiff"])
def test_every_format_is_read(tmp_path, suffix):
    save(tmp_path / f"a.{suffix}", 128, mode="L")
    np.testing.assert_allclose(load_folder(tmp_path, size=8), 128, atol=2)


def test_classes_are_numbered_in_the_order_of_their_names(pets):
    (pets / "README.md").write_text("not a picture")
    X, y = load_folder(pets, size=8, return_y=True)
    assert colours(X) == [RED, LIME, BLUE]
    assert y.tolist() == [0, 0, 1]
    assert y.dtype == np.int64
    assert class_names(pets) == ["cats", "dogs"]
    np.testing.assert_array_equal(load_folder(pets, size=8), X)


def test_a_flat_folder_has_no_class_names(tmp_path):
    save(tmp_path / "a.png")
    assert class_names(tmp_path) == []


def test_grey_has_no_channel_axis(pets):
    assert load_folder(pets, size=10, mode="L").shape == (3, 10, 10)


def test_the_central_square_is_kept(tmp_path):
    wide = np.zeros((20, 60), np.uint8)
    wide[:, 20:40] = 255
    Image.fromarray(wide).save(tmp_path / "wide.png")
    assert (load_folder(tmp_path, size=20, mode="L") == 255).all()


def test_shrinking_does_not_alias(tmp_path):
    stripes = np.tile(np.array([[0, 255]], np.uint8), (128, 64))
    Image.fromarray(stripes).save(tmp_path / "stripes.png")
    np.testing.assert_allclose(load_folder(tmp_path, size=16, mode="L"), 127.5, atol=16)


def test_pictures_are_turned_upright(tmp_path):
    image = Image.new("RGB", (16, 16), "red")
    image.paste("blue", (0, 0, 16, 8))
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    image.save(tmp_path / "a.png", exif=exif)
    assert colours(load_folder(tmp_path, size=16)) == [RED]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparency_becomes_white(tmp_path, mode):
    Image.new("RGBA", (16, 16), (0, 0, 0, 0)).convert(mode).save(
        tmp_path / "a.tif" if mode == "PA" else tmp_path / "a.png"
    )
    assert (load_folder(tmp_path, size=8) == 255).all()


@pytest.mark.parametrize(
    "form", ["RGB png", "L png", "P png", "1 png", "RGB jpg", "L jpg", "progressive jpg", "CMYK jpg"]
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("shape", [(32, 32), (48, 31), (20, 25), (100, 200)])
def test_pictures_are_as_pillow_reads_them(tmp_path, form, mode, shape):
    kind, suffix = form.split()
    noise = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    image = Image.fromarray(noise).resize(shape, Image.Resampling.BICUBIC)
    image = image if kind == "progressive" else image.convert(kind)
    image.save(tmp_path / f"a.{suffix}", progressive=kind == "progressive")
    with Image.open(tmp_path / f"a.{suffix}") as read:
        expected = np.asarray(ImageOps.fit(read.convert(mode), (32, 32), Image.Resampling.BICUBIC))
    away = np.abs(load_folder(tmp_path, size=32, mode=mode)[0] - expected.astype(float))
    if shape == (32, 32) and suffix == "png":
        assert away.max() == 0
    # Order and rounding of the two passes of resampling differ; JPEG decoders as well.
    assert away.mean() < (4 if kind == "1" else 1)


def test_a_folder_can_be_looked_into_without_reading_all(pets):
    pictures = ImageFolder(pets, size=8)
    assert (len(pictures), pictures.shape, pictures.classes) == (3, (3, 8, 8, 3), ["cats", "dogs"])
    assert pictures.y.tolist() == [0, 0, 1]
    np.testing.assert_array_equal(pictures[1:], load_folder(pets, size=8)[1:])
    np.testing.assert_array_equal(pictures[-1], load_folder(pets, size=8)[-1])
    np.testing.assert_array_equal(pictures[::-2], load_folder(pets, size=8)[::-2])
    assert pictures[3:].shape == (0, 8, 8, 3)
    with pytest.raises(IndexError):
        pictures[3]


def test_hidden_files_are_skipped(pets):
    (pets / "cats" / "._1.png").write_bytes(b"metadata of another system")
    save(pets / ".thumbnails" / "1.png")
    assert len(load_folder(pets, size=8)) == 3
    assert class_names(pets) == ["cats", "dogs"]


def test_links_are_followed(pets, tmp_path):
    (pets / "dogs" / "0.png").symlink_to(pets / "cats" / "1.png")
    (tmp_path / "link").symlink_to(pets)
    assert colours(load_folder(tmp_path / "link", size=8)) == [RED, LIME, RED, BLUE]


def png(width, height):
    """Header of a PNG that declares this many pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(1000))
    chunks = [struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (header, data, b"IEND")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def whole_png():
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    Image.fromarray(noise).save(buffer, "PNG")
    return buffer.getvalue()


WHOLE = whole_png()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(WHOLE[: len(WHOLE) // 2], id="truncated"),
        pytest.param(WHOLE[:20], id="truncated header"),
        pytest.param(png(64, 64), id="too few pixels"),
    ],
)
def test_a_damaged_picture_is_a_data_error_that_names_it(pets, content):
    (pets / "cats" / "3.png").write_bytes(content)
    with pytest.raises(DataError) as error:
        load_folder(pets, size=8)
    assert str(error.value) == (
        f"{Path('cats', '3.png')}: expected a whole picture, got a truncated or damaged PNG, or one that Pillow cannot "
        "read; replace, convert or delete it"
    )


@pytest.mark.parametrize("side", [10_000, 100_000])
def test_a_giant_picture_is_a_data_error_that_names_the_limit(tmp_path, side):
    (tmp_path / "giant.png").write_bytes(png(side, side))
    with pytest.raises(DataError) as error:
        load_folder(tmp_path)
    assert str(error.value) == (
        "giant.png: expected at most 89478485 pixels, got more; PIL.Image.MAX_IMAGE_PIXELS sets the limit"
    )


@given(st.data())
def test_a_mutated_picture_is_read_or_is_a_data_error(draw):
    changed = bytearray(WHOLE)
    for _ in range(draw.draw(st.integers(1, 4))):
        changed[draw.draw(st.integers(0, len(changed) - 1))] = draw.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a.png").write_bytes(changed)
        try:
            assert load_folder(folder, size=8).shape == (1, 8, 8, 3)
        except DataError as error:
            assert str(error).startswith("a.png: expected ")


def test_a_missing_folder_is_a_file_not_found_error(tmp_path):
    for function in (load_folder, class_names):
        with pytest.raises(FileNotFoundError, match="missing"):
            function(tmp_path / "missing")


def test_a_file_is_no_folder(tmp_path):
    save(tmp_path / "a.png")
    with pytest.raises(NotADirectoryError, match=r"a\.png"):
        load_folder(tmp_path / "a.png")


def test_a_folder_without_pictures_says_what_is_known(tmp_path):
    (tmp_path / "notes.txt").write_text("not a picture")
    with pytest.raises(DataError) as error:
        load_folder(tmp_path)
    assert str(error.value) == (
        f"{tmp_path}: expected pictures (.png .jpg .bmp .gif .webp .pgm .ppm .tif ...), got none"
    )


def test_pictures_beside_classes_are_a_data_error(pets):
    save(pets / "stray.png")
    with pytest.raises(DataError) as error:
        load_folder(pets)
    assert str(error.value) == (
        f"{pets}: expected pictures or sub-folders of pictures, got both (stray.png, cats/); pass one of the "
        "sub-folders, or move the pictures into one"
    )


def test_a_flat_folder_has_no_y(tmp_path):
    save(tmp_path / "a.png")
    with pytest.raises(DataError) as error:
        load_folder(tmp_path, return_y=True)
    assert str(error.value) == (
        f"{tmp_path}: expected one sub-folder for each class, got pictures only; leave out the labels, or move the "
        "pictures of each class into a sub-folder"
    )


def test_wrong_parameters_are_parameter_errors(pets):
    with pytest.raises(ParameterError) as error:
        load_folder(pets, size=4)
    assert str(error.value) == "size: must be between 8 and 1024, got 4"
    with pytest.raises(UnknownNameError) as error:
        load_folder(pets, mode="rgb")
    assert str(error.value) == 'unknown mode "rgb"; did you mean "RGB"? known: RGB, L'


def test_real_photos_and_faces_are_read(real_data):
    X, y = load_folder(real_data / "cifar10", size=32, return_y=True)
    assert X.shape == (10_000, 32, 32, 3)
    np.testing.assert_array_equal(np.bincount(y), [1000] * 10)
    X, y = load_folder(real_data / "attfaces", size=24, mode="L", return_y=True)
    assert X.shape == (400, 24, 24)
    assert len(class_names(real_data / "attfaces")) == 40
